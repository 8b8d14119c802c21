import type { AcceptedPayment } from './accepted-payment';
import { recall } from './find-payment';
import type { SaleBook } from './sale-book';
import type { OpenSale, SaleRecords } from './sale-records';

/** How many payments ended how. */
export interface SaleReconciliation {
  /** Their work was left, and they were given back. */
  canceled: number;
  /** Their process died while they were taken. The ledger knows. */
  unresolved: number;
  /** Their payers have released them. */
  settled: number;
  /** Their payers have not, and will not. */
  unsettled: number;
  /** Nothing could be done, or said, yet. */
  left: number;
}

interface Desk {
  accepts: readonly AcceptedPayment[];
  book: SaleBook;
  records: SaleRecords;
}

/** Ends what other processes left. */
export async function reconcileSales(
  desk: Desk & { olderThanMs: number },
): Promise<SaleReconciliation> {
  const { accepts, book, olderThanMs, records } = desk;
  const done = { canceled: 0, unresolved: 0, settled: 0, unsettled: 0, left: 0 };
  for await (const { isWaiting, sale, taskId } of records.open()) {
    // Whoever has been asked may take the time for which the payment is good.
    const since = isWaiting ? sale.expiresAt : sale.turnAt;
    if (Date.parse(since) + olderThanMs > Date.now()) continue;
    done[await endLeft(taskId, sale, desk)]++;
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

async function endLeft(
  taskId: string,
  sale: OpenSale,
  desk: Desk,
): Promise<'canceled' | 'left' | 'unresolved'> {
  const { book, records } = desk;
  if ((await records.end(taskId, 'canceled')) === 'settling') {
    await book.note({ ...sale, taskId }, 'unresolved');
    await records.close(taskId);
    return 'unresolved';
  }
  return (await giveBackLeft(taskId, sale, desk)) ? 'canceled' : 'left';
}

/** Gives back what is locked for a task that nobody works for. False: it could not be done yet. */
export async function giveBackLeft(
  taskId: string,
  sale: OpenSale,
  { accepts, book, records }: Desk,
): Promise<boolean> {
  // Where the agent keeps nothing of it, its payer gives it back.
  const isLockedHere = sale.isSecured && sale.payment !== undefined;
  const claim = isLockedHere ? recall(sale, accepts)?.claim : undefined;
  const verdict = await claim?.verify();
  const locked = verdict?.verified === true ? verdict.sale : undefined;
  // After its time its payer gets it back without the agent.
  const mayBeLocked = isLockedHere && locked === undefined;
  if (mayBeLocked && Date.parse(sale.expiresAt) > Date.now()) return false;
  const back = await locked?.cancel();
  const { amount, currency, payer } = locked ?? {};
  const { reason, transaction } = back ?? {};
  if (sale.isVerified) {
    await book.note({ ...sale, taskId }, 'canceled', {
      amount,
      currency,
      payer,
      reason,
      transaction,
    });
  }
  await records.close(taskId);
  return true;
}
