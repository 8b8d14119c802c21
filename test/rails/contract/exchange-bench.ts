import { exchangeRail } from '../../../src/index';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { neverminedCard } from '../nevermined/backend';
import {
  exchangeCard,
  Line,
  newTaskId,
  type RailBench,
  type RailKind,
  served,
  x402Card,
} from './rail-bench';

export const exchangeKind: RailKind = {
  name: 'the exchange',
  open: openExchange,
  capturedBy: 'payer',
  currency: 'ATE',
  decimals: 0,
  most: 10_000n,
  foreign: { cards: [x402Card, neverminedCard({ planId: '1' })], answers: [] },
  has: [
    'balance',
    'dispute',
    'find',
    'findMany',
    'listGroup',
    'listHeld',
    'look',
    'now',
    'proposal',
    'seal',
  ],
  asks: ['balance', 'hold', 'look', 'refund', 'release'],
  credential: 'the same',
  afterCancel: 'refunded',
};

async function openExchange(): Promise<RailBench> {
  const exchange = createExchange({ now: () => new Date() });
  const { url, close } = await served((request) => exchange.fetch(request));
  const tokens = 1_000_000;
  const payer = exchange.register('payer', { tokens });
  const other = exchange.register('other', { tokens });
  const agent = exchange.register('agent', { tokens: 0 });
  const line = new Line();
  const { fetch } = line;
  const railOf = (apiKey?: string) =>
    exchangeRail({ exchangeUrl: url, fetch, ...(apiKey !== undefined && { apiKey }) });
  const account = (id: string) => {
    const found = exchange.ledger().accounts.find((one) => one.id === id);
    if (found === undefined) throw new Error(`no account ${id}`);
    return found;
  };
  return {
    rail: railOf(payer.apiKey),
    elsewhere: () => railOf(payer.apiKey),
    stranger: () => railOf(other.apiKey),
    unconfigured: () => railOf(),
    line,
    signatures: () => 0,
    card: exchangeCard(url, agent.accountId),
    payee: agent.accountId,
    request: (amount, changes) => ({
      taskId: newTaskId(),
      payee: agent.accountId,
      amount,
      ttlMinutes: 5,
      ...changes,
    }),
    isPaid: ({ metadata }) => metadata['a2a-se'] !== undefined,
    deliver: async () => ({ state: 'completed', metadata: {} }),
    paid: async () => BigInt(account(agent.accountId).available),
    // The fee is the exchange's.
    spent: async () => {
      const { available, held } = account(payer.accountId);
      return BigInt(tokens - available - held - exchange.ledger().treasury);
    },
    secrets: () => [payer.apiKey],
    close,
  };
}
