// Long work: the function returns, the agent finishes later, and the webhook settles. Copy it as
// push-notification.mts, `npm install @hono/node-server`, and `npx tsx push-notification.mts`.
import { serve } from '@hono/node-server';
import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';

const { agents, close, exchangeUrl, fetch, payer } = createSandbox({ agentDelayMs: 4 });
const a2a = createA2A({ fetch });
const settlement = createSettlement({
  rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
  provider: a2a,
});

// In Next.js: export const POST = (request) => settlement.handlePushNotification(request)
const server = serve({ port: 0, fetch: (request) => settlement.handlePushNotification(request) });
await new Promise((resolve) => server.once('listening', resolve));
const address = server.address();
const port = typeof address === 'object' ? address?.port : undefined;

settlement.on('released', ({ receipt }) => {
  console.log(`The webhook settled: ${receipt.captured} tokens ${receipt.status}`);
  server.close();
  close();
});

const { providerMetadata, rawFinishReason } = await generateText({
  model: wrapLanguageModel({ model: a2a(agents.slow.url), middleware: settlement.middleware }),
  prompt: 'Compare the prices of ten shops',
  providerOptions: {
    a2a: {
      returnImmediately: true,
      pushNotification: { url: `http://localhost:${port}/`, token: crypto.randomUUID() },
    },
  },
});
console.log(`The function returned: task ${rawFinishReason}`);
console.log(
  `Its ${providerMetadata?.settlement?.amount} tokens: ${providerMetadata?.settlement?.status}`,
);
