import type { SettlementOptions } from '../../src/index';
import { SettlementJournal } from '../../src/settlement/state/settlement-journal';
import { type JournalEntry } from '../../src/settlement/state/journal-entry';
import { aSettlement } from './a-settlement';
import { ScriptedAgent, type TaskAnswer } from './scripted-agent';

/** A settlement that finds the ledger and the journal as other processes have left them. */
export function leftBehind({
  options = {},
  tasks = {},
}: { options?: SettlementOptions; tasks?: Record<string, TaskAnswer> } = {}) {
  const agent = new ScriptedAgent();
  for (const [taskId, task] of Object.entries(tasks)) agent.tasks.set(taskId, task);
  const given = aSettlement({ agent, options });
  const journal = new SettlementJournal(given.storage);
  return {
    ...given,
    provider: { languageModel: () => agent },
    leave: async (...entries: JournalEntry[]) => {
      for (const entry of entries) await journal.put(entry);
    },
    /** What the journal still says, and nothing of the limits. */
    remembered: async () => (await journal.list()).entries,
  };
}
