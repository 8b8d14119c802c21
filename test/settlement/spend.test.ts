import fc from 'fast-check';
import { generateText } from 'ai';
import { receiptStore } from 'ai-sdk-a2a-settlement/stores';
import { describe, expect, test, vi } from 'vitest';
import {
  spend,
  spendTotals,
  type SettlementEvent,
  type SettlementReceipt,
  type SettlementRecord,
} from '../../src/index';
import { toAtomic } from '../../src/internal/decimal';
import { aSettlement } from './a-settlement';
import { RecordedStorage } from './recorded-storage';
import { ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

/** An event of one hold. */
function told(
  receipt: Partial<SettlementReceipt> & Pick<SettlementReceipt, 'status'>,
  about: Partial<SettlementEvent> = {},
): SettlementEvent {
  const hold = { escrowId: 'e1', exchangeUrl: 'x', amount: 10, fee: 1, currency: 'ATE' };
  return { agent: 'agent', rail: 'a2a-se', receipt: { ...hold, ...receipt }, ...about };
}

function totalsOf(...events: SettlementEvent[]) {
  const spending = spendTotals();
  for (const event of events) spending.add(event);
  return spending.totals();
}

const nothing = {
  group: {},
  currency: 'ATE',
  holds: 1,
  paid: '0',
  fees: '0',
  spent: '0',
  refunded: '0',
  open: '0',
  disputed: '0',
};

const held = told({ status: 'pending' });

test.each<[string, SettlementEvent[], Partial<typeof nothing>]>([
  ['held', [held], { open: '11' }],
  ['kept', [held, told({ status: 'kept' })], { open: '11' }],
  [
    'released',
    [held, told({ status: 'released', captured: 10 })],
    { paid: '10', fees: '1', spent: '11' },
  ],
  [
    'released in part',
    [held, told({ status: 'partially-released', captured: 4, fee: 0, returned: 7 })],
    { paid: '4', spent: '4', refunded: '7' },
  ],
  ['refunded', [held, told({ status: 'refunded', captured: 0, returned: 11 })], { refunded: '11' }],
  ['late', [told({ status: 'late', captured: 0, returned: 11 })], { refunded: '11' }],
  [
    'taken, and told twice',
    [told({ status: 'taken', captured: 12 }), told({ status: 'taken', captured: 12 })],
    { paid: '12', fees: '1', spent: '13' },
  ],
  ['disputed', [held, told({ status: 'disputed', stake: 10 })], { disputed: '21' }],
  [
    'disputed, then ruled',
    [told({ status: 'disputed', stake: 10 }), told({ status: 'refunded', returned: 11 })],
    { refunded: '11' },
  ],
  [
    'in another order',
    [told({ status: 'released', captured: 10 }), held],
    { paid: '10', fees: '1', spent: '11' },
  ],
])('a hold that is %s', (_, events, expected) => {
  expect(totalsOf(...events)).toEqual([{ ...nothing, ...expected }]);
});

test('a call without a hold is none', () => {
  const receipt = { status: 'unsettled', reason: 'FREE' } as const;
  expect(totalsOf({ agent: 'agent', receipt })).toEqual([]);
});

test('groups, in order, by agent, rail, label and currency', () => {
  const paid = { status: 'released', captured: 10 } as const;
  const spending = spendTotals({ by: ['label:team', 'rail'] });
  const usdc = { ...paid, amount: '0.25', captured: '0.25', fee: '0', currency: 'USDC' };
  spending.add(told({ ...paid, escrowId: 'a' }, { labels: { team: 'search' } }));
  spending.add(told({ ...paid, escrowId: 'b' }, { labels: { team: 'search' } }));
  spending.add(told({ ...usdc, escrowId: 'c' }, { labels: { team: 'search' }, rail: 'x402' }));
  spending.add(told({ ...paid, escrowId: 'd' }, { labels: { team: 'ads' } }));
  spending.add(told({ ...paid, escrowId: 'e' }));
  expect(
    spending.totals().map(({ currency, group, holds, spent }) => [group, currency, holds, spent]),
  ).toEqual([
    [{ 'label:team': '', rail: 'a2a-se' }, 'ATE', 1, '11'],
    [{ 'label:team': 'ads', rail: 'a2a-se' }, 'ATE', 1, '11'],
    [{ 'label:team': 'search', rail: 'a2a-se' }, 'ATE', 2, '22'],
    [{ 'label:team': 'search', rail: 'x402' }, 'USDC', 1, '0.25'],
  ]);
});

test('names of every object are no labels', () => {
  const spending = spendTotals({ by: ['label:constructor'] });
  spending.add(told({ status: 'pending' }, { labels: {} }));
  expect(spending.totals()[0]?.group).toEqual({ 'label:constructor': '' });
});

test('sums are exact', () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 24n });
  fc.assert(
    fc.property(fc.array(amount, { minLength: 1, maxLength: 30 }), (units) => {
      const spending = spendTotals();
      for (const [index, unit] of units.entries()) {
        const digits = String(unit).padStart(7, '0');
        const captured = `${digits.slice(0, -6)}.${digits.slice(-6)}`;
        const about = { escrowId: String(index), currency: 'USDC', amount: captured, fee: '0' };
        spending.add(told({ ...about, status: 'released', captured }));
      }
      const [total] = spending.totals();
      expect(toAtomic(total?.spent, 6)).toBe(units.reduce((one, other) => one + other, 0n));
    }),
  );
});

describe('of calls', () => {
  const teams = ['search', 'ads', 'search'];

  async function called() {
    const receipts = receiptStore({ storage: new RecordedStorage() });
    const agent = new ScriptedAgent({}, { state: 'failed' }, { state: 'input-required' });
    const { model, settlement, told: events } = aSettlement({ agent, options: { receipts } });
    for (const team of teams) {
      const providerOptions = { settlement: { labels: { team } } };
      await generateText({ model, prompt: 'Hi', providerOptions }).catch(() => {});
    }
    return { events: events.map(([, event]) => event), receipts, settlement };
  }

  test('events and records add up to the same', async () => {
    const { events, receipts } = await called();
    const by = ['label:team', 'agent', 'rail', 'day'] as const;
    const ofEvents = await spend(events, { by: [...by] });
    const group = { agent: 'agent', rail: 'fake', day: new Date().toISOString().slice(0, 10) };
    expect(ofEvents).toEqual([
      { ...nothing, group: { ...group, 'label:team': 'ads' }, refunded: '21' },
      {
        ...nothing,
        group: { ...group, 'label:team': 'search' },
        holds: 2,
        paid: '20',
        fees: '1',
        spent: '21',
        open: '21',
      },
    ]);
    await vi.waitFor(async () => {
      const records: SettlementRecord[] = [];
      for await (const record of receipts.list()) records.push(record);
      expect(records).toHaveLength(6);
      expect(await spend(records, { by: [...by] })).toEqual(ofEvents);
      expect(await spend(receipts.list(), { by: [...by] })).toEqual(ofEvents);
    });
  });
});
