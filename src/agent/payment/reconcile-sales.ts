import type { TaskStore } from '@a2a-js/sdk/server';
import { isWhole } from './advance-sale';
import { endLeftTask } from './end-left-task';
import { inNewTurn, type OpenSale } from './open-sale';
import { openAgain, recordEvent, refundLeftSale, type SaleDesk } from './refund-sale';

/** The number of payments by outcome. */
export interface SaleReconciliation {
  /** Their work was abandoned, and they were refunded. */
  refunded: number;
  /** Their process was terminated during the capture. The ledger has the outcome. */
  unresolved: number;
  /** They were captured, or their payers have released them. */
  settled: number;
  /** Their payers have not released them and no longer can. */
  unsettled: number;
  /** Not resolved yet. */
  left: number;
}

/** Resolves the payments that terminated processes left open. */
export async function reconcileSales(
  desk: SaleDesk & {
    olderThanMs: number;
    /** Whether this process is working on a task. */
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
    // A payment whose refund failed belongs to a task that has ended.
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

/** Whether a task was abandoned. Long work updates its turn regularly. */
async function isLeft(
  taskId: string,
  { turnAt }: OpenSale,
  { olderThanMs, records }: SaleDesk & { olderThanMs: number },
): Promise<boolean> {
  if (Date.parse(turnAt) + olderThanMs > Date.now()) return false;
  return !(await records.isAlive(taskId));
}

/** Ends a waiting task when its payment expires. Until then its client may answer. */
async function endWaiting(
  taskId: string,
  sale: OpenSale,
  desk: SaleDesk & { olderThanMs: number },
): Promise<End | false> {
  const { olderThanMs, records } = desk;
  if (Date.parse(sale.expiresAt) + olderThanMs > Date.now()) return false;
  const turn = inNewTurn(sale);
  // The client may just have answered.
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

/** Captures a payment for work that was sent. The ledger refuses a second capture. */
async function capture(taskId: string, open: OpenSale, desk: SaleDesk): Promise<End> {
  const sale = isWhole(open) ? await openAgain(open, desk) : undefined;
  const outcome = await sale?.settle({ used: open.used });
  const left = await recordEvent(taskId, open, { type: 'captured', outcome }, desk);
  if (left !== undefined) return 'left';
  return outcome?.status === 'settled' ? 'settled' : 'unresolved';
}
