import type { JSONValue } from '@ai-sdk/provider';
import { compareAmounts } from '../../internal/decimal';
import type { LockNote, Sale, SaleOutcome } from './accepted-payment';
import type { OpenSale } from './open-sale';
import { amountText, type SaleFacts } from './sale-book';
import type { SaleFact } from './sale-record';

/** The events of a payment while it pays for a task. */
export type SaleEvent =
  /** The rail is about to lock the money. */
  | { type: 'locking'; noted: LockNote }
  /** The payment is not valid. `mayBeLocked`: it is unknown whether the money was locked. */
  | { type: 'refused'; reason: string; mayBeLocked?: boolean | undefined }
  /** The payment is valid. The money is locked if the rail does so before the work. */
  | { type: 'verified'; sale: Sale }
  /** The payment was replaced by another one, or its task was refused. */
  | { type: 'replaced' }
  /** The agent has requested input. `artifacts`: all output so far. */
  | { type: 'asked'; artifacts: readonly JSONValue[] }
  /** The work is done. `used`: its value as reported by the agent. */
  | { type: 'worked'; used: number | undefined }
  /** The result of the rail's capture. */
  | { type: 'settled'; outcome: SaleOutcome }
  /**
   * The result of a repeated capture for work that was already sent. Undefined if the rail was not available.
   */
  | { type: 'captured'; outcome: SaleOutcome | undefined }
  /** The result of the rail's refund. Undefined if there is nothing to refund. */
  | { type: 'refunded'; outcome: SaleOutcome | undefined }
  /** The process that captured it was terminated. */
  | { type: 'lost' };

/** The result of one event. */
export interface SaleStep {
  /** The new state of the payment. Undefined if it is closed. */
  sale: OpenSale | undefined;
  /** The record for the sale store. */
  note?: { fact: SaleFact; facts: SaleFacts } | undefined;
}

/**
 * The state machine of a payment. Pure: the caller stores the result.
 *
 * | phase | events | next |
 * |---|---|---|
 * | `working` | `locking`, `verified` | `working` |
 * | | `asked` | `waiting` |
 * | | `worked` | `capturing` if the money is locked, otherwise `working` |
 * | | `settled` | closed; `capturing` if the whole locked amount could not be captured |
 * | `capturing` | `captured` | closed; `capturing` until it expires |
 * | all but `capturing` | `refunded` | closed; `refunding` if the refund failed and it has not expired |
 * | | `refused` | closed; `refunding` if it may be locked |
 * | all | `replaced`, `lost` | closed |
 */
export function advanceSale(sale: OpenSale, event: SaleEvent, now = new Date()): SaleStep {
  const { amount, currency, payer } = sale;
  const known = { amount, currency, payer };
  const later = now.toISOString();
  switch (event.type) {
    case 'locking': {
      const { expiresAt, storedPayment } = event.noted;
      const until = expiresAt.toISOString();
      return { sale: { ...sale, storedPayment, isLocked: true, expiresAt: until } };
    }
    case 'refused': {
      const { mayBeLocked = false, reason } = event;
      const isLeft = mayBeLocked && sale.isLocked;
      return {
        sale: isLeft ? { ...sale, turnAt: later, phase: 'refunding' } : undefined,
        note: noteOf('refused', { reason }),
      };
    }
    case 'verified': {
      const next = verifiedSale(sale, event.sale);
      // Later messages of a task do not record the verification again.
      const note = sale.isVerified ? undefined : noteOf('verified', factsOf(next));
      return { sale: next, note };
    }
    case 'replaced':
      return sale.isVerified ? over('refunded', known) : { sale: undefined };
    case 'asked':
      return { sale: { ...sale, phase: 'waiting', artifacts: event.artifacts } };
    case 'worked': {
      const { used } = event;
      const capturing = { phase: 'capturing', ...(used !== undefined && { used }) } as const;
      return {
        sale: sale.isLocked ? { ...sale, ...capturing } : sale,
        note: noteOf('worked', { ...known, amount: leastOf(used, amount) }),
      };
    }
    case 'settled': {
      const { outcome } = event;
      const facts = { ...known, ...outcome };
      // Money locked for work that was sent is captured later: `reconcile` tries again.
      const isLate = outcome.status === 'unsettled' && sale.isLocked && isWhole(sale);
      return isLate ? { sale, note: noteOf('owed', facts) } : over(outcome.status, facts);
    }
    case 'captured': {
      const { outcome } = event;
      if (outcome?.status === 'settled') return over('settled', { ...known, ...outcome });
      const mayTryAgain = isWhole(sale) && !isExpired(sale, now);
      return mayTryAgain ? { sale: { ...sale, turnAt: later } } : over('unresolved', known);
    }
    case 'refunded': {
      const { outcome } = event;
      const isLeft = outcome?.status === 'unsettled' && sale.storedPayment !== undefined;
      if (isLeft && !isExpired(sale, now)) {
        return { sale: { ...sale, turnAt: later, phase: 'refunding' } };
      }
      if (!sale.isVerified) return { sale: undefined };
      const { reason, transaction } = outcome ?? {};
      // Some schemes capture before the work and do not support refunds.
      const isTaken = outcome?.status === 'settled' && compareAmounts(outcome.amount ?? 0, 0) > 0;
      return over(isTaken ? 'settled' : 'refunded', { ...known, reason, transaction });
    }
    case 'lost':
      return over('unresolved', known);
  }
}

/** Whether the whole amount is captured. A repeated partial capture could capture a second part. */
export function isWhole({ amount, used }: Pick<OpenSale, 'amount' | 'used'>): boolean {
  if (used === undefined) return true;
  try {
    return amount !== undefined && compareAmounts(used, amount) >= 0;
  } catch {
    return false;
  }
}

/** A day after its expiry, when its payer can reclaim it without the agent. */
function isExpired({ expiresAt }: OpenSale, now: Date): boolean {
  return Date.parse(expiresAt) + dayMs <= now.getTime();
}

const dayMs = 86_400_000;

function verifiedSale(sale: OpenSale, verified: Sale): OpenSale {
  const { amount, currency, expiresAt, mayStream, payer } = verified;
  const { storedPayment = sale.storedPayment } = verified;
  const time = expiresAt?.toISOString();
  return {
    ...sale,
    ...(storedPayment !== undefined && { storedPayment }),
    ...(time !== undefined && { captureBy: time, expiresAt: time }),
    isVerified: true,
    isLocked: mayStream && storedPayment !== undefined,
    amount: amountText(amount) ?? String(amount),
    currency,
    ...(payer !== undefined && { payer }),
  };
}

/** The reported use, limited to the available amount. */
function leastOf(used: number | undefined, amount: string | undefined) {
  if (used === undefined || amount === undefined) return amount;
  try {
    return compareAmounts(used, amount) > 0 ? amount : used;
  } catch {
    return amount;
  }
}

function factsOf({ amount, currency, payer }: OpenSale): SaleFacts {
  return { amount, currency, payer };
}

function noteOf(fact: SaleFact, facts: SaleFacts): SaleStep['note'] {
  return { fact, facts };
}

function over(fact: SaleFact, facts: SaleFacts): SaleStep {
  return { sale: undefined, note: noteOf(fact, facts) };
}
