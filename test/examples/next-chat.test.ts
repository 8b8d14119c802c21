import { describe, expect, it } from 'vitest';
import type { SettlementRecord } from 'ai-sdk-a2a-settlement/stores';
import { describeStep } from '../../examples/next-chat/lib/describe-step';
import { isOpen, latestStep, readHolds, receiptOf } from '../../examples/next-chat/lib/hold-story';
import { sumOf } from '../../examples/next-chat/lib/sum-of';

const held: SettlementRecord = {
  hold: 'h1',
  event: 'held',
  status: 'pending',
  at: '2026-11-22T12:00:00.000Z',
  heldAt: '2026-11-22T12:00:00.000Z',
  agent: 'https://agent.example.com',
  rail: 'a2a-se',
  taskId: 't1',
  escrowId: 'e1',
  payee: 'p1',
  exchangeUrl: 'https://exchange.example.com',
  currency: 'ATE',
  decimals: 0,
  amount: '10',
  fee: '1',
  expiresAt: '2026-11-22T13:00:00.000Z',
  labels: { message: 'm1' },
};

describe('the holds of examples/next-chat', () => {
  it('are told from the latest to the first, each from its first step', () => {
    const holds = readHolds([
      held,
      { ...held, event: 'kept', status: 'kept' },
      { ...held, event: 'released', status: 'late', labels: { message: 'm2' } },
      { ...held, hold: 'h2' },
    ]);
    expect(holds.map(({ id, steps }) => [id, steps.map(({ status }) => status)])).toEqual([
      ['h2', ['held']],
      ['h1', ['held', 'kept', 'late']],
    ]);
    expect(holds.map(isOpen)).toEqual([true, false]);
  });

  it('are the receipt of each message that they paid for', () => {
    const holds = readHolds([
      held,
      { ...held, event: 'kept', status: 'kept' },
      { ...held, event: 'released', status: 'released', labels: { message: 'm2' } },
    ]);
    expect(receiptOf('m1', holds)?.step.status).toBe('kept');
    expect(receiptOf('m2', holds)?.step.status).toBe('released');
    expect(receiptOf('m3', holds)).toBeUndefined();
  });

  it('end with their outcome, also when too much was taken', () => {
    const [hold] = readHolds([
      held,
      { ...held, event: 'taken', status: 'taken', captured: '12' },
      { ...held, event: 'overcharged', status: 'taken', captured: '12' },
    ]);
    expect(hold && latestStep(hold)?.status).toBe('taken');
    expect(hold?.steps.at(-1)?.status).toBe('overcharged');
  });

  it.each([
    [{ status: 'partially-released', captured: '4', returned: '6' }, /^4 ATE \+ 1 fee .* 6 ATE/],
    [{ status: 'late' }, /^11 ATE returned: the hold had lapsed$/],
    [{ status: 'disputed', reason: 'verification-failed' }, /frozen .*: the answer was refused$/],
    [{ status: 'overcharged', captured: '12' }, /^12 ATE taken, 10 ATE agreed$/],
    [{ status: 'pending' }, /^11 ATE may be taken until /],
    [{ status: 'unresolved' }, /will be reconciled$/],
    [{ status: 'refunded', reason: 'not-known-here' }, /^11 ATE returned: not-known-here$/],
  ] as const)('says what %j means', (step, words) => {
    const [hold] = readHolds([held]);
    expect(hold && describeStep(hold, { at: held.at, ...step })).toMatch(words);
  });
});

it.each([
  [['0.1', '0.2'], '0.3'],
  [['10', '1'], '11'],
  [['0.25', '9.75'], '10'],
  [[], '0'],
])('sums %j without a floating-point number: %s', (amounts, sum) => {
  expect(sumOf(amounts)).toBe(sum);
});
