import { expect, it } from 'vitest';
import { escrowRecords } from '../../../src/cli/dashboard/escrow-records';
import type { Escrow } from '../../../src/rails/exchange/escrow-schemas';
import { spend } from '../../../src/settlement/state/spend';

const url = 'https://exchange.example.com/v1';
const now = Date.parse('2026-11-22T10:30:00Z');

it.each([
  { status: 'held', expected: [{ event: 'held' }] },
  { status: 'released', expected: [{ event: 'held' }, { event: 'released', captured: '10' }] },
  {
    status: 'partially_released',
    amounts: { releasedAmount: 4, releasedFee: 0, holdbackAmount: 0, holdbackFee: 0 },
    expected: [
      { event: 'held' },
      { event: 'released', status: 'partially-released', captured: '4', fee: '0', returned: '7' },
    ],
  },
  { status: 'refunded', expected: [{ event: 'held' }, { event: 'refunded', returned: '11' }] },
  { status: 'expired', expected: [{ event: 'held' }, { event: 'refunded', status: 'late' }] },
  { status: 'disputed', expected: [{ event: 'held' }, { event: 'disputed' }] },
  { status: 'of a later version', expected: [{ event: 'held' }] },
])('records an escrow that is $status', async ({ amounts, expected, status }) => {
  expect(await recordsOf([escrowOf({ status, ...amounts })])).toMatchObject(expected);
});

it('leaves out escrows of others, and holds before the range', async () => {
  const early = new Date(now - 2 * 86_400_000);
  const records = await recordsOf([
    escrowOf({ escrowId: 'earned', requesterId: 'somebody' }),
    escrowOf({ escrowId: 'early', expiresAt: early }),
    escrowOf({ escrowId: 'own' }),
  ]);
  expect(records.map(({ escrowId }) => escrowId)).toEqual(['own']);
});

it('reads page after page, counts what moved to the next page once, and ends', async () => {
  const all = Array.from({ length: 3000 }, (_, index) => escrowOf({ escrowId: `e${index}` }));
  const asked: number[] = [];
  const records = await recordsOf(all, asked, 1);
  expect(asked).toHaveLength(10);
  expect(new Set(records.map(({ hold }) => hold)).size).toBe(records.length);
  expect(await spend(records)).toMatchObject([
    { holds: records.length, open: `${records.length * 11}` },
  ]);
});

/** @param moved how many new escrows are opened between two requests. */
async function recordsOf(escrows: Escrow[], asked: number[] = [], moved = 0) {
  const records = [];
  const client = {
    balance: async () => ({
      accountId: 'me',
      available: 0,
      heldInEscrow: 0,
      totalEarned: 0,
      totalSpent: 0,
    }),
    listEscrows: async ({ limit = 50, offset = 0 }) => {
      asked.push(offset);
      const start = Math.max(0, offset - moved * (asked.length - 1));
      return { escrows: escrows.slice(start, start + limit), total: escrows.length };
    },
  };
  const from = new Date('2026-11-22T00:00:00Z');
  for await (const record of escrowRecords(client, { from, now, url })) records.push(record);
  return records;
}

function escrowOf(given: Partial<Escrow>): Escrow {
  return {
    escrowId: 'escrow-1',
    requesterId: 'me',
    providerId: 'payee-1',
    amount: 10,
    feeAmount: 1,
    status: 'held',
    expiresAt: new Date('2026-11-22T11:00:00Z'),
    taskId: undefined,
    taskType: undefined,
    groupId: undefined,
    releasedAmount: undefined,
    releasedFee: undefined,
    holdbackAmount: undefined,
    holdbackFee: undefined,
    ...given,
  };
}
