// Calls an agent behind a LiteLLM gateway by its name there. The gateway removes payee and price
// from its cards, so both are set here. Set LITELLM_PROXY_API_BASE, A2A_EXCHANGE_URL,
// LITELLM_PROXY_API_KEY (a virtual key), A2A_PAYER_API_KEY and A2A_ACCOUNT_ID.
import { streamText, wrapLanguageModel } from 'ai';
import { createLiteLLM, settlementMiddleware } from 'ai-sdk-a2a-settlement';

const litellm = createLiteLLM();

const [first] = await litellm.agents();
const name = first?.name ?? 'web-scraper';
console.log(`${name}: ${first?.description ?? 'not in the registry'}\n`);

const agent = wrapLanguageModel({
  model: litellm(name),
  middleware: settlementMiddleware({
    agents: { [name]: { accountId: process.env.A2A_ACCOUNT_ID ?? 'acc_1', tokensPerCall: 10 } },
  }),
});

const result = streamText({
  model: agent,
  prompt: 'Scrape example.com',
  // By default each conversation has one trace id; this sets one for this request.
  providerOptions: { litellm: { traceId: crypto.randomUUID() } },
});
for await (const text of result.textStream) process.stdout.write(text);

const receipt = (await result.providerMetadata)?.settlement;
console.log(`\n\n${receipt?.status}: ${receipt?.amount} tokens, fee ${receipt?.fee}`);
