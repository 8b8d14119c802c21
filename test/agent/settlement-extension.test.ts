import { expect, it } from 'vitest';
import { createAgentCard, settlementExtension } from '../../src/agent';
import {
  settlementExtensionSchema,
  SETTLEMENT_EXTENSION_URI,
} from '../../src/rails/exchange/schemas';

it('builds the card entry of the specification', () => {
  const extension = settlementExtension({
    accountIds: { 'https://a.test/api/v1': 'acc-a', 'https://b.test/api/v1': 'acc-b' },
    pricing: {
      scrape: { baseTokens: 10 },
      crawl: { baseTokens: 2, model: 'per-unit', unitSize: 50 },
    },
    required: true,
  });
  expect(extension).toMatchObject({
    uri: SETTLEMENT_EXTENSION_URI,
    required: true,
    params: {
      exchangeUrls: ['https://a.test/api/v1', 'https://b.test/api/v1'],
      preferredExchange: 'https://a.test/api/v1',
      accountIds: { 'https://b.test/api/v1': 'acc-b' },
      currency: 'ATE',
      pricing: {
        scrape: { baseTokens: 10, model: 'per-request', currency: 'ATE' },
        crawl: { baseTokens: 2, model: 'per-unit', currency: 'ATE', unitSize: 50 },
      },
    },
  });
  expect(settlementExtensionSchema.safeParse(extension).success).toBe(true);
});

it('builds a card with every transport at one URL', () => {
  const card = createAgentCard({
    url: 'https://agent.test/',
    name: 'agent',
    description: 'An agent.',
    skills: [{ id: 's', name: 'S', description: 'Does s.' }],
    streaming: false,
  });
  expect(
    card.supportedInterfaces.map((each) => `${each.protocolBinding} ${each.protocolVersion}`),
  ).toEqual(['JSONRPC 1.0', 'HTTP+JSON 1.0', 'JSONRPC 0.3']);
  expect(card.capabilities).toMatchObject({ streaming: false, pushNotifications: false });
});
