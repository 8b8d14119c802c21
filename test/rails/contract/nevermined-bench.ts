import { nevermined, type NeverminedOptions } from 'ai-sdk-a2a-settlement/nevermined';
import { createNevermined } from '../../../src/sandbox/nevermined/create-nevermined';
import { agentId, agentUrl, neverminedCard, terms } from '../nevermined/backend';
import { asking, offerV2 } from '../x402/offers';
import { exchangeCard, Line, newTaskId, type RailBench, type RailKind, served } from './rail-bench';

const common = {
  capturedBy: 'agent',
  currency: 'credits',
  decimals: 0,
  most: 1_000_000n,
  foreign: {
    // A card that speaks of x402 may ask for credits, too.
    cards: [exchangeCard('https://exchange.example.com', 'account')],
    answers: [asking([offerV2()])],
  },
  has: ['balance', 'challenge', 'seal'],
  asks: ['balance', 'hold'],
  confirmedBy: 'agent',
  // An agent that cancels may go on, and take all of it.
  afterCancel: 'taken',
} as const;

export const neverminedKinds: RailKind[] = [
  {
    ...common,
    name: 'Nevermined, with tokens of version 2',
    open: () => openNevermined(2),
    credential: 'the same',
    isReusable: true,
  },
  {
    ...common,
    name: 'Nevermined, with tokens of version 3',
    open: () => openNevermined(3),
    credential: 'another one',
  },
];

async function openNevermined(tokenVersion: 2 | 3): Promise<RailBench> {
  const backend = createNevermined({ now: () => new Date() });
  const { url, close } = await served((request) => backend.fetch(request));
  const [seller, buyer, other] = [backend.register(), backend.register(), backend.register()];
  const wealth = 100_000_000;
  const planId = backend.addPlan(seller, { name: 'Many', credits: wealth, priceCents: 100 });
  const line = new Line();
  const { fetch } = line;
  const card = neverminedCard({ planId, credits: 10 });
  const railOf = (apiKey?: string) => {
    const options: NeverminedOptions = { backendUrl: url, fetch, delegation: terms, tokenVersion };
    return nevermined({ ...options, environment: 'custom', ...(apiKey && { apiKey }) });
  };
  const rail = railOf(buyer.apiKey);
  await rail.order(planId);
  line.requests.length = 0;
  const headerOf = (headers: Record<string, string> = {}) => headers['payment-signature'];
  const plan = () => {
    const [found] = backend.ledger().plans;
    if (found === undefined) throw new Error('no plan');
    return found;
  };
  return {
    rail,
    elsewhere: () => railOf(buyer.apiKey),
    stranger: () => railOf(other.apiKey),
    unconfigured: () => railOf(),
    line,
    signatures: () => 0,
    card,
    payee: agentId,
    request: (amount, changes) => ({
      taskId: newTaskId(),
      payee: agentId,
      amount,
      currency: { code: 'credits', decimals: 0 },
      ttlMinutes: 5,
      agent: { id: agentUrl, card },
      ...changes,
    }),
    isPaid: ({ headers }) => headerOf(headers) !== undefined,
    async deliver({ headers }, amount) {
      const accepted = {
        scheme: 'nvm:erc4337',
        network: 'eip155:84532',
        planId,
        extra: { version: '1', agentId, httpVerb: 'POST' },
      };
      const response = await globalThis.fetch(`${url}/api/v1/x402/settle`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${seller.apiKey}`,
          'nevermined-version': '1.1',
        },
        body: JSON.stringify({
          paymentRequired: { x402Version: 2, resource: { url: agentUrl }, accepts: [accepted] },
          x402AccessToken: headerOf(headers),
          maxAmount: String(amount),
        }),
      });
      const settled: unknown = await response.json();
      if (!response.ok) throw new Error(JSON.stringify(settled));
      return {
        state: 'completed',
        metadata: {
          'x402.payment.status': 'payment-completed',
          'x402.payment.receipts': [settled],
          creditsUsed: amount,
        },
      };
    },
    paid: async () => BigInt(plan().burned),
    spent: async () => BigInt(wealth - (plan().balances[buyer.address] ?? 0)),
    secrets: (shown) => {
      const token = headerOf(shown?.headers);
      return [buyer.apiKey, ...(token === undefined ? [] : [token])];
    },
    close,
  };
}
