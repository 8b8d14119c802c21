import { SettlementError } from '../../rails/rail';
import type { JournalEntry, Work } from '../state/journal-entry';
import type { SettlementJournal } from '../state/settlement-journal';
import type { SettlementAction } from '../state/settlement-state';
import { withJournalTimeout } from '../state/with-journal-timeout';

/** The content of an entry, without the fields that all entries of a hold share. */
export type JournalNote =
  | { type: 'open'; task?: string; work: Work; isIdle?: boolean }
  | { type: 'kept'; task: string; work: Work }
  | ({
      type: 'settling';
      action: SettlementAction;
      task?: string;
      isUnderWay?: boolean;
    } & Pick<Work, 'labels' | 'webhook'>);

/** The journal's entries of one hold. Never throws: a failing journal must not prevent a settlement. */
export class HoldJournal {
  /** The journal may have an entry for the hold, from this process or from its previous owner. */
  hasEntry = false;
  private hasFailed = false;
  private readonly journal: SettlementJournal;
  private readonly onError: (error: SettlementError) => void;

  /** @param onError called once per hold: a failing storage fails for all of its writes. */
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

  /** @param task the agent's task, if it is known. */
  async remove(taskId: string, task: string | undefined): Promise<void> {
    if (this.hasEntry) await withJournalTimeout(this.journal.remove(taskId, task));
  }

  private fail(cause: unknown): void {
    if (this.hasFailed) return;
    this.hasFailed = true;
    const why = cause === undefined ? 'timed out after a second' : 'failed';
    this.onError(
      new SettlementError({
        code: 'JOURNAL_FAILED',
        // The cause is left out: an error of a storage may contain its password.
        message: `The journal could not be written: its storage ${why}. \`reconcile\` cannot find this hold until the journal is written.`,
        cause,
      }),
    );
  }
}
