import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Settled } from '../../src/rails/rail';
import type { SettlementAction } from '../../src/settlement/state/settlement-state';
import type { SpendingLimitOptions } from '../../src/settlement/plan/currency-limits';
import { SpendingLimits } from '../../src/settlement/plan/spending-limits';
import { aSettlement } from './a-settlement';
import { entries, writtenAt } from './journal-entries';
import { leftBehind } from './left-behind';

beforeEach(() => {
  // The holds below are made now, and last an hour.
  vi.useFakeTimers({ toFake: ['Date'], now: writtenAt });
});
afterEach(() => void vi.useRealTimers());

const later = (minutes: number) => vi.setSystemTime(writtenAt + minutes * 60_000);

test('two at once settle once', async () => {
  const { leave, provider, rail, settlement, storage } = leftBehind({
    tasks: { 'task-2': { state: 'completed' } },
  });
  await leave(
    entries.settling(rail.put(), { type: 'refund', reason: 'aborted' }),
    entries.working(rail.put(), { task: 'task-2' }),
  );
  const another = aSettlement({ rail, storage });
  later(10);
  const open = [rail.gate('release'), rail.gate('refund')];
  const running = [settlement.reconcile({ provider }), another.settlement.reconcile({ provider })];
  await vi.waitFor(() => expect(rail.asked).toHaveLength(2));
  open.forEach((letThrough) => letThrough());
  for (const { settled } of await Promise.all(running)) expect(settled).toHaveLength(2);
  expect([rail.statusOf('escrow-1'), rail.statusOf('escrow-2')]).toEqual(['refunded', 'released']);
  expect(new Set(rail.asked)).toEqual(new Set(['refund escrow-1 aborted', 'release escrow-2']));
  expect(storage.left()).toEqual([]);
});

describe('limits get back what did not cost anything', () => {
  const limits: SpendingLimitOptions = { perWindow: { amount: 100, minutes: 60 }, concurrent: 5 };
  const cases: [string, SettlementAction, Settled | undefined, number, number | undefined][] = [
    ['a refund', { type: 'refund', reason: 'aborted' }, undefined, 10, undefined],
    ['a part', { type: 'release', amount: 4 }, undefined, 10, 4],
    ['all', { type: 'release' }, undefined, 10, 20],
    ['late', { type: 'release' }, undefined, 61, undefined],
    [
      'a refund that is found',
      { type: 'release' },
      { status: 'refunded', returned: 21 },
      10,
      undefined,
    ],
    [
      'a part that is found',
      { type: 'release' },
      { status: 'partially-released', amount: 7, fee: 0, returned: 14 },
      10,
      7,
    ],
  ];
  test.each(cases)('%s', async (_, action, settled, minutes, counted) => {
    const { leave, rail, settlement, storage } = leftBehind({ options: { limits } });
    const hold = rail.put({}, settled && { state: { type: 'settled', settled } });
    const reservation = { agent: 'agent', amount: 20, conversation: 'talk', ttlMinutes: 60 };
    await new SpendingLimits({ limits, storage, now: Date.now }).reserve(hold.taskId, reservation);
    await leave(entries.settling(hold, action));
    later(minutes);
    await settlement.reconcile();
    const left = storage.items.get(`a2a-limits:${hold.taskId}`);
    expect(left && JSON.parse(left)).toEqual(
      counted && { at: writtenAt, openUntil: 0, amount: counted, conversation: 'talk' },
    );
  });
});

describe('a storage that fails', () => {
  test('to be read is an error', async () => {
    const { settlement, storage } = leftBehind();
    storage.before = () => Promise.reject(new Error('no connection'));
    await expect(settlement.reconcile()).rejects.toThrow('no connection');
  });

  test('to forget one hold keeps no other from being settled', async () => {
    const { leave, rail, settlement, storage } = leftBehind();
    const settled: Settled = { status: 'refunded', returned: 21 };
    const gone = rail.put({}, { state: { type: 'settled', settled } });
    await leave(entries.working(gone), entries.settling(rail.put()));
    storage.before = async (call, key) => {
      if (call === 'remove' && key.includes(gone.taskId)) throw new Error('read only');
    };
    await settlement.reconcile().catch(() => {});
    expect(rail.statusOf('escrow-2')).toBe('released');
  });
});
