import type { JSONValue } from '@ai-sdk/provider';
import { compareAmounts } from '../../internal/decimal';
import type { LockNote, Sale, SaleOutcome } from './accepted-payment';
import type { OpenSale } from './open-sale';
import { amountText, type SaleFacts } from './sale-book';
import type { SaleFact } from './sale-record';

/** What happens to a payment while it pays for a task. */
export type SaleEvent =
  /** Its rail is about to lock the money. */
  | { type: 'locking'; noted: LockNote }
  /** It is not good. `mayBeLocked`: nobody knows whether the money was locked. */
  | { type: 'refused'; reason: string; mayBeLocked?: boolean | undefined }
  /** It is good, and the money is locked where the rail does so before the work. */
  | { type: 'verified'; sale: Sale }
  /** Another payment took its place, or its task was refused. */
  | { type: 'replaced' }
  /** The agent has asked its caller something. `artifacts`: all that it has made so far. */
  | { type: 'asked'; artifacts: readonly JSONValue[] }
  /** The work is done. `used`: what it is worth, as the agent says. */
  | { type: 'worked'; used: number | undefined }
  /** Its rail was asked to take it. */
  | { type: 'settled'; outcome: SaleOutcome }
  /** Its rail was asked once more to take it, for work that was shown. Undefined: it could not be asked. */
  | { type: 'captured'; outcome: SaleOutcome | undefined }
  /** Its rail was asked to give it back. Undefined: there is nothing for the rail to give back. */
  | { type: 'refunded'; outcome: SaleOutcome | undefined }
  /** The process that was taking it has died. */
  | { type: 'lost' };

/** What comes of one event. */
export interface SaleStep {
  /** What is known of the payment now. Undefined: nothing is to be done about it any more. */
  sale: OpenSale | undefined;
  /** What the books are told. */
  note?: { fact: SaleFact; facts: SaleFacts } | undefined;
}

/**
 * How a payment goes on, as events come. Pure: whoever calls it writes down what it says.
 *
 * | phase | events | next |
 * |---|---|---|
 * | `working` | `locking`, `verified` | `working` |
 * | | `asked` | `waiting` |
 * | | `worked` | `capturing` where the money is locked, else `working` |
 * | | `settled` | over; `capturing` where all of what is locked could not be taken |
 * | `capturing` | `captured` | over; `capturing` until its time is over |
 * | all but `capturing` | `refunded` | over; `refunding` where it could not be given back and its time is not over |
 * | | `refused` | over; `refunding` where it may be locked |
 * | all | `replaced`, `lost` | over |
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
      // What an earlier message of the task has shown is in the books.
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
      // What is locked for work that was shown is taken later: `reconcile` tries again.
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
      // Some schemes take it before the work, and give nothing back.
      const isTaken = outcome?.status === 'settled' && compareAmounts(outcome.amount ?? 0, 0) > 0;
      return over(isTaken ? 'settled' : 'refunded', { ...known, reason, transaction });
    }
    case 'lost':
      return over('unresolved', known);
  }
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

/** What an agent says that it used is not more than what was to be had. */
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
