import type { TaskStore } from '@a2a-js/sdk/server';
import { isWhole } from './advance-sale';
import { endLeftTask } from './end-left-task';
import { inNewTurn, type OpenSale } from './open-sale';
import { openAgain, recordEvent, refundLeftSale, type SaleDesk } from './refund-sale';

/** How many payments ended how. */
export interface SaleReconciliation {
  /** Their work was left, and they were given back. */
  refunded: number;
  /** Their process died while they were taken. The ledger knows. */
  unresolved: number;
  /** They were taken, or their payers have released them. */
  settled: number;
  /** Their payers have not released them, and will not. */
  unsettled: number;
  /** Nothing could be done, or said, yet. */
  left: number;
}

/** Ends what other processes left. */
export async function reconcileSales(
  desk: SaleDesk & {
    olderThanMs: number;
    /** Whether this process works for a task. */
    isRunning: (taskId: string) => boolean;
    taskStore: TaskStore | undefined;
  },
): Promise<SaleReconciliation> {
  const { accepts, book, records } = desk;
  const done = { refunded: 0, unresolved: 0, settled: 0, unsettled: 0, left: 0 };
  for await (const { sale, taskId } of records.open()) {
    if (desk.isRunning(taskId)) continue;
    const end =
      sale.phase === 'waiting'
        ? await endWaiting(taskId, sale, desk)
        : (await isLeft(taskId, sale, desk)) && (await endLeft(taskId, sale, desk));
    if (end === false) continue;
    done[end]++;
    // What could not be given back yet is of a task that is over.
    const how = end !== 'left' ? end : sale.phase === 'capturing' ? undefined : 'refunded';
    if (how === undefined) continue;
    await endLeftTask(taskId, sale, how, desk.taskStore).catch((error: unknown) =>
      book.tell(error),
    );
  }
  for await (const owed of records.owed()) {
    const accept = accepts.find(({ rail }) => rail === owed.rail);
    const settled = await accept?.lookUp?.(owed.owed);
    if (settled === undefined || settled.status === 'owed') {
      done.left++;
      continue;
    }
    await book.note(owed, settled.status, { ...settled, currency: owed.currency });
    await records.paid(owed);
    done[settled.status]++;
  }
  return done;
}

type End = 'refunded' | 'left' | 'settled' | 'unresolved';

/** Long work says now and then that it goes on. */
async function isLeft(
  taskId: string,
  { turnAt }: OpenSale,
  { olderThanMs, records }: SaleDesk & { olderThanMs: number },
): Promise<boolean> {
  if (Date.parse(turnAt) + olderThanMs > Date.now()) return false;
  return !(await records.isAlive(taskId));
}

/** Whoever was asked may take the time for which the payment is good. */
async function endWaiting(
  taskId: string,
  sale: OpenSale,
  desk: SaleDesk & { olderThanMs: number },
): Promise<End | false> {
  const { olderThanMs, records } = desk;
  if (Date.parse(sale.expiresAt) + olderThanMs > Date.now()) return false;
  const turn = inNewTurn(sale);
  // Somebody has just answered, maybe.
  if (!(await records.begin(taskId, turn))) return false;
  await records.end(taskId, 'canceled');
  return (await refundLeftSale(taskId, turn, desk)) ? 'refunded' : 'left';
}

async function endLeft(taskId: string, sale: OpenSale, desk: SaleDesk): Promise<End> {
  if (sale.phase === 'capturing') return capture(taskId, sale, desk);
  const isDecided = sale.phase === 'refunding';
  if (!isDecided && (await desk.records.end(taskId, 'canceled')) === 'settling') {
    await recordEvent(taskId, sale, { type: 'lost' }, desk);
    return 'unresolved';
  }
  return (await refundLeftSale(taskId, sale, desk)) ? 'refunded' : 'left';
}

/** Takes a payment for work that was shown. One that was taken already is refused by its ledger. */
async function capture(taskId: string, open: OpenSale, desk: SaleDesk): Promise<End> {
  const sale = isWhole(open) ? await openAgain(open, desk) : undefined;
  const outcome = await sale?.settle({ used: open.used });
  const left = await recordEvent(taskId, open, { type: 'captured', outcome }, desk);
  if (left !== undefined) return 'left';
  return outcome?.status === 'settled' ? 'settled' : 'unresolved';
}
