// A Cloudflare Worker. POST { "prompt": "…" } to it, and read a UI message stream. Save it as
// src/index.ts. `npx ai-sdk-a2a-settlement sandbox --env .dev.vars` writes its variables.
import {
  createUIMessageStreamResponse,
  streamText,
  toUIMessageStream,
  wrapLanguageModel,
} from 'ai';
import { createA2A, settlementMessageMetadata, settlementMiddleware } from 'ai-sdk-a2a-settlement';
import { env, waitUntil } from 'cloudflare:workers';

// Once for all requests of an isolate, which share the agent's card.
const a2a = createA2A({ conversation: { secret: env.A2A_CONVERSATION_SECRET } });
const agent = wrapLanguageModel({
  model: a2a(env.A2A_AGENT_URL),
  middleware: settlementMiddleware({
    exchangeUrl: env.A2A_EXCHANGE_URL,
    apiKey: env.A2A_PAYER_API_KEY,
    waitUntil, // the isolate stays alive until the hold is settled
  }),
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
