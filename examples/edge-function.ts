// A web-standard function (Vercel, Deno, Bun). POST { "prompt": "…" } to it, and read a UI message
// stream.
// Set A2A_EXCHANGE_URL, A2A_PAYER_API_KEY and A2A_AGENT_URL;
// `npx ai-sdk-a2a-settlement sandbox --env .env` writes all three.
import {
  createUIMessageStreamResponse,
  streamText,
  toUIMessageStream,
  wrapLanguageModel,
} from 'ai';
import { a2a, settlementMessageMetadata, settlementMiddleware } from 'ai-sdk-a2a-settlement';

const agent = wrapLanguageModel({
  model: a2a(process.env.A2A_AGENT_URL ?? 'https://agent.example.com'),
  middleware: settlementMiddleware(),
});

export default {
  async fetch(request: Request): Promise<Response> {
    const { prompt }: { prompt: string } = await request.json();

    const result = streamText({ model: agent, prompt, abortSignal: request.signal });

    return createUIMessageStreamResponse({
      stream: toUIMessageStream({
        stream: result.stream,
        // The receipt, for the reader of the stream: message.metadata.settlement
        messageMetadata: settlementMessageMetadata,
      }),
    });
  },
};
