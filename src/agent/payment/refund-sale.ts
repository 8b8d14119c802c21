import type { JSONObject } from '@ai-sdk/provider';
import type { AcceptedPayment, Sale, SaleOutcome } from './accepted-payment';
import { advanceSale, type SaleEvent } from './advance-sale';
import { recall } from './find-payment';
import { inNewTurn, type OpenSale } from './open-sale';
import type { SaleBook } from './sale-book';
import type { SaleRecords } from './sale-records';

/** The shared dependencies of an agent's sales. */
export interface SaleDesk {
  accepts: readonly AcceptedPayment[];
  book: SaleBook;
  records: SaleRecords;
}

/**
 * Stores the result of an event: before the sale record if the payment continues, and after it if it is
 * closed.
 */
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
 * Refunds a payment for work that was not done, and closes its sale. If the refund fails, `reconcile` tries
 * again. `sale`: the verified payment; undefined if it is not available.
 */
export async function refundSale(
  taskId: string,
  open: OpenSale,
  sale: Sale | undefined,
  desk: SaleDesk,
): Promise<{ isBack: boolean; metadata?: JSONObject | undefined }> {
  // If it is unknown whether the money is locked, it may be.
  const unknown: SaleOutcome | undefined = open.isLocked ? { status: 'unsettled' } : undefined;
  const outcome = sale === undefined ? unknown : await sale.refund();
  const left = await recordEvent(taskId, open, { type: 'refunded', outcome }, desk);
  return { isBack: left === undefined, metadata: outcome?.metadata };
}

/** As {@link refundSale}, for a payment that was verified by another process or for an earlier message. */
export async function refundLeftSale(
  taskId: string,
  open: OpenSale,
  desk: SaleDesk,
): Promise<boolean> {
  return (await refundSale(taskId, open, await openAgain(open, desk), desk)).isBack;
}

/** As {@link refundSale}, for a task that waits for input. Only the process with its turn refunds it. */
export async function refundWaitingSale(taskId: string, desk: SaleDesk): Promise<void> {
  const waiting = await desk.records.waiting(taskId);
  if (waiting === undefined) return;
  const turn = inNewTurn(waiting);
  if (await desk.records.begin(taskId, turn)) await refundLeftSale(taskId, turn, desk);
}

/** Restores a locked payment. Undefined if the payer, not the agent, can refund it. */
export async function openAgain(
  open: OpenSale,
  { accepts }: Pick<SaleDesk, 'accepts'>,
): Promise<Sale | undefined> {
  const claim = open.isLocked ? recall(open, accepts)?.claim : undefined;
  const verdict = await claim?.verify();
  return verdict?.verified === true ? verdict.sale : undefined;
}
