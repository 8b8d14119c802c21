import { describe, expect, it } from 'vitest';
import type { DashboardSource } from '../../../src/cli/dashboard/dashboard-source';
import { readView } from '../../../src/cli/dashboard/read-view';
import { readQuery } from '../../../src/cli/dashboard/view-query';
import { SettlementError } from '../../../src/rails/rail';
import type { SettlementHold } from '../../../src/settlement/recovery/list-holds';
import { spend } from '../../../src/settlement/state/spend';
import type { SettlementRecord } from '../../../src/settlement/state/settlement-record';
import { paid, recordOf, returned } from './records';

const now = Date.parse('2026-11-22T10:30:00Z');

it('adds up exactly, by day, agent and label', async () => {
  const usdc = { currency: 'USDC', decimals: 6, rail: 'x402', fee: '0' };
  const view = await read([
    ...paid({ ...usdc, amount: '0.1', labels: { team: 'search' } }),
    ...paid({ ...usdc, amount: '0.2', labels: { team: 'search' } }),
    ...paid({ ...usdc, amount: '0.3', agent: 'https://other.example.com/' }),
    ...returned({ heldAt: '2026-11-20T23:59:59.999Z', labels: { team: 'ads' } }),
  ]);
  expect(view.spend.totals).toMatchObject([
    { currency: 'ATE', holds: 1, spent: '0', refunded: '11' },
    { currency: 'USDC', holds: 3, spent: '0.6', refunded: '0' },
  ]);
  expect(view.spend.byDay).toMatchObject([
    { group: { day: '2026-11-20' }, currency: 'ATE' },
    { group: { day: '2026-11-22' }, currency: 'USDC', spent: '0.6' },
  ]);
  expect(view.spend.byLabel).toMatchObject([
    { group: { 'label:team': '' }, currency: 'USDC', spent: '0.3' },
    { group: { 'label:team': 'ads' }, currency: 'ATE', spent: '0' },
    { group: { 'label:team': 'search' }, currency: 'USDC', spent: '0.3' },
  ]);
  expect(view.timeline.counts).toMatchObject({ paid: 3, returned: 1, open: 0 });
});

it('adds up what `spend` adds up of all records', async () => {
  const [held, released] = paid({ hold: 'a' });
  if (held === undefined || released === undefined) throw new Error('no records');
  const records = [
    held,
    { ...held, event: 'kept', status: 'kept' } as const,
    released,
    { ...released, event: 'overcharged', captured: '12' } as const,
    { ...held, event: 'kept', status: 'kept' } as const,
    ...returned(),
    recordOf({ event: 'disputed', status: 'disputed', stake: '5' }),
    recordOf({ event: 'unresolved' }),
    recordOf({ event: 'released', status: 'late', returned: '11' }),
  ];
  const withoutRepeated = records.filter(({ event }) => event !== 'overcharged');
  const { spend: shown } = await read(records);
  expect(shown.totals).toEqual(await spend(withoutRepeated));
  expect(shown.totals).toMatchObject([
    { holds: 5, spent: '11', refunded: '22', open: '11', disputed: '16' },
  ]);
});

it('compares the label with the fewest values, unless told which', async () => {
  const records = ['a', 'b', 'c'].flatMap((message) =>
    paid({ labels: { message, team: 'search' } }),
  );
  expect((await read(records)).spend).toMatchObject({
    label: 'team',
    labels: ['team', 'message'],
  });
  expect((await read(records, 'by=message')).spend.byLabel).toHaveLength(3);
});

it('limits spending and timeline to an agent, a label, an outcome', async () => {
  const records = [
    ...paid({ hold: 'a', labels: { team: 'search' } }),
    ...returned({ hold: 'b', labels: { team: 'search' } }),
    ...paid({ hold: 'c', agent: 'https://other.example.com/' }),
    recordOf({ hold: 'd', event: 'unresolved' }),
  ];
  const ids = async (params: string) =>
    (await read(records, params)).timeline.stories.map(({ id }) => id);
  expect(await ids('label=team&value=search')).toEqual(['a', 'b']);
  expect(await ids('label=team&value=')).toEqual(['c', 'd']);
  expect(await ids('agent=https://other.example.com/')).toEqual(['c']);
  expect(await ids('show=returned')).toEqual(['b']);
  expect(await ids('find=%20ESCROW-C%20')).toEqual(['c']);
  expect(await ids('find=search')).toEqual(['a', 'b']);
  expect(await ids('find=other.example')).toEqual(['c']);
  expect(await ids('find=nothing')).toEqual([]);
  // What is open does not depend on the filter.
  expect((await read(records, 'show=returned')).unresolved.total).toBe(1);
  expect((await read(records, 'label=team&value=search')).spend.totals).toMatchObject([
    { holds: 2, spent: '11' },
  ]);
});

it('lists the newest holds, as many as asked', async () => {
  const records = Array.from({ length: 130 }, (_, index) =>
    recordOf({ heldAt: new Date(now - 1000 * index).toISOString() }),
  );
  const { timeline, spend } = await read(records);
  expect(timeline.stories).toHaveLength(100);
  expect(timeline.stories[0]?.heldAt).toBe('2026-11-22T10:30:00.000Z');
  expect(timeline).toMatchObject({ total: 130, counts: { open: 130 } });
  expect(spend.totals).toMatchObject([{ holds: 130, open: '1430' }]);
  expect((await read(records, 'most=2')).timeline.stories).toHaveLength(2);
  expect((await read(records, 'most=1e9')).query.most).toBe(1000);
  expect((await read(records, 'most=-1&days=4')).query).toMatchObject({ most: 100, days: 7 });
});

it('asks for the days of the range, today included', async () => {
  const asked: Date[] = [];
  const source = sourceOf([], { records: (from) => (asked.push(from), recordsOf([])) });
  for (const days of [1, 7]) {
    await readView(source, readQuery(new URLSearchParams({ days: String(days) })), now);
  }
  expect(asked.map((from) => from.toISOString())).toEqual([
    '2026-11-22T00:00:00.000Z',
    '2026-11-16T00:00:00.000Z',
  ]);
});

describe('holds under way', () => {
  const hold: SettlementHold = {
    rail: 'a2a-se',
    state: 'open',
    escrowId: 'escrow-a',
    taskId: 'task-a',
    payee: 'payee-1',
    amount: 10,
    fee: 1,
    currency: 'ATE',
    decimals: 0,
    exchangeUrl: 'https://exchange.example.com/v1',
    expiresAt: new Date('2026-11-22T11:00:00Z'),
  };

  it('are those of the ledgers, with their sum by currency', async () => {
    const usdc = { ...hold, taskId: 'task-b', amount: '0.25', fee: '0', currency: 'USDC' };
    const { underWay } = await read([], '', [hold, usdc, { ...usdc, taskId: 'task-c' }]);
    expect(underWay).toMatchObject({
      total: 3,
      sums: [
        { currency: 'ATE', amount: '11' },
        { currency: 'USDC', amount: '0.5' },
      ],
    });
  });

  it('are without those that are listed as lost', async () => {
    const { agent = '', payee, taskId } = { ...hold, agent: 'https://agent.example.com/' };
    const requestedAt = '2026-11-22T10:00:00.000Z';
    const source = sourceOf([], {
      holds: async () => ({ holds: [hold], failed: [] }),
      lost: async () => [{ agent, amount: '10', payee, taskId, requestedAt }],
    });
    const view = await readView(source, readQuery(new URLSearchParams()), now);
    expect(view.underWay).toMatchObject({ total: 0, sums: [] });
    expect(view.unresolved).toMatchObject({ total: 1, holds: [{ why: 'lost', total: '10' }] });
  });

  it('are without those that have ended since, or that are unresolved', async () => {
    for (const records of [
      paid({ hold: 'a' }),
      [recordOf({ hold: 'a', event: 'unresolved', error: 'NETWORK' })],
    ]) {
      const view = await read(records, '', [hold]);
      expect(view.underWay).toEqual({ holds: [], total: 0, sums: [] });
    }
  });
});

it('has unresolved holds with the reason, and lost requests of the journal', async () => {
  const view = await readView(
    sourceOf(
      [
        recordOf({ hold: 'a', event: 'unresolved', error: 'NETWORK' }),
        recordOf({ hold: 'b', expiresAt: '2026-11-22T10:01:00.000Z' }),
      ],
      {
        lost: async () => [
          {
            agent: 'x',
            payee: 'p',
            amount: '5',
            taskId: 't',
            requestedAt: '2026-11-22T10:00:00.000Z',
          },
        ],
      },
    ),
    readQuery(new URLSearchParams()),
    now,
  );
  expect(view.unresolved.holds).toMatchObject([
    { why: 'lost', total: '5' },
    { why: 'failed', error: 'NETWORK', total: '11' },
    { why: 'expired', total: '11' },
  ]);
});

it('says which balances are missing, and how to add them', async () => {
  const balances = [{ rail: 'a2a-se', available: 9, currency: 'ATE', decimals: 0 }];
  const source = sourceOf([...paid(), ...paid({ rail: 'x402' })], {
    balance: async () => ({ balances, failed: [] }),
  });
  expect((await readView(source, readQuery(new URLSearchParams()), now)).hints).toEqual([
    {
      missing: 'Balances on x402',
      how: 'Export a `settlement` with these rails from `--config FILE`.',
    },
  ]);
});

it('says what could not be read, without errors of a storage', async () => {
  const error = new SettlementError({ code: 'NETWORK', message: 'No answer from the exchange.' });
  const view = await readView(
    sourceOf([], {
      balance: async () => ({ balances: [], failed: [{ rail: 'a2a-se', error }] }),
      holds: async () => ({ holds: [], failed: [{ rail: 'a2a-se', error }] }),
      lost: async () => {
        throw new Error('redis://:secret@host');
      },
      // oxlint-disable-next-line require-yield
      records: async function* () {
        throw new Error('redis://:secret@host');
      },
    }),
    readQuery(new URLSearchParams()),
    now,
  );
  expect(view.problems).toEqual([
    'a2a-se: No answer from the exchange.',
    'The journal could not be read.',
    'The store of receipts could not be read.',
  ]);
});

function read(records: SettlementRecord[], params = '', holds: SettlementHold[] = []) {
  const source = sourceOf(records, { holds: async () => ({ holds, failed: [] }) });
  return readView(source, readQuery(new URLSearchParams(params)), now);
}

function sourceOf(
  records: SettlementRecord[],
  rest: Partial<DashboardSource> = {},
): DashboardSource {
  return {
    name: 'test',
    pauseMs: 1000,
    records: () => recordsOf(records),
    hasReceipts: true,
    hints: [],
    ...rest,
  };
}

async function* recordsOf(records: SettlementRecord[]) {
  yield* records;
}
