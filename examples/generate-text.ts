// Try it: `npx ai-sdk-a2a-settlement sandbox --env .env` writes A2A_EXCHANGE_URL,
// A2A_PAYER_API_KEY and A2A_AGENT_URL. Copy this file as generate-text.mts, and
// `npx tsx --env-file=.env generate-text.mts`.
import { generateText, wrapLanguageModel } from 'ai';
import { a2a, settlementMiddleware } from 'ai-sdk-a2a-settlement';

const agent = wrapLanguageModel({
  model: a2a(process.env.A2A_AGENT_URL ?? 'https://agent.example.com'),
  middleware: settlementMiddleware(),
});

const { text, providerMetadata } = await generateText({
  model: agent,
  prompt: 'Scrape example.com',
});
console.log(text);

// The outcome of the hold. A call that fails throws, and is refunded.
const receipt = providerMetadata?.settlement;
console.log(`\n${receipt?.status}: ${receipt?.amount} tokens, fee ${receipt?.fee}`);
