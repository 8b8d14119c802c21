import { afterEach, expect, it, vi } from 'vitest';
import { SettlementError } from '../../src/rails/rail';
import { memoryStorage, receiptStore } from '../../src/stores';
import { findStep, readWallet } from '../../src/wallet';
import { recordOf } from '../cli/dashboard/records';

const balances = [
  { rail: 'a2a-se', account: 'payer', available: 989, held: 11, currency: 'ATE', decimals: 0 },
  { rail: 'x402', account: '0xPayer', available: '9.75', currency: 'USDC', decimals: 6 },
];
const failed = [
  {
    rail: 'nevermined',
    error: new SettlementError({
      code: 'UNAUTHORIZED',
      message: 'The key nvm-secret was refused.',
    }),
  },
];
const settlement = { balance: async () => ({ balances, failed }) };

afterEach(() => vi.useRealTimers());

async function receiptsOf(...records: ReturnType<typeof recordOf>[]) {
  const receipts = receiptStore({ storage: memoryStorage() });
  for (const record of records) await receipts.append(record);
  return receipts;
}

const heldAt = new Date().toISOString();
const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
const heldFor = (user: string, hold: string, changes: Parameters<typeof recordOf>[0] = {}) =>
  recordOf({
    hold,
    heldAt,
    at: heldAt,
    expiresAt,
    labels: { user, message: `of ${hold}` },
    ...changes,
  });

it('shows a user the holds of this user only, without the label that selects them', async () => {
  const receipts = await receiptsOf(heldFor('ann', 'a'), heldFor('bob', 'b'), heldFor('', 'c'));
  const wallet = await readWallet({ settlement, receipts, labels: { user: 'ann' } });
  expect(wallet.holds.map(({ id, labels }) => [id, labels])).toEqual([['a', { message: 'of a' }]]);
  expect(findStep(wallet.holds, { message: 'of a' })?.step.status).toBe('held');
  expect(findStep(wallet.holds, { message: 'of b' })).toBeUndefined();
  expect(JSON.stringify(wallet)).not.toMatch(/ann|bob|https:\/\/exchange|nvm-secret|0xPayer/);
});

it('shows all holds with all labels when none are selected', async () => {
  const receipts = await receiptsOf(heldFor('ann', 'a'), heldFor('bob', 'b'));
  const { holds } = await readWallet({ settlement, receipts });
  expect(holds.map(({ labels }) => labels.user).sort()).toEqual(['ann', 'bob']);
});

it.each<Record<string, unknown>>([
  { user: undefined },
  { constructor: 'x' },
  { user: 'ann', message: 'other' },
])('shows nothing of calls that lack a label: %j', async (labels) => {
  const receipts = await receiptsOf(
    heldFor('ann', 'a'),
    heldFor('', 'b', { labels: undefined }),
    heldFor('', 'c', { labels: { message: 'other' } }),
  );
  const wallet = await readWallet({
    settlement,
    receipts,
    labels: labels as Record<string, string>,
  });
  expect(wallet.holds).toEqual([]);
});

it('adds up what agents of all users may still take, where no ledger holds it', async () => {
  const dollars = { rail: 'x402', currency: 'USDC', amount: '0.1', fee: '0' };
  const receipts = await receiptsOf(
    heldFor('ann', 'a', dollars),
    heldFor('bob', 'b', { ...dollars, amount: '0.2' }),
    heldFor('bob', 'c', dollars),
    heldFor('bob', 'c', { ...dollars, event: 'released', status: 'released', captured: '0.1' }),
  );
  const wallet = await readWallet({ settlement, receipts, labels: { user: 'ann' } });
  expect(wallet.balances).toEqual([
    { rail: 'a2a-se', currency: 'ATE', available: '989', held: '11' },
    { rail: 'x402', currency: 'USDC', available: '9.75', authorized: '0.3' },
  ]);
  expect(wallet.missing).toEqual(['nevermined']);
});

it('names agents, and starts a day ago unless told', async () => {
  const old = new Date(Date.now() - 30 * 3_600_000).toISOString();
  const receipts = await receiptsOf(heldFor('ann', 'a'), heldFor('ann', 'b', { heldAt: old }));
  const nameOf = (agent: string) => (agent.startsWith('https:') ? 'Writer' : undefined);
  const day = await readWallet({ settlement, receipts, nameOf });
  expect(day.holds.map(({ id, name }) => [id, name])).toEqual([['a', 'Writer']]);
  const week = await readWallet({
    settlement,
    receipts,
    from: new Date(Date.now() - 7 * 86_400_000),
  });
  expect(week.holds.map(({ id }) => id)).toEqual(['a', 'b']);
});

it('asks the ledgers when there is a new record, or after five seconds', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const balance = vi.fn(settlement.balance);
  const receipts = await receiptsOf(heldFor('ann', 'a'));
  const read = () => readWallet({ settlement: own, receipts });
  const own = { balance };
  for (let page = 0; page < 50; page++) await read();
  expect(balance).toHaveBeenCalledTimes(1);
  await receipts.append(heldFor('bob', 'b'));
  await read();
  await read();
  expect(balance).toHaveBeenCalledTimes(2);
  vi.setSystemTime(Date.now() + 5000);
  await read();
  expect(balance).toHaveBeenCalledTimes(3);
});

it('asks the ledgers again when they could not be asked at all', async () => {
  const balance = vi
    .fn(settlement.balance)
    .mockRejectedValueOnce(new TypeError('A chunk is missing.'));
  const receipts = await receiptsOf(heldFor('ann', 'a'));
  const read = () => readWallet({ settlement: own, receipts });
  const own = { balance };
  const failures = await Promise.allSettled([read(), read()]);
  expect(failures.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(balance).toHaveBeenCalledTimes(1);
  expect((await read()).balances).toHaveLength(2);
});

it('shows a user how a hold ended, whoever ended it', async () => {
  const ended = { event: 'refunded', status: 'refunded', returned: '11' } as const;
  const receipts = await receiptsOf(
    heldFor('ann', 'a'),
    // reconcile({ orphans: 'refund' }) does not know whose hold it is.
    heldFor('ann', 'a', { ...ended, labels: undefined, durationMs: 1000 }),
    heldFor('ann', 'b', { event: 'kept', status: 'kept' }),
    heldFor('bob', 'b', ended),
  );
  const { holds } = await readWallet({ settlement, receipts, labels: { user: 'ann' } });
  expect(holds).toMatchObject([
    {
      id: 'a',
      outcome: 'returned',
      durationMs: 1000,
      steps: [{ status: 'held' }, { status: 'refunded' }],
    },
    { id: 'b', outcome: 'returned', labels: { message: 'of b' }, steps: [{ status: 'kept' }] },
  ]);
  expect(JSON.stringify(holds)).not.toContain('bob');
});

it('shows the rest when a store has a record that is none', async () => {
  const dollars = { rail: 'x402', currency: 'USDC', amount: '0.1', fee: '0' };
  const records = [
    heldFor('ann', 'a', dollars),
    heldFor('ann', 'b', { ...dollars, amount: '1e999' }),
  ];
  const receipts = {
    async *list() {
      yield* records;
    },
  };
  const wallet = await readWallet({ settlement, receipts });
  expect(wallet.balances[1]).toMatchObject({ rail: 'x402', authorized: '0.1' });
  expect(wallet.holds).toHaveLength(2);
});
