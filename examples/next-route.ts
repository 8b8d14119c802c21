// Save it as app/api/chat/route.ts for `useChat()`. The variables that it needs are written by
// `npx ai-sdk-a2a-settlement sandbox --env .env.local`.
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  streamText,
  toUIMessageStream,
  type UIMessage,
  wrapLanguageModel,
} from 'ai';
import { a2a, settlementMessageMetadata, settlementMiddleware } from 'ai-sdk-a2a-settlement';

const agent = wrapLanguageModel({
  model: a2a(process.env.A2A_AGENT_URL ?? 'https://agent.example.com'),
  // With `{ waitUntil: after }` (next/server) it settles after the response, with pending receipts.
  middleware: settlementMiddleware(),
});

export async function POST(request: Request): Promise<Response> {
  const { messages }: { messages: UIMessage[] } = await request.json();

  const result = streamText({
    model: agent,
    messages: await convertToModelMessages(messages),
    // Take it from your session, never from the request: conversations are sealed for this user.
    providerOptions: { a2a: { subject: 'the user of this demo' } },
    // When the user closes the tab, the agent's task is canceled and the tokens are refunded.
    abortSignal: request.signal,
  });

  return createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      // The receipt, for the page: getReceipt(message)
      messageMetadata: settlementMessageMetadata,
    }),
  });
}
