import { stepCountIs, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { firstAccepted, paidAgentTool } from 'ai-sdk-a2a-settlement/tools';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { expect, onTestFinished, test } from 'vitest';
import { saying, text, toolCall } from './market';

/** An agent that asks for 0.25 USDC. */
function open() {
  const sandbox = createSandbox();
  onTestFinished(() => sandbox.close());
  const client = privateKeyToAccount(generatePrivateKey());
  sandbox.x402.fund(client.address);
  const { fetch } = sandbox;
  const { middleware } = createSettlement({
    rails: [x402({ client, ledger: sandbox.x402.rpcUrl, fetch })],
    limits: { USDC: { perCall: 0.5 } },
  });
  const model = createA2A({ fetch })(sandbox.x402.agentUrl);
  return wrapLanguageModel({ model, middleware });
}

test('a budget in USDC lets two calls of three through', async () => {
  const budget = { USDC: '0.5' };
  const hire = paidAgentTool({ model: open(), description: 'Works.', budget });
  const call = () => [toolCall('hire', { message: 'Work' })];
  const result = streamText({
    model: saying(call(), call(), call(), text('Done.')),
    tools: { hire },
    prompt: 'Plan',
    stopWhen: stepCountIs(8),
  });
  const [one, two, three] = await result.steps;
  for (const step of [one, two]) {
    expect(step?.toolResults[0]?.output).toMatchObject({
      receipt: { status: 'released', captured: '0.25', currency: 'USDC' },
    });
  }
  expect(three?.content.find(({ type }) => type === 'tool-error')).toMatchObject({
    error: { left: 0, currency: 'USDC' },
  });
});

test('a refused answer whose payment was taken counts against the budget', async () => {
  const model = open();
  const writer = firstAccepted([model, model], { verify: () => false, budget: { USDC: '0.3' } });
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Work' }] }];
  await expect(writer.doGenerate({ prompt })).rejects.toMatchObject({
    tries: [
      { outcome: 'refused', receipt: { status: 'taken', captured: '0.25' } },
      { outcome: 'over-budget', error: { amount: '0.25', left: '0.05' } },
    ],
  });
});
