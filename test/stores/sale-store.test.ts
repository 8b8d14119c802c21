import fc from 'fast-check';
import { createStorage } from 'unstorage';
import { earnings } from 'ai-sdk-a2a-settlement/agent';
import { memoryStorage, type SaleRecord, saleStore } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, it } from 'vitest';
import { toAtomic } from '../../src/internal/decimal';

const begunAt = '2026-11-01T10:00:00.000Z';

function record(sale: string, event: SaleRecord['event'], more: Partial<SaleRecord> = {}) {
  return {
    sale,
    event,
    at: begunAt,
    begunAt,
    rail: 'x402',
    taskId: `task of ${sale}`,
    amount: '0.25',
    currency: 'USDC',
    ...more,
  } satisfies SaleRecord;
}

async function all(sales: ReturnType<typeof saleStore>, query = {}): Promise<SaleRecord[]> {
  const records: SaleRecord[] = [];
  for await (const one of sales.list(query)) records.push(one);
  return records;
}

describe.each([
  ['an atomic storage', () => memoryStorage()],
  ['unstorage', () => createStorage()],
] as const)('books in %s', (_, open) => {
  it('keep each fact once, in the order of their sales', async () => {
    const sales = saleStore({ storage: open() });
    const facts = [
      record('b', 'settled', { begunAt: '2026-11-02T00:00:00.000Z' }),
      record('a', 'worked'),
      record('a', 'verified'),
      record('a', 'settled', { transaction: '0x1' }),
      record('a', 'settled', { transaction: '0x2' }),
      record('a', 'unresolved'),
    ];
    for (const fact of facts) await sales.append(fact);
    const kept = await all(sales);
    expect(kept.map(({ event, sale }) => [sale, event])).toEqual([
      ['a', 'verified'],
      ['a', 'worked'],
      ['a', 'settled'],
      ['b', 'settled'],
    ]);
    expect(kept[2]?.transaction).toBe('0x1');
  });

  it('are read by day, rail and currency', async () => {
    const sales = saleStore({ storage: open() });
    await sales.append(record('a', 'settled'));
    await sales.append(record('b', 'settled', { begunAt: '2026-11-02T00:00:00.000Z' }));
    await sales.append(record('c', 'settled', { rail: 'exchange', currency: 'ATE' }));
    const names = async (query: object) => (await all(sales, query)).map(({ sale }) => sale);
    expect(await names({ from: new Date('2026-11-02') })).toEqual(['b']);
    expect(await names({ to: new Date('2026-11-02') })).toEqual(['a', 'c']);
    expect(await names({ rail: 'exchange' })).toEqual(['c']);
    expect(await names({ currency: 'USDC' })).toEqual(['a', 'b']);
    await expect(names({ curency: 'USDC' })).rejects.toThrow(/curency/);
  });

  it('leave out what is no record', async () => {
    const storage = open();
    const sales = saleStore({ storage });
    await sales.append(record('a', 'settled'));
    await storage.setItem('a2a-sold:2026-11-01:100000000-broken-ended', '{"sale":');
    for (const [at, amount] of ['much', '-1', '', '1e3'].entries()) {
      await sales.append(record(`wrong ${at}`, 'settled', { amount }));
    }
    expect((await all(sales)).map(({ sale }) => sale)).toEqual(['a']);
  });
});

it('wants a storage', () => {
  expect(() => saleStore({ storage: Object.create(null) })).toThrow(/getItem, setItem, getKeys/);
});

describe('earnings', () => {
  it('tell what became of payments, by rail and currency', async () => {
    const sales = saleStore({ storage: memoryStorage() });
    const facts = [
      record('a', 'verified'),
      record('a', 'worked', { amount: '0.1' }),
      record('a', 'settled', { amount: '0.1' }),
      record('b', 'verified'),
      record('b', 'refunded'),
      record('c', 'verified', { rail: 'exchange', currency: 'ATE', amount: '10' }),
      record('c', 'owed', { rail: 'exchange', currency: 'ATE', amount: '7' }),
      record('d', 'verified', { rail: 'exchange', currency: 'ATE', amount: '10' }),
      record('d', 'owed', { rail: 'exchange', currency: 'ATE', amount: '10' }),
      record('d', 'settled', { rail: 'exchange', currency: 'ATE', amount: '10' }),
      record('e', 'verified'),
      record('e', 'unsettled'),
    ];
    for (const fact of facts) await sales.append(fact);
    const { amount, currency, ...refused } = record('f', 'refused');
    await sales.append(refused);
    expect([amount, currency]).toEqual(['0.25', 'USDC']);

    const none = { count: 0, amount: '0' };
    const nothing = {
      refused: none,
      verified: none,
      worked: none,
      settled: none,
      owed: none,
      unsettled: none,
      refunded: none,
      unresolved: none,
    };
    expect(await earnings(sales)).toEqual([
      {
        ...nothing,
        rail: 'exchange',
        currency: 'ATE',
        verified: { count: 2, amount: '20' },
        owed: { count: 1, amount: '7' },
        settled: { count: 1, amount: '10' },
      },
      { ...nothing, rail: 'x402', refused: { count: 1, amount: '0' } },
      {
        ...nothing,
        rail: 'x402',
        currency: 'USDC',
        verified: { count: 3, amount: '0.75' },
        worked: { count: 1, amount: '0.1' },
        settled: { count: 1, amount: '0.1' },
        refunded: { count: 1, amount: '0.25' },
        unsettled: { count: 1, amount: '0.25' },
      },
    ]);
  });

  it('are exact', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.bigInt({ min: 0n, max: 10n ** 30n }), { maxLength: 20 }),
        async (units) => {
          const text = (one: bigint) => {
            const digits = String(one).padStart(19, '0');
            return `${digits.slice(0, -18)}.${digits.slice(-18)}`;
          };
          const sales = saleStore({ storage: memoryStorage() });
          for (const [index, one] of units.entries()) {
            await sales.append(record(`s${index}`, 'settled', { amount: text(one) }));
          }
          const [total] = await earnings(sales);
          const sum = units.reduce((one, other) => one + other, 0n);
          expect(toAtomic(total?.settled.amount ?? '0', 18)).toBe(sum);
          expect(total?.settled.count ?? 0).toBe(units.length);
        },
      ),
      { numRuns: 50 },
    );
  });
});
