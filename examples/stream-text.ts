// Try it: `npx ai-sdk-a2a-settlement sandbox --env .env` writes A2A_EXCHANGE_URL,
// A2A_PAYER_API_KEY and A2A_AGENT_URL. Copy this file as stream-text.mts, and
// `npx tsx --env-file=.env stream-text.mts`.
import { streamText, wrapLanguageModel } from 'ai';
import { a2a, settlementMiddleware } from 'ai-sdk-a2a-settlement';

const agent = wrapLanguageModel({
  model: a2a(process.env.A2A_AGENT_URL ?? 'https://agent.example.com'),
  middleware: settlementMiddleware(),
});

// The tokens are held before the prompt is sent, and settled when the agent's stream ends.
const result = streamText({ model: agent, prompt: 'Scrape example.com' });
for await (const delta of result.textStream) {
  process.stdout.write(delta);
}

const receipt = (await result.providerMetadata)?.settlement;
console.log(`\n\n${receipt?.status}: ${receipt?.amount} tokens, fee ${receipt?.fee}`);
