import { describe, expect, test } from 'vitest';
import type { Hold } from '../../src/rails/rail';
import {
  transition,
  type SettlementInput,
  type SettlementState,
} from '../../src/settlement/settlement-state';

const hold: Hold = {
  rail: 'fake',
  taskId: 'aisdk-1',
  escrowId: 'e1',
  payee: 'payee',
  amount: 10,
  fee: 1,
  currency: 'ATE',
  exchangeUrl: 'https://exchange.example.com/v1',
  expiresAt: new Date(0),
};
const release = { type: 'release' } as const;
const refund = { type: 'refund', reason: 'aborted' } as const;
const settled = { status: 'released', amount: 10, fee: 1 } as const;

const states = {
  open: { phase: 'open', hold },
  kept: { phase: 'kept', hold, taskId: 't1' },
  releasing: { phase: 'settling', hold, action: release },
  refunding: { phase: 'settling', hold, action: refund },
  settled: { phase: 'settled', hold, settled },
  'unresolved release': { phase: 'unresolved', hold, action: release },
  'unresolved refund': { phase: 'unresolved', hold, action: refund },
} satisfies Record<string, SettlementState>;
type StateName = keyof typeof states;

const inputs = {
  delivered: { type: 'ended', outcome: { type: 'delivered' } },
  paused: { type: 'ended', outcome: { type: 'paused', taskId: 't1' } },
  aborted: { type: 'ended', outcome: { type: 'failed', reason: 'aborted' } },
  continued: { type: 'continued' },
  succeeded: { type: 'succeeded', settled },
  'gave up': { type: 'gave-up' },
  resumed: { type: 'resumed' },
} satisfies Record<string, SettlementInput>;
type InputName = keyof typeof inputs;

/** Every transition there is; whatever is not listed changes nothing and asks for nothing. */
const table: Partial<
  Record<StateName, Partial<Record<InputName, [next: StateName, effect?: 'release' | 'refund']>>>
> = {
  open: {
    delivered: ['releasing', 'release'],
    aborted: ['refunding', 'refund'],
    paused: ['kept'],
  },
  kept: { continued: ['open'] },
  releasing: { succeeded: ['settled'], 'gave up': ['unresolved release'] },
  refunding: { succeeded: ['settled'], 'gave up': ['unresolved refund'] },
  'unresolved release': { resumed: ['releasing', 'release'] },
  'unresolved refund': { resumed: ['refunding', 'refund'] },
};

describe.each(Object.keys(states) as StateName[])('%s', (from) => {
  test.each(Object.keys(inputs) as InputName[])('%s', (input) => {
    const [next, effect] = table[from]?.[input] ?? [from];
    const result = transition(states[from], inputs[input]);
    expect(result.state).toEqual(states[next]);
    expect(result.effect?.type).toBe(effect);
    if (next === from) expect(result.state).toBe(states[from]);
  });
});

test('no path asks for a release and a refund of one hold', () => {
  const visit = (state: SettlementState, asked: Set<string>, depth: number): void => {
    expect(asked.size).toBeLessThanOrEqual(1);
    if (depth === 0) return;
    for (const input of Object.values(inputs)) {
      const { state: next, effect } = transition(state, input);
      visit(next, effect === undefined ? asked : new Set(asked).add(effect.type), depth - 1);
    }
  };
  visit(states.open, new Set(), 6);
});
