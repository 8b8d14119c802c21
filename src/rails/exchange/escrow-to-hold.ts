import { EXCHANGE_CURRENCY } from '../../internal/exchange-currency';
import {
  type Amount,
  type Hold,
  type HoldRequest,
  type HoldState,
  type Settled,
  SettlementError,
} from '../rail';
import type { CreatedEscrow, Escrow, PartialRelease } from './escrow-schemas';
import { shownExchangeUrl } from './exchange-url';
import { RAIL_NAME } from './schemas';

/** @throws SettlementError `UNEXPECTED_ANSWER` if the created escrow differs from the request. */
export function assertAsAsked(escrow: CreatedEscrow, request: HoldRequest, url: string): void {
  const wrong = [
    ...(escrow.providerId === request.payee ? [] : ['payee']),
    ...(escrow.amount === request.amount ? [] : ['amount']),
    ...((escrow.taskId ?? request.taskId) === request.taskId ? [] : ['task']),
    ...((escrow.groupId ?? request.group) === request.group ? [] : ['group']),
    ...(escrow.status === 'held' ? [] : ['status']),
  ];
  if (wrong.length > 0) {
    throw new SettlementError({
      code: 'UNEXPECTED_ANSWER',
      message: `Hold failed at ${shownExchangeUrl(url)}: the exchange opened escrow ${escrow.escrowId} with another ${wrong.join(' and ')} than requested. Refund that escrow, or let it expire.`,
      escrowId: escrow.escrowId,
      state: escrow.status,
    });
  }
}

/** Converts an escrow to the settlement's hold. */
export function toHold(
  escrow: CreatedEscrow | Escrow,
  { taskId, url }: { taskId: string; url: string },
): Hold<number> {
  return {
    rail: RAIL_NAME,
    taskId,
    escrowId: escrow.escrowId,
    payee: escrow.providerId,
    amount: escrow.amount,
    fee: escrow.feeAmount,
    currency: EXCHANGE_CURRENCY,
    exchangeUrl: url,
    expiresAt: escrow.expiresAt,
  };
}

/** Holds of this rail have whole tokens as numbers. */
export function inTokens(hold: Hold): Hold<number> {
  return { ...hold, amount: wholeTokens(hold.amount), fee: wholeTokens(hold.fee) };
}

/** Other values become NaN, and are rejected by the validation of the request. */
export function wholeTokens(amount: Amount): number {
  return typeof amount === 'number' ? amount : Number(amount);
}

/** The amounts of a partial release: the exchange rounds both down, the rest is refunded. */
export function settledFromPartialRelease(hold: Hold<number>, answer: PartialRelease) {
  const { releasedAmount, feeCollected, holdbackAmount, holdbackFee } = answer;
  return {
    status: 'partially-released' as const,
    amount: releasedAmount,
    fee: feeCollected,
    returned: hold.amount + hold.fee - releasedAmount - feeCollected - holdbackAmount - holdbackFee,
  };
}

/**
 * The amounts of an escrow that was released before. Only a partial release has a holdback.
 *
 * @throws SettlementError `UNEXPECTED_ANSWER` if it is not released.
 */
export function settledFromEscrow(escrow: Escrow): Settled<number> {
  const { escrowId, status } = escrow;
  if (status !== 'released' && status !== 'partially_released') {
    throw contradiction(escrowId, 'A look-up of', `the state "${status}" after "released"`, status);
  }
  if (escrow.releasedAmount === undefined && escrow.holdbackAmount === undefined) {
    return { status: 'released', amount: escrow.amount, fee: escrow.feeAmount };
  }
  const amount = escrow.releasedAmount ?? 0;
  const fee = escrow.releasedFee ?? 0;
  return {
    status: 'partially-released',
    amount,
    fee,
    returned: escrow.amount + escrow.feeAmount - amount - fee,
  };
}

/**
 * The state of an escrow. The exchange may report an expired one as held until its next sweep. `now` is the
 * exchange's time.
 */
export function stateOfEscrow(escrow: Escrow, now: number): HoldState {
  switch (escrow.status) {
    case 'held':
      return escrow.expiresAt.getTime() <= now ? { type: 'lapsed' } : { type: 'held' };
    case 'released':
    case 'partially_released':
      return { type: 'settled', settled: settledFromEscrow(escrow) };
    case 'refunded':
      return {
        type: 'settled',
        settled: { status: 'refunded', returned: escrow.amount + escrow.feeAmount },
      };
    case 'expired':
      return { type: 'lapsed' };
    default:
      return { type: 'foreign', status: escrow.status };
  }
}

/**
 * Handles the error that the escrow is already settled: a success if its state is a requested or an equivalent
 * one. Any other error is thrown again.
 */
export async function settledFromError(
  error: unknown,
  outcomes: Record<string, () => Settled<number> | Promise<Settled<number>>>,
): Promise<Settled<number>> {
  const outcome =
    SettlementError.isInstance(error) && error.code === 'ALREADY_SETTLED'
      ? outcomes[error.state ?? '']
      : undefined;
  if (outcome === undefined) {
    throw error;
  }
  return outcome();
}

/**
 * Rejects a success response with another state, payee or sum than requested.
 *
 * @throws SettlementError `UNEXPECTED_ANSWER`. Unknown states are accepted.
 */
export function assertAnswers(
  hold: Hold,
  operation: string,
  {
    status,
    otherThan,
    providerId = hold.payee,
    isPossible,
  }: {
    status: string;
    otherThan: string[];
    providerId?: string | undefined;
    /** Whether the sums are possible for this hold. */
    isPossible: boolean;
  },
): void {
  const wrong = otherThan.includes(status)
    ? `the state "${status}"`
    : providerId !== hold.payee
      ? 'another payee'
      : !isPossible && 'sums that are not possible for this escrow';
  if (wrong !== false) throw contradiction(hold.escrowId, `${operation} of`, wrong, status);
}

function contradiction(escrowId: string, operation: string, wrong: string, state: string) {
  return new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `${operation} escrow ${escrowId} got a response with ${wrong}. Check the escrow before you continue.`,
    escrowId,
    state,
  });
}
