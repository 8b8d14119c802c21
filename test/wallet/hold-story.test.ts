import { expect, it } from 'vitest';
import { describeStep } from '../../src/wallet/describe-step';
import { findStep, tellStories } from '../../src/wallet/hold-story';
import { paid, recordOf, returned } from '../cli/dashboard/records';

const now = Date.parse('2026-11-22T10:30:00Z');

it('tells what became of each hold, the latest first', () => {
  const stories = tellStories(
    [
      ...paid({ hold: 'a', heldAt: '2026-11-22T10:00:00.000Z' }),
      ...returned({ hold: 'b', heldAt: '2026-11-22T10:01:00.000Z' }),
      recordOf({ hold: 'c', heldAt: '2026-11-22T10:02:00.000Z' }),
    ],
    now,
  );
  expect(stories.map(({ id, outcome }) => [id, outcome])).toEqual([
    ['c', 'open'],
    ['b', 'returned'],
    ['a', 'paid'],
  ]);
  expect(stories[2]).toMatchObject({
    durationMs: 2500,
    steps: [{ status: 'held' }, { status: 'released', captured: '10' }],
  });
});

it.each([
  { event: 'held', status: 'pending', outcome: 'open' },
  { event: 'kept', status: 'kept', outcome: 'open' },
  { event: 'pending', status: 'pending', outcome: 'open' },
  { event: 'released', status: 'released', outcome: 'paid' },
  { event: 'released', status: 'partially-released', outcome: 'paid' },
  { event: 'released', status: 'late', outcome: 'returned' },
  { event: 'refunded', status: 'refunded', outcome: 'returned' },
  { event: 'taken', status: 'taken', outcome: 'paid' },
  { event: 'disputed', status: 'disputed', outcome: 'disputed' },
  { event: 'unresolved', status: 'pending', outcome: 'unresolved' },
] as const)('calls $event, $status $outcome', ({ event, outcome, status }) => {
  const [story] = tellStories([recordOf({ event, status })], now);
  expect(story?.outcome).toBe(outcome);
});

it('calls a hold unresolved when it has expired and its end is not recorded', () => {
  const records = [recordOf({ expiresAt: '2026-11-22T10:28:00.000Z' })];
  expect(tellStories(records, now)[0]?.outcome).toBe('unresolved');
  // An exchange may end it a minute later.
  const justNow = [recordOf({ expiresAt: '2026-11-22T10:29:30.000Z' })];
  expect(tellStories(justNow, now)[0]?.outcome).toBe('open');
});

it('does not reopen a hold that ended', () => {
  const [held, released] = paid({ hold: 'a' });
  const kept = recordOf({ hold: 'a', event: 'kept', status: 'kept' });
  const unresolved = recordOf({ hold: 'a', event: 'unresolved' });
  for (const records of [
    [held, released, kept],
    [held, unresolved, released],
    [held, released, unresolved],
  ]) {
    const [story] = tellStories(
      records.filter((record) => record !== undefined),
      now,
    );
    expect(story?.outcome).toBe('paid');
    expect(story?.steps.map(({ status }) => status)).not.toContain('kept');
  }
});

it('says where the money is, in exact amounts', () => {
  const say = (given: Parameters<typeof recordOf>[0]) => {
    const [story] = tellStories([recordOf({ amount: '1234.5', fee: '0.05', ...given })], now);
    return story?.steps.map((step) => describeStep(story, step));
  };
  expect(say({})).toEqual(['1,234.55 ATE in escrow']);
  expect(say({ rail: 'x402' })).toEqual(['1,234.55 ATE authorized']);
  expect(say({ event: 'released', status: 'released', captured: '1234.5' })).toEqual([
    '1,234.5 ATE + 0.05 fee paid to the agent',
  ]);
  expect(
    say({ event: 'refunded', status: 'refunded', returned: '1234.55', reason: 'aborted' }),
  ).toEqual(['1,234.55 ATE returned: the call was stopped']);
  expect(say({ event: 'unresolved', error: 'TIMEOUT' })).toEqual([
    '1,234.55 ATE not settled yet: TIMEOUT',
  ]);
});

it('finds the step that the call of a message left, also when calls share a hold', () => {
  const holds = tellStories(
    [
      recordOf({ hold: 'a', labels: { message: 'm1' } }),
      recordOf({ hold: 'a', event: 'kept', status: 'kept', labels: { message: 'm1' } }),
      recordOf({ hold: 'a', event: 'released', status: 'released', labels: { message: 'm2' } }),
    ],
    now,
  );
  expect(findStep(holds, { message: 'm1' })?.step.status).toBe('kept');
  expect(findStep(holds, { message: 'm2' })?.step.status).toBe('released');
  expect(findStep(holds, { message: 'm3' })).toBeUndefined();
  expect(findStep(holds, { message: 'm1', user: 'ann' })).toBeUndefined();
});
