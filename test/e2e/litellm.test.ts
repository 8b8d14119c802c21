import { generateText, streamText, wrapLanguageModel, type ModelMessage } from 'ai';
import {
  createLiteLLM,
  createSettlement,
  exchangeRail,
  SettlementError,
  type LiteLLMProviderSettings,
  type SettlementOptions,
} from 'ai-sdk-a2a-settlement';
import { settlementExtension } from 'ai-sdk-a2a-settlement/agent';
import { createSandbox, type Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { beforeEach, expect, test } from 'vitest';
import { gatewayAgent, startLiteLLMGateway, type LiteLLMGateway } from '../peers/litellm-gateway';
import type { Peer } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { expectSilentConsole } from '../provider/silent-console';

expectSilentConsole();

const { name } = gatewayAgent;

let sandbox: Sandbox;
let agent: Peer;
let gateway: LiteLLMGateway;
beforeEach(async () => {
  sandbox = createSandbox();
  const { agents, exchangeUrl } = sandbox;
  const { uri, params } = settlementExtension({
    accountIds: { [exchangeUrl]: agents.streamer.accountId },
    pricing: { cheap: { baseTokens: 3 }, dear: { baseTokens: 30 } },
  });
  agent = await startSdk03Peer({ extensions: [{ uri, ...(params !== undefined && { params }) }] });
  gateway = await startLiteLLMGateway({ upstream: agent.url });
  return async () => {
    await gateway.close();
    await agent.close();
    sandbox.close();
  };
});

function paidModel({
  id = name,
  litellm,
  ...options
}: SettlementOptions & { id?: string; litellm?: LiteLLMProviderSettings } = {}) {
  const { exchangeUrl, fetch, payer } = sandbox;
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
    ...options,
  });
  const provider = createLiteLLM({ baseURL: gateway.url, apiKey: gateway.key, ...litellm });
  return wrapLanguageModel({ model: provider(id), middleware: settlement.middleware });
}

const amounts = () => sandbox.ledger().escrows.map(({ amount, status }) => `${amount} ${status}`);

test('payee and price are read from the agent’s own card', async () => {
  const litellm = { agents: { [name]: { cardUrl: agent.url } } };
  await generateText({ model: paidModel({ litellm }), prompt: 'completes' });
  await generateText({
    model: paidModel({ litellm }),
    prompt: 'completes',
    providerOptions: { a2a: { skill: 'cheap' } },
  });
  await generateText({ model: paidModel({ id: `${name}#cheap`, litellm }), prompt: 'completes' });
  expect(amounts()).toEqual(['30 released', '3 released', '3 released']);
});

test('the payee is named where the gateway’s card leaves it out', async () => {
  const { accountId } = sandbox.agents.streamer;
  const model = paidModel({ agents: { [name]: { accountId, price: 7 } } });
  const { providerMetadata } = await generateText({ model, prompt: 'completes' });
  expect(providerMetadata?.['settlement']).toMatchObject({
    status: 'released',
    amount: 7,
    payee: accountId,
  });
  expect(providerMetadata?.['litellm']).toMatchObject({ traceId: expect.any(String) });
  expect(gateway.seen.map(({ method }) => method)).toEqual(['POST']);
});

test('without either nobody is paid: the call says so, or is not made', async () => {
  const { warnings } = await generateText({ model: paidModel(), prompt: 'completes' });
  expect(JSON.stringify(warnings)).toContain(`agents[\\"${name}\\"].accountId`);

  const strict = paidModel({ onHoldFailure: 'throw' });
  await expect(generateText({ model: strict, prompt: 'completes' })).rejects.toThrow(
    SettlementError,
  );
  expect(agent.messages()).toHaveLength(1);
  expect(amounts()).toEqual([]);
});

test('a hold is kept while the agent asks, and pays its answer', async () => {
  const { accountId } = sandbox.agents.streamer;
  const model = paidModel({ agents: { [name]: { accountId, price: 7 } } });
  const asking = streamText({ model, prompt: 'input-required' });
  await asking.consumeStream();
  expect(amounts()).toEqual(['7 held']);

  const messages: ModelMessage[] = [
    { role: 'user', content: 'input-required' },
    ...(await asking.response).messages,
    { role: 'user', content: 'Oslo' },
  ];
  const { text } = await generateText({ model, messages });
  expect(text).toBe('You said Oslo.');
  expect(amounts()).toEqual(['7 released']);
});

test('an agent that the gateway does not find costs nothing', async () => {
  const { accountId } = sandbox.agents.streamer;
  const model = paidModel({ id: 'nobody', agents: { nobody: { accountId, price: 7 } } });
  await expect(generateText({ model, prompt: 'completes', maxRetries: 2 })).rejects.toThrow(
    "Agent 'nobody' not found",
  );
  expect(amounts()).toEqual(['7 refunded']);
});
