import type { Hold } from '../../src/rails/rail';
import type { SettlementAction } from '../../src/settlement/state/settlement-state';
import type { JournalEntry, Work } from '../../src/settlement/state/journal-entry';

/** When the entries below were written, unless they say otherwise. */
export const writtenAt = 1_000_000;

type Extra = { at?: number; work?: Partial<Work> };

const common = ({ at = writtenAt, work }: Extra) => ({
  agent: 'agent',
  at,
  work: { startedAt: writtenAt, earlierMs: 0, ...work },
});

/** Entries as a process leaves them behind for a hold. */
export const entries = {
  held: (hold: Hold, extra: Extra = {}): JournalEntry => ({ type: 'open', hold, ...common(extra) }),
  working: (hold: Hold, extra: Extra & { task?: string } = {}): JournalEntry => ({
    type: 'open',
    hold,
    task: extra.task ?? 'task-1',
    ...common(extra),
  }),
  kept: (hold: Hold, extra: Extra & { task?: string } = {}): JournalEntry => ({
    type: 'kept',
    hold,
    task: extra.task ?? 'task-1',
    ...common(extra),
  }),
  settling: (
    hold: Hold,
    { at = writtenAt, ...action }: SettlementAction & { at?: number } = { type: 'release' },
  ): JournalEntry => ({ type: 'settling', hold, action, agent: 'agent', at }),
  lost: (taskId: string, { at = writtenAt, amount = 20 } = {}): JournalEntry => ({
    type: 'lost',
    agent: 'agent',
    at,
    request: { taskId, payee: 'payee', amount, ttlMinutes: 60 },
  }),
};
