import { SettlementError } from '../../rails/rail';
import type { JournalEntry, Work } from '../state/journal-entry';
import type { SettlementJournal } from '../state/settlement-journal';
import type { SettlementAction } from '../state/settlement-state';
import { withJournalTimeout } from '../state/with-journal-timeout';

/** What is written of a hold, without what all of its entries have in common. */
export type JournalNote =
  | { type: 'open'; task?: string; work: Work; isIdle?: boolean }
  | { type: 'kept'; task: string; work: Work }
  | ({
      type: 'settling';
      action: SettlementAction;
      task?: string;
      isUnderWay?: boolean;
    } & Pick<Work, 'labels' | 'webhook'>);

/** The journal's entries of one hold. Never throws: a journal that fails must not stop a settlement. */
export class HoldJournal {
  /** The journal may have an entry for the hold, of this process or of the one that had it before. */
  hasEntry = false;
  private hasFailed = false;
  private readonly journal: SettlementJournal;
  private readonly onError: (error: SettlementError) => void;

  /** @param onError called once for each hold: a storage that fails, fails for all that is written of it. */
  constructor(journal: SettlementJournal, onError: (error: SettlementError) => void) {
    this.journal = journal;
    this.onError = onError;
  }

  async put(entry: JournalEntry): Promise<void> {
    this.hasEntry = true;
    let cause: unknown;
    const isWritten = await withJournalTimeout(
      this.journal.put(entry).then(
        () => true,
        (error: unknown) => void (cause = error),
      ),
    );
    if (isWritten !== true) this.fail(cause);
  }

  /** @param task the agent's task, where it is known. */
  async remove(taskId: string, task: string | undefined): Promise<void> {
    if (this.hasEntry) await withJournalTimeout(this.journal.remove(taskId, task));
  }

  private fail(cause: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    const why = cause === undefined ? 'did not answer within a second' : 'failed';
    this.onError(
      new SettlementError({
        code: 'JOURNAL_FAILED',
        // What a storage says may hold its password.
        message: `The journal could not be written: its storage ${why}. Until it can, \`reconcile\` does not know of this hold.`,
        cause,
      }),
    );
  }
}
