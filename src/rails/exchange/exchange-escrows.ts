import { type CallOptions, type Hold, SettlementError, type Settled } from '../rail';
import { createEscrowCalls } from './create-escrow-calls';
import { createEscrowLookups, type ExchangeConnected } from './create-escrow-lookups';
import type { ExchangeClock } from './exchange-clock';
import type { ExchangeRail } from './exchange-rail';
import type { ExchangeRailOptions } from './exchange-rail-options';
import { createExchangeRequest } from './exchange-request';
import { exchangeBaseUrl, shownExchangeUrl } from './exchange-url';
import { idempotencyKey } from './idempotency-key';
import { inTokens, wholeTokens } from './in-tokens';
import { releasePercent } from './release-percent';
import { canonicalExchangeUrl, EXCHANGE_CURRENCY } from './schemas';
import {
  assertAnswers,
  settledFromError,
  settledFromEscrow,
  settledFromPartialRelease,
} from './settled';
import { assertAsAsked, toHold } from './to-hold';

type EscrowMethods = Required<
  Pick<
    ExchangeRail,
    | 'balance'
    | 'dispute'
    | 'find'
    | 'findMany'
    | 'hold'
    | 'listGroup'
    | 'listHeld'
    | 'look'
    | 'refund'
    | 'release'
  >
>;

/** The methods of an exchange rail that send requests. The rail loads them before it holds anything. */
export function createExchangeEscrows(
  options: Pick<ExchangeRailOptions, 'fetch' | 'signRequests' | 'timeoutMs'>,
  /** As it is now. */
  configuration: () => { apiKey: string; url: string; clock: ExchangeClock },
): EscrowMethods {
  const accounts = new Map<string, string>();

  const connect = (): ExchangeConnected => {
    const { fetch, timeoutMs, signRequests } = options;
    const { apiKey, url, clock } = configuration();
    const client = createEscrowCalls(
      createExchangeRequest({ url, apiKey, fetch, timeoutMs, signRequests, clock }),
    );
    return {
      clock,
      url: exchangeBaseUrl(url),
      client,
      keyFor: (operation, id) => idempotencyKey({ apiKey, operation, id }),
      async ownAccount(call) {
        const key = `${apiKey} ${url}`;
        const known = accounts.get(key);
        if (known !== undefined) return known;
        const { accountId } = await client.balance(call);
        accounts.set(key, accountId);
        return accountId;
      },
    };
  };

  const connectFor = (hold: Pick<Hold, 'escrowId' | 'exchangeUrl'>) => {
    const connection = connect();
    if (canonicalExchangeUrl(hold.exchangeUrl) !== canonicalExchangeUrl(connection.url)) {
      throw new SettlementError({
        code: 'NOT_CONFIGURED',
        message: `Escrow ${hold.escrowId} lives on ${shownExchangeUrl(hold.exchangeUrl)}, but the configured exchange is ${shownExchangeUrl(connection.url)}. Set A2A_EXCHANGE_URL to the former to settle it.`,
        escrowId: hold.escrowId,
      });
    }
    return connection;
  };

  const refund: ExchangeRail['refund'] = async (held, { reason, abortSignal } = {}) => {
    const hold = inTokens(held);
    const { client, keyFor } = connectFor(hold);
    const all = { status: 'refunded' as const, returned: hold.amount + hold.fee };
    try {
      const answer = await client.refund(hold.escrowId, {
        reason,
        abortSignal,
        // The reason is part of the body, so another reason needs another key.
        idempotencyKey: await keyFor(`refund:${reason ?? ''}`, hold.escrowId),
      });
      const { amountReturned, status } = answer;
      const isPossible = amountReturned >= 0 && amountReturned <= all.returned;
      assertAnswers(hold, 'Refund', { status, otherThan: UNSETTLED, isPossible });
      return { status: 'refunded', returned: amountReturned };
    } catch (error) {
      // A hold that lapsed went back to the payer as well.
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
        // It may have been a partial release; that it is released does not hang on the look-up.
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
        // As with the reason of a refund.
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
    async hold(request, { abortSignal } = {}) {
      const { client, url, keyFor } = connect();
      const escrow = await client.hold(
        {
          providerId: request.payee,
          amount: wholeTokens(request.amount),
          taskId: request.taskId,
          taskType: request.taskType,
          groupId: request.group,
          ttlMinutes: request.ttlMinutes,
          requiredAttestationLevel: request.requiredAttestationLevel,
        },
        { abortSignal, idempotencyKey: await keyFor('hold', request.taskId) },
      );
      assertAsAsked(escrow, request, url);
      return toHold(escrow, { taskId: request.taskId, url });
    },

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
          message: `Release of escrow ${hold.escrowId} was not sent: the amount must be 0 or more.`,
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
        // Zero is what is read where it does not say.
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

    ...createEscrowLookups(connect, connectFor),

    async balance({ abortSignal } = {}) {
      const { available } = await connect().client.balance({ abortSignal });
      return [{ amount: available, currency: { code: EXCHANGE_CURRENCY, decimals: 0 } }];
    },
  };
}

function isPart(part: number, heldBack: number, whole: number): boolean {
  return part >= 0 && heldBack >= 0 && part + heldBack <= whole;
}

const UNSETTLED = ['held', 'evidence_pending', 'disputed'];
const UNRELEASED = [...UNSETTLED, 'refunded', 'expired'];
