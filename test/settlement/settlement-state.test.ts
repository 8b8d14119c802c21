import { describe, expect, test } from 'vitest';
import type { Hold } from '../../src/rails/rail';
import {
  transition,
  type SettlementInput,
  type SettlementState,
} from '../../src/settlement/state/settlement-state';

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
const part = { type: 'release', amount: 4 } as const;
const nothing = { type: 'refund', reason: 'nothing-used' } as const;
const dispute = { type: 'dispute', reason: 'verification-failed', stake: 10 } as const;
const settled = { status: 'released', amount: 10, fee: 1 } as const;

const states = {
  open: { phase: 'open', hold },
  kept: { phase: 'kept', hold, taskId: 't1' },
  releasing: { phase: 'settling', hold, action: release },
  refunding: { phase: 'settling', hold, action: refund },
  'releasing a part': { phase: 'settling', hold, action: part },
  'refunding nothing used': { phase: 'settling', hold, action: nothing },
  disputing: { phase: 'settling', hold, action: dispute },
  settled: { phase: 'settled', hold, settled },
  'unresolved release': { phase: 'unresolved', hold, action: release },
  'unresolved refund': { phase: 'unresolved', hold, action: refund },
  'unresolved part': { phase: 'unresolved', hold, action: part },
  'unresolved refund of nothing used': { phase: 'unresolved', hold, action: nothing },
  'unresolved dispute': { phase: 'unresolved', hold, action: dispute },
} satisfies Record<string, SettlementState>;
type StateName = keyof typeof states;

const inputs = {
  delivered: { type: 'ended', outcome: { type: 'delivered' } },
  'delivered a part': { type: 'ended', outcome: { type: 'delivered', amount: 4 } },
  'delivered more than is held': { type: 'ended', outcome: { type: 'delivered', amount: 11 } },
  'delivered for nothing': { type: 'ended', outcome: { type: 'delivered', amount: 0 } },
  refused: {
    type: 'ended',
    outcome: { type: 'failed', reason: 'verification-failed', stake: 10 },
  },
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
  Record<
    StateName,
    Partial<Record<InputName, [next: StateName, effect?: 'release' | 'refund' | 'dispute']>>
  >
> = {
  open: {
    delivered: ['releasing', 'release'],
    'delivered a part': ['releasing a part', 'release'],
    'delivered more than is held': ['releasing', 'release'],
    'delivered for nothing': ['refunding nothing used', 'refund'],
    refused: ['disputing', 'dispute'],
    aborted: ['refunding', 'refund'],
    paused: ['kept'],
  },
  kept: { continued: ['open'] },
  releasing: { succeeded: ['settled'], 'gave up': ['unresolved release'] },
  refunding: { succeeded: ['settled'], 'gave up': ['unresolved refund'] },
  'releasing a part': { succeeded: ['settled'], 'gave up': ['unresolved part'] },
  'refunding nothing used': {
    succeeded: ['settled'],
    'gave up': ['unresolved refund of nothing used'],
  },
  disputing: { succeeded: ['settled'], 'gave up': ['unresolved dispute'] },
  'unresolved release': { resumed: ['releasing', 'release'] },
  'unresolved refund': { resumed: ['refunding', 'refund'] },
  'unresolved part': { resumed: ['releasing a part', 'release'] },
  'unresolved refund of nothing used': { resumed: ['refunding nothing used', 'refund'] },
  'unresolved dispute': { resumed: ['disputing', 'dispute'] },
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

test('no path asks for two different things of one hold', () => {
  const visit = (state: SettlementState, asked: Set<string>, depth: number): void => {
    expect(asked.size).toBeLessThanOrEqual(1);
    if (depth === 0) return;
    for (const input of Object.values(inputs)) {
      const { state: next, effect } = transition(state, input);
      visit(
        next,
        effect === undefined ? asked : new Set(asked).add(JSON.stringify(effect)),
        depth - 1,
      );
    }
  };
  visit(states.open, new Set(), 5);
});
