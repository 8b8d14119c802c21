// Pays with coins of a sandbox in this process. To try it, copy this file as x402.mts,
// `npm install ai-sdk-a2a-settlement ai zod viem @x402/core @x402/evm`, and `npx tsx x402.mts`.
// For real coins, remove the sandbox and pass a chain's JSON-RPC URL as the `ledger` of `x402`.
import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

const sandbox = createSandbox();
const client = privateKeyToAccount(generatePrivateKey());
sandbox.x402.fund(client.address);

const { fetch } = sandbox;
const settlement = createSettlement({
  rails: [x402({ client, ledger: sandbox.x402.rpcUrl, fetch })],
  // Nothing is signed in a currency without a limit.
  limits: { USDC: { perCall: 0.5 } },
});
const agent = wrapLanguageModel({
  model: createA2A({ fetch })(sandbox.x402.agentUrl),
  middleware: settlement.middleware,
});

const { text, providerMetadata } = await generateText({
  model: agent,
  prompt: 'Scrape example.com',
});
console.log(text);

const receipt = providerMetadata?.settlement;
console.log(`\n${receipt?.status}: ${receipt?.captured} ${receipt?.currency}`);
console.log(receipt?.proof);
sandbox.close();
