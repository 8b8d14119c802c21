import { z } from 'zod/v4';
import {
  canonicalExchangeUrl,
  type Escrow,
  EXCHANGE_CURRENCY,
  pathIdSchema,
  readSettlementMetadata,
} from '../../rails/exchange/schemas';
import { fetchEscrow } from '../fetch-escrow';
import { settlementExtension } from '../settlement-extension';
import { verifyEscrow } from '../verify-escrow';
import type { PaidMessage } from '../verify-escrow-options';
import {
  type AcceptExchangeOptions,
  assertAcceptExchangeOptions,
  type ExchangeAccount,
} from './accept-exchange-options';
import type {
  AcceptedPayment,
  PaymentClaim,
  PaymentVerdict,
  SaleOutcome,
} from './accepted-payment';
import { skillPrices } from './skill-prices';

/** Milliseconds for which a payment is remembered that nobody has looked up yet. */
const unknownMs = 90 * 86_400_000;
/** Milliseconds that a finished work waits for the last look at its escrow, at most. */
const lastLookMs = 5000;

/**
 * Takes escrows of an A2A Settlement Exchange: a message that names one, held for this agent, for at
 * least the price, is worked for. The payer releases it. Only the agent's own exchanges are ever asked,
 * whatever a message says.
 *
 * When the work is done, the escrow is looked up once more: one that was refunded meanwhile, or is over, is
 * no payment. One that is still held is owed, and `reconcile` looks for its release.
 *
 * @throws InvalidArgumentError unless there is one of `price` and `pricing`; and naming each option that does
 * not exist, or is not what it should be.
 * @throws SettlementError `NOT_CONFIGURED` for an `exchangeUrl` that the key may not be sent to.
 *
 * @example
 * ```ts
 * const exchange = acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 });
 * ```
 */
export function acceptExchange(given: AcceptExchangeOptions): AcceptedPayment {
  assertAcceptExchangeOptions(given);
  const { exchanges = [], price, pricing, required = true, ...options } = given;
  const { fetch = globalThis.fetch, now = () => new Date(), timeoutMs = 15_000 } = options;
  const prices = skillPrices({ price, pricing });
  const priceOf = (message: PaidMessage) => {
    const own = prices.of(message);
    const isComputed = own === undefined || own.model === 'negotiable';
    return isComputed && typeof price === 'function'
      ? price(message)
      : (own?.baseTokens ?? Number.NaN);
  };
  // Which task an escrow pays for is decided before it is looked up, for all ways to pay alike.
  const bindings = { bind: (_: string, taskId: string) => taskId };
  const { accountId, apiKey, exchangeUrl } = options;
  const first = { accountId, apiKey, exchangeUrl };
  const accounts = [first, ...exchanges];
  const urlOf = (account: ExchangeAccount) => canonicalExchangeUrl(account.exchangeUrl);
  const verifiers = new Map(
    accounts.map((account) => [
      account,
      verifyEscrow({ ...options, ...account, price: priceOf, bindings }),
    ]),
  );

  const look = (account: ExchangeAccount, escrowId: string) =>
    fetchEscrow({ ...account, escrowId, fetch, timeoutMs: Math.min(timeoutMs, lastLookMs) }).catch(
      () => undefined,
    );

  /** After a last look. An exchange that cannot be asked leaves what it said before. */
  const settle = async (
    account: ExchangeAccount,
    before: Escrow,
    used: number | undefined,
  ): Promise<SaleOutcome> => {
    const { amount, escrowId } = before;
    const settled = settlementOf((await look(account, escrowId)) ?? before, now());
    if (settled.status === 'unsettled') return settled;
    return {
      ...settled,
      ...(settled.status === 'owed' && {
        amount: used === undefined ? amount : Math.min(Math.ceil(used), amount),
        owed: { escrowId, exchangeUrl: account.exchangeUrl },
      }),
      ...(used !== undefined && { metadata: { 'a2a-se': { escrowId, creditsUsed: used } } }),
    };
  };

  return {
    rail: 'exchange',
    extensions: (skillIds) => [
      settlementExtension({
        accountIds: Object.fromEntries(accounts.map((one) => [one.exchangeUrl, one.accountId])),
        pricing: prices.card(skillIds),
        required,
      }),
    ],
    read({ message, taskId }) {
      const named = readSettlementMetadata(message.metadata);
      const once = `${taskId}:${message.messageId}`;
      if (named === undefined) {
        const own = prices.of(message);
        // What is negotiable costs what the function says, whatever its base is.
        const isFree = own?.baseTokens === 0 && own.model !== 'negotiable';
        return isFree ? free(`free:${once}`, now()) : undefined;
      }
      const { escrowId } = named;
      const asked = canonicalExchangeUrl(named.exchangeUrl ?? exchangeUrl);
      // An exchange that is none of these is refused by the first.
      const account = accounts.find((one) => urlOf(one) === asked) ?? first;
      const isId = pathIdSchema.safeParse({ id: escrowId }).success;
      return {
        // Ids are of their exchange alone, and the accounts may be listed in another order tomorrow.
        id: isId ? `${urlOf(account)} ${escrowId}` : `unreadable:${once}`,
        expiresAt: new Date(now().getTime() + unknownMs),
        async verify() {
          const verdict = await verifiers
            .get(account)?.({ ...message, taskId })
            .catch(noVerdict);
          if (verdict?.verified !== true)
            return verdict === undefined ? noVerdict() : refused(verdict);
          const { escrow } = verdict;
          return {
            verified: true,
            sale: {
              amount: escrow.amount,
              currency: EXCHANGE_CURRENCY,
              payer: escrow.requesterId,
              mayStream: true,
              acknowledgement: {
                'a2a-se': { escrowId: escrow.escrowId, settlementStatus: 'acknowledged' },
              },
              settle: ({ used }) => settle(account, escrow, used),
              // The payer does it.
              refund: async () => undefined,
            },
          };
        },
      };
    },
    async lookUp(owed) {
      const { escrowId, exchangeUrl: at } = owedSchema.safeParse(owed).data ?? {};
      const account = accounts.find((one) => one.exchangeUrl === at);
      const escrow = account && escrowId && (await look(account, escrowId));
      return escrow ? settlementOf(escrow, now()) : undefined;
    },
  };
}

const owedSchema = z.object({ escrowId: z.string(), exchangeUrl: z.string() });

/** What an escrow is to an agent whose work is done. */
function settlementOf(
  { amount, expiresAt, releasedAmount, status }: Escrow,
  now: Date,
): SaleOutcome {
  switch (status) {
    case 'released':
    case 'partially_released':
      return { status: 'settled', amount: releasedAmount ?? amount };
    case 'refunded':
    case 'expired':
      return { status: 'unsettled', reason: status };
    case 'held':
      return expiresAt > now ? { status: 'owed' } : { status: 'unsettled', reason: 'expired' };
    default:
      // Disputed: others decide.
      return { status: 'owed' };
  }
}

/** A skill that costs nothing. */
function free(id: string, now: Date): PaymentClaim {
  const settled: SaleOutcome = { status: 'settled', amount: 0 };
  return {
    id,
    expiresAt: now,
    verify: async () => ({
      verified: true,
      sale: {
        amount: 0,
        currency: EXCHANGE_CURRENCY,
        mayStream: true,
        settle: async () => settled,
        refund: async () => undefined,
      },
    }),
  };
}

/** What an exchange says of an id that it does not know is the caller's business alone. */
function refused({ error, ...verdict }: RefusedPayment): RefusedPayment {
  return verdict.reason === 'unverifiable' ? { ...verdict, error } : verdict;
}

/** Where `price` or `requester` throws. */
function noVerdict(error?: unknown): RefusedPayment {
  return {
    verified: false,
    reason: 'unverifiable',
    message: 'The escrow could not be verified.',
    error,
  };
}

type RefusedPayment = Extract<PaymentVerdict, { verified: false }>;
