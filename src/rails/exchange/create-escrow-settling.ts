import {
  type CallOptions,
  type Hold,
  SettlementError,
  type Settled,
  type SettlementRail,
} from '../rail';
import type { ExchangeConnected } from './create-escrow-lookups';
import {
  assertAnswers,
  inTokens,
  settledFromError,
  settledFromEscrow,
  settledFromPartialRelease,
  wholeTokens,
} from './escrow-to-hold';
import { releasePercent } from './release-percent';

/** The operations by which the payer settles at once, in whole tokens. */
export interface EscrowSettling extends Required<Pick<SettlementRail, 'dispute'>> {
  release(...call: Parameters<SettlementRail['release']>): Promise<Settled<number>>;
  refund(...call: Parameters<SettlementRail['refund']>): Promise<Settled<number>>;
}

/** Ends a hold for the payer: full or partial release, refund, dispute. */
export function createEscrowSettling(
  /** The connection to the exchange of a hold. */
  connectFor: (hold: Pick<Hold, 'escrowId' | 'exchangeUrl'>) => ExchangeConnected,
): EscrowSettling {
  const refund: EscrowSettling['refund'] = async (held, { reason, abortSignal } = {}) => {
    const hold = inTokens(held);
    const { client, keyFor } = connectFor(hold);
    const all = { status: 'refunded' as const, returned: hold.amount + hold.fee };
    try {
      const answer = await client.refund(hold.escrowId, {
        reason,
        abortSignal,
        // The reason is part of the body, so each reason needs its own key.
        idempotencyKey: await keyFor(`refund:${reason ?? ''}`, hold.escrowId),
      });
      const { amountReturned, status } = answer;
      const isPossible = amountReturned >= 0 && amountReturned <= all.returned;
      assertAnswers(hold, 'Refund', { status, otherThan: UNSETTLED, isPossible });
      return { status: 'refunded', returned: amountReturned };
    } catch (error) {
      // An expired hold was refunded to the payer as well.
      return settledFromError(error, { refunded: () => all, expired: () => all });
    }
  };

  const releaseAll = async (
    hold: Hold<number>,
    { abortSignal }: CallOptions,
  ): Promise<Settled<number>> => {
    const { client, keyFor } = connectFor(hold);
    const all = { status: 'released' as const, amount: hold.amount, fee: hold.fee };
    try {
      const answer = await client.release(hold.escrowId, {
        abortSignal,
        idempotencyKey: await keyFor('release', hold.escrowId),
      });
      const { amountPaid = hold.amount, feeCollected = hold.fee } = answer;
      const isPossible = amountPaid === hold.amount;
      assertAnswers(hold, 'Release', { ...answer, otherThan: UNRELEASED, isPossible });
      return { status: 'released', amount: amountPaid, fee: feeCollected };
    } catch (error) {
      return settledFromError(error, {
        // It may have been a partial release; a failed lookup does not change that it is released.
        released: () =>
          client.getEscrow(hold.escrowId, { abortSignal }).then(settledFromEscrow, () => all),
        expired: () => ({ status: 'late' }),
      });
    }
  };

  const releasePart = async (
    hold: Hold<number>,
    percent: number,
    { abortSignal }: CallOptions,
  ): Promise<Settled<number>> => {
    const { client, keyFor } = connectFor(hold);
    try {
      const answer = await client.partialRelease(hold.escrowId, percent, {
        abortSignal,
        // The amount is part of the body, as the reason of a refund is.
        idempotencyKey: await keyFor(`partial-release:${percent}`, hold.escrowId),
      });
      const settled = settledFromPartialRelease(hold, answer);
      const isPossible =
        isPart(settled.amount, answer.holdbackAmount, hold.amount) &&
        isPart(settled.fee, answer.holdbackFee, hold.fee);
      assertAnswers(hold, 'Partial release', { ...answer, otherThan: UNRELEASED, isPossible });
      return settled;
    } catch (error) {
      const lookUp = () => client.getEscrow(hold.escrowId, { abortSignal }).then(settledFromEscrow);
      return settledFromError(error, {
        released: lookUp,
        partially_released: lookUp,
        expired: () => ({ status: 'late' }),
      });
    }
  };

  return {
    async release(held, { amount: part, abortSignal } = {}) {
      const hold = inTokens(held);
      const amount = part === undefined ? undefined : wholeTokens(part);
      if (amount === undefined || amount >= hold.amount) {
        return releaseAll(hold, { abortSignal });
      }
      if (amount === 0) {
        return refund(hold, { abortSignal, reason: 'nothing-used' });
      }
      if (!(amount > 0)) {
        throw new SettlementError({
          code: 'INVALID_AMOUNT',
          message: `Release of escrow ${hold.escrowId} was not sent: the amount must be >= 0.`,
          escrowId: hold.escrowId,
        });
      }
      return releasePart(hold, releasePercent(amount, hold.amount), { abortSignal });
    },

    refund,

    async dispute(held, { reason, stake, abortSignal }) {
      const hold = inTokens(held);
      const { client, keyFor } = connectFor(hold);
      const disputed = { status: 'disputed' as const, stake };
      const back = { status: 'refunded' as const, returned: hold.amount + hold.fee };
      try {
        const answer = await client.dispute(
          hold.escrowId,
          { reason, stakeAmount: stake },
          {
            abortSignal,
            idempotencyKey: await keyFor(`dispute:${stake}:${reason}`, hold.escrowId),
          },
        );
        const otherThan = ['held', 'released', 'refunded', 'expired'];
        // Zero stands for a missing field.
        const isPossible = answer.stakeAmount === 0 || answer.stakeAmount === stake;
        assertAnswers(hold, 'Dispute', { ...answer, otherThan, isPossible });
        return disputed;
      } catch (error) {
        return settledFromError(error, {
          evidence_pending: () => disputed,
          disputed: () => disputed,
          refunded: () => back,
          expired: () => back,
        });
      }
    },
  };
}

function isPart(part: number, heldBack: number, whole: number): boolean {
  return part >= 0 && heldBack >= 0 && part + heldBack <= whole;
}

const UNSETTLED = ['held', 'evidence_pending', 'disputed'];
const UNRELEASED = [...UNSETTLED, 'refunded', 'expired'];
