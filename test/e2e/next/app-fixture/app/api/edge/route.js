import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  generateText,
  streamText,
  toUIMessageStream,
  wrapLanguageModel,
} from 'ai';
import { a2a, settlementMiddleware } from 'ai-sdk-a2a-settlement';

export const runtime = 'edge';

const model = wrapLanguageModel({
  model: a2a(process.env.A2A_AGENT_URL ?? 'https://agent.example.com'),
  middleware: settlementMiddleware(),
});

export async function POST(request) {
  const { messages } = await request.json();
  const result = streamText({
    model,
    messages: await convertToModelMessages(messages),
    abortSignal: request.signal,
  });
  return createUIMessageStreamResponse({
    stream: toUIMessageStream({
      stream: result.stream,
      messageMetadata: ({ part }) => {
        switch (part.type) {
          case 'start-step':
            return { warnings: part.warnings };
          case 'finish-step':
            return { settlement: part.providerMetadata?.settlement };
        }
      },
    }),
  });
}

/** An answer that is not streamed, with a setting that agents do not have. */
export async function GET() {
  const { text, providerMetadata, warnings } = await generateText({
    model,
    prompt: 'Hello',
    temperature: 0,
  });
  return Response.json({ text, warnings, settlement: providerMetadata?.settlement });
}
