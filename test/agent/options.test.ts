import { InvalidArgumentError } from '@ai-sdk/provider';
import { MockLanguageModelV4 } from 'ai/test';
import { expect, test } from 'vitest';
import * as agent from '../../src/agent';
import { memoryStorage } from '../../src/stores';

const account = { exchangeUrl: 'https://exchange.test', apiKey: 'key', accountId: 'seller' };
const accepts = [agent.acceptExchange({ ...account, price: 10 })];
const card = {
  url: 'https://shop.test/agent',
  name: 'poet',
  description: 'Writes poems.',
  skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
};
const model = new MockLanguageModelV4();
const whole = { model, ...card, accepts };
const unstorage = {
  getItem: () => null,
  setItem: () => {},
  removeItem: () => {},
  getKeys: () => [],
};
const executor = agent.createAgentExecutor({ model });
const offer = { scheme: 'exact', network: 'eip155:84532', payTo: `0x${'1'.repeat(40)}`, price: 1 };
const server = Object.fromEntries(
  [
    'initialize',
    'buildPaymentRequirements',
    'getAssetDecimalsForRequirements',
    'findMatchingRequirements',
    'getPaymentFlow',
    'verifyPayment',
    'settlePayment',
    'createPaymentCancellationDispatcher',
  ].map((name) => [name, () => {}]),
);
const nevermined = { agentId: 'a', planId: 'p', credits: 5, url: 'https://shop.test/agent' };

const sellers: Record<string, (options: object) => unknown> = {
  createPaidAgent: (options) => call(agent.createPaidAgent, { ...whole, ...options }),
  requirePayment: (options) => call(agent.requirePayment, executor, { accepts, ...options }),
  createAgentExecutor: (options) => call(agent.createAgentExecutor, { model }, options),
  createAgentHandler: (options) =>
    call(agent.createAgentHandler, { card: agent.createAgentCard(card), executor, ...options }),
  createAgentCard: (options) => call(agent.createAgentCard, { ...card, ...options }),
  verifyEscrow: (options) => call(agent.verifyEscrow, { ...account, price: 10, ...options }),
  acceptExchange: (options) => call(agent.acceptExchange, { ...account, price: 10, ...options }),
  acceptNevermined: (options) => call(agent.acceptNevermined, { ...nevermined, ...options }),
  acceptX402: (options) => call(agent.acceptX402, { server, offers: [offer], ...options }),
};

function call(make: (...given: never[]) => unknown, ...given: unknown[]): unknown {
  return Reflect.apply(make, undefined, given);
}

test.each(Object.entries(sellers))('%s takes what is good, and no unknown option', (of, make) => {
  expect(() => make({})).not.toThrow();
  expect(() => make({ storrage: 1 })).toThrow(`${of}: has no option \`storrage\``);
});

test.each<[string, object, string]>([
  ['createPaidAgent', { storrage: memoryStorage() }, 'Did you mean `storage`?'],
  ['createPaidAgent', { delivr: 'stream' }, 'Did you mean `deliver`?'],
  ['createPaidAgent', { deliver: 'streaming' }, 'deliver must be one of: after-settle, stream'],
  ['createPaidAgent', { storage: unstorage }, 'an atomic storage such as redisStorage({ client })'],
  ['createPaidAgent', { sales: memoryStorage() }, 'it is missing append, list'],
  ['createPaidAgent', { conversations: 'x' }, 'conversations must be'],
  ['createPaidAgent', { meter: 5 }, 'meter must be a function'],
  ['createPaidAgent', { taskStore: unstorage }, 'storedTaskStore(storage)'],
  ['createPaidAgent', { model: undefined }, 'has none'],
  ['createPaidAgent', { run: () => {} }, 'has `model` and `run`'],
  ['createPaidAgent', { model: undefined, agent: {} }, 'agent must be an agent'],
  [
    'createPaidAgent',
    { model: undefined, run: () => {}, instructions: 'x' },
    'instructions can only be used',
  ],
  ['createPaidAgent', { url: undefined }, 'url must be'],
  ['createPaidAgent', { url: 'shop' }, 'url must be a URL'],
  ['createPaidAgent', { name: undefined }, 'name must be'],
  ['createPaidAgent', { description: undefined }, 'description must be'],
  ['createPaidAgent', { skills: undefined }, 'skills must be'],
  ['createPaidAgent', { skills: 'poem' }, 'skills must be a list'],
  ['createPaidAgent', { accepts: undefined }, 'accepts must be'],
  ['createPaidAgent', { maxTurns: -1 }, 'maxTurns must be'],
  ['createPaidAgent', { maxBodyBytes: '1mb' }, 'maxBodyBytes must be'],
  ['createPaidAgent', { sendResultsOf: 'buyer' }, 'sendResultsOf must be a list'],
  ['requirePayment', { cancelPollMs: 0 }, 'cancelPollMs must be'],
  ['createAgentHandler', { executor: undefined }, 'executor must be'],
  ['acceptExchange', { apiKey: '' }, 'apiKey must be'],
  ['acceptExchange', { accountId: undefined }, 'accountId must be'],
  ['acceptExchange', { exchangeUrl: undefined }, 'exchangeUrl must be'],
  ['acceptExchange', { minLeftMs: 'x' }, 'minLeftMs must be'],
  [
    'acceptExchange',
    { price: undefined, pricing: { a: { baseTokens: 1, model: 'per-word' } } },
    'pricing.a.model must be one of',
  ],
  ['verifyEscrow', { price: undefined }, 'price must be'],
  ['acceptX402', { server: {} }, 'server must be an x402ResourceServer'],
  ['acceptX402', { offers: [{ ...offer, price: 'free' }] }, 'offers[0].price must be'],
  ['acceptX402', { offers: [{ ...offer, price: '$0' }] }, 'offers[0].price must be'],
  ['acceptX402', { offers: [{ ...offer, price: 0 }] }, 'offers[0].price must be'],
  ['acceptX402', { offers: [{ ...offer, payTo: undefined }] }, 'offers[0].payTo must be'],
  ['acceptX402', { offers: [{ ...offer, payTo: '0x1' }] }, 'offers[0].payTo must be an address'],
  ['acceptX402', { offers: [{ ...offer, network: 'base' }] }, 'offers[0].network must be'],
  ['acceptNevermined', { agentId: undefined }, 'agentId must be'],
  ['acceptNevermined', { url: undefined }, 'url must be'],
  ['acceptNevermined', { paymentType: 'fix' }, 'paymentType must be one of'],
  ['acceptNevermined', { tokens: [] }, 'tokens must contain'],
  ['acceptNevermined', { scheme: 'x' }, 'scheme must be one of'],
  ['acceptNevermined', { credits: -1 }, 'credits must be'],
])('%s refuses %j', (of, options, message) => {
  const error = thrownBy(() => sellers[of]?.(options));
  expect(InvalidArgumentError.isInstance(error)).toBe(true);
  expect(error).toHaveProperty('message', expect.stringContaining(message));
  expect(error).toHaveProperty('message', expect.stringContaining(`${of}: `));
});

test('a price of a skill that the agent does not have is refused', () => {
  const song = agent.acceptExchange({ ...account, pricing: { song: { baseTokens: 1 } } });
  expect(() => agent.createPaidAgent({ ...whole, accepts: [song] })).toThrow(
    'There is a price for "song", which is not a skill of the card.',
  );
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
    return undefined;
  } catch (error) {
    return error;
  }
}
