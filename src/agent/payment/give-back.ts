import type { JSONObject } from '@ai-sdk/provider';
import { compareAmounts } from '../../internal/decimal';
import type { AcceptedPayment, Sale } from './accepted-payment';
import { recall } from './find-payment';
import type { SaleBook } from './sale-book';
import type { OpenSale, SaleRecords } from './sale-records';

/** What the sales of one agent have in common. */
export interface SaleDesk {
  accepts: readonly AcceptedPayment[];
  book: SaleBook;
  records: SaleRecords;
}

/**
 * Gives a payment back for work that was not done, and closes its sale. What cannot be given back now stays
 * for `reconcile`.
 */
export async function giveBack(
  taskId: string,
  open: OpenSale,
  sale: Sale | undefined,
  desk: SaleDesk,
): Promise<{ isBack: boolean; metadata?: JSONObject | undefined }> {
  const back = await sale?.cancel();
  const { amount, currency } = sale ?? open;
  if (back?.status === 'unsettled' && open.payment !== undefined && !isExpired(open)) {
    await putOff(taskId, open, desk);
    return { isBack: false, metadata: back.metadata };
  }
  const { book, records } = desk;
  if (open.isVerified) {
    const { reason, transaction } = back ?? {};
    // Some schemes take it before the work, and give nothing back.
    const isTaken = back?.status === 'settled' && compareAmounts(back.amount ?? 0, 0) > 0;
    const facts = { amount, currency, payer: sale?.payer, reason, transaction };
    await book.note({ ...open, taskId }, isTaken ? 'settled' : 'canceled', facts);
  }
  await records.close(taskId);
  return { isBack: true, metadata: back?.metadata };
}

/** As {@link giveBack}, for a payment that another process, or an earlier message, has verified. */
export async function giveBackLeft(
  taskId: string,
  open: OpenSale,
  desk: SaleDesk,
): Promise<boolean> {
  const locked = await openAgain(open, desk);
  if (locked === undefined && isKept(open) && !isExpired(open)) {
    // Nobody can say whether it is locked.
    await putOff(taskId, open, desk);
    return false;
  }
  return (await giveBack(taskId, open, locked, desk)).isBack;
}

/** As {@link giveBack}, for a task that waits for its caller. Whoever has its turn gives it back. */
export async function giveBackKept(taskId: string, desk: SaleDesk): Promise<void> {
  const kept = await desk.records.kept(taskId);
  if (kept === undefined) return;
  const turn = { ...kept, turn: crypto.randomUUID(), turnAt: new Date().toISOString() };
  if (await desk.records.begin(taskId, turn)) await giveBackLeft(taskId, turn, desk);
}

/** The sale of a payment that is locked. Where the agent keeps nothing of it, its payer gives it back. */
export async function openAgain(
  open: OpenSale,
  { accepts }: Pick<SaleDesk, 'accepts'>,
): Promise<Sale | undefined> {
  const claim = isKept(open) ? recall(open, accepts)?.claim : undefined;
  const verdict = await claim?.verify();
  return verdict?.verified === true ? verdict.sale : undefined;
}

/** Whether all of it is taken. Of a part, a second try may take a second part. */
export function isWhole({ amount, used }: Pick<OpenSale, 'amount' | 'used'>): boolean {
  if (used === undefined) return true;
  try {
    return amount !== undefined && compareAmounts(used, amount) >= 0;
  } catch {
    return false;
  }
}

/** A day after its time, by which its payer can have it back without the agent. */
export function isExpired({ expiresAt }: OpenSale): boolean {
  return Date.parse(expiresAt) + dayMs <= Date.now();
}

const dayMs = 86_400_000;

/** Leaves it to the next `reconcile`. */
export async function putOff(
  taskId: string,
  open: OpenSale,
  { records }: Pick<SaleDesk, 'records'>,
): Promise<void> {
  const turnAt = new Date().toISOString();
  await records.update(taskId, { ...open, turnAt, phase: 'refunding' });
}

/** The agent can take it, or give it back, later. */
export function isKept({ isSecured, payment }: Pick<OpenSale, 'isSecured' | 'payment'>): boolean {
  return isSecured && payment !== undefined;
}
