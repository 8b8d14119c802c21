import type { JSONObject } from '@ai-sdk/provider';
import type { AcceptedPayment, Sale, SaleOutcome } from './accepted-payment';
import { advanceSale, type SaleEvent } from './advance-sale';
import { recall } from './find-payment';
import { inNewTurn, type OpenSale } from './open-sale';
import type { SaleBook } from './sale-book';
import type { SaleRecords } from './sale-records';

/** What the sales of one agent have in common. */
export interface SaleDesk {
  accepts: readonly AcceptedPayment[];
  book: SaleBook;
  records: SaleRecords;
}

/** Writes down what comes of an event: before the books where the payment goes on, and after them where not. */
export async function recordEvent(
  taskId: string,
  before: OpenSale,
  event: SaleEvent,
  { book, records }: Pick<SaleDesk, 'book' | 'records'>,
): Promise<OpenSale | undefined> {
  const { note, sale } = advanceSale(before, event);
  if (sale !== undefined && sale !== before) await records.put(taskId, sale);
  if (note !== undefined) await book.note({ ...before, taskId }, note.fact, note.facts);
  if (sale === undefined) await records.put(taskId, undefined);
  return sale;
}

/**
 * Gives a payment back for work that was not done, and closes its sale. What cannot be given back now stays
 * for `reconcile`. `sale`: as it was verified; undefined where it cannot be asked.
 */
export async function refundSale(
  taskId: string,
  open: OpenSale,
  sale: Sale | undefined,
  desk: SaleDesk,
): Promise<{ isBack: boolean; metadata?: JSONObject | undefined }> {
  // Where nobody can say whether it is locked, it may be.
  const unknown: SaleOutcome | undefined = open.isLocked ? { status: 'unsettled' } : undefined;
  const outcome = sale === undefined ? unknown : await sale.refund();
  const left = await recordEvent(taskId, open, { type: 'refunded', outcome }, desk);
  return { isBack: left === undefined, metadata: outcome?.metadata };
}

/** As {@link refundSale}, for a payment that another process, or an earlier message, has verified. */
export async function refundLeftSale(
  taskId: string,
  open: OpenSale,
  desk: SaleDesk,
): Promise<boolean> {
  return (await refundSale(taskId, open, await openAgain(open, desk), desk)).isBack;
}

/** As {@link refundSale}, for a task that waits for its caller. Whoever has its turn gives it back. */
export async function refundWaitingSale(taskId: string, desk: SaleDesk): Promise<void> {
  const waiting = await desk.records.waiting(taskId);
  if (waiting === undefined) return;
  const turn = inNewTurn(waiting);
  if (await desk.records.begin(taskId, turn)) await refundLeftSale(taskId, turn, desk);
}

/** The sale of a payment that is locked. Where the agent keeps nothing of it, its payer gives it back. */
export async function openAgain(
  open: OpenSale,
  { accepts }: Pick<SaleDesk, 'accepts'>,
): Promise<Sale | undefined> {
  const claim = open.isLocked ? recall(open, accepts)?.claim : undefined;
  const verdict = await claim?.verify();
  return verdict?.verified === true ? verdict.sale : undefined;
}
