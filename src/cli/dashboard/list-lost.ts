import type { JournalStorage } from '../../settlement/state/journal-storage';
import { SettlementJournal } from '../../settlement/state/settlement-journal';
import type { LostHold } from './dashboard-source';

/**
 * The requests of holds whose answers were lost.
 *
 * @throws any error of the storage, or a timeout.
 */
export async function listLost(storage: JournalStorage): Promise<LostHold[]> {
  const { entries } = await new SettlementJournal(storage).list();
  return entries.flatMap((entry) =>
    entry.type !== 'lost'
      ? []
      : [
          {
            agent: entry.agent,
            payee: entry.request.payee,
            amount: String(entry.request.amount),
            taskId: entry.request.taskId,
            requestedAt: new Date(entry.at).toISOString(),
          },
        ],
  );
}
