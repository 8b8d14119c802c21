import { z } from 'zod/v4';
import {
  canonicalExchangeUrl,
  type Escrow,
  EXCHANGE_CURRENCY,
  pathIdSchema,
  readSettlementMetadata,
} from '../../rails/exchange/schemas';
import { fetchEscrow } from '../fetch-escrow';
import { settlementExtension, type SkillPrice } from '../settlement-extension';
import { type PaidMessage, verifyEscrow, type VerifyEscrowOptions } from '../verify-escrow';
import type { AcceptedPayment, PaymentClaim, PaymentVerdict, Settlement } from './accepted-payment';
import { skillPrices } from './skill-prices';

/** The agent's account on one exchange. */
export type ExchangeAccount = Pick<VerifyEscrowOptions, 'exchangeUrl' | 'apiKey' | 'accountId'>;

export interface AcceptExchangeOptions extends Omit<VerifyEscrowOptions, 'bindings' | 'price'> {
  /**
   * What a message costs, in whole tokens, without the fee: the card says it of each of its skills. Or a
   * function: the card says no price, or `pricing` has skills whose price is `negotiable`. Either this, or
   * `pricing`.
   */
  price?: VerifyEscrowOptions['price'] | undefined;
  /**
   * Prices by skill id: those of the card, and those that messages are held to. Each id is one of the card's skills. A message names its skill
   * (`metadata.skillId`); one that names none, or another, costs as much as the dearest. Of `per-unit` and
   * `per-minute` one unit has to be held. A skill for 0 tokens is worked for without an escrow, unless its price is
   * `negotiable`.
   */
  pricing?: Record<string, SkillPrice> | undefined;
  /** Accounts on other exchanges that are taken too. The card prefers the first one. */
  exchanges?: readonly ExchangeAccount[] | undefined;
  /** Whether callers that do not know the extension are refused. Default: `true`. */
  required?: boolean | undefined;
}

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
 * @throws InvalidArgumentError unless there is one of `price` and `pricing`.
 * @throws SettlementError `NOT_CONFIGURED` for an `exchangeUrl` that the key may not be sent to.
 *
 * @example
 * ```ts
 * const exchange = acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 });
 * ```
 */
export function acceptExchange({
  exchanges = [],
  price,
  pricing,
  required = true,
  ...options
}: AcceptExchangeOptions): AcceptedPayment {
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
  ): Promise<Settlement> => {
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
          if (verdict?.verified !== true) return verdict ?? noVerdict();
          const { escrow } = verdict;
          return {
            verified: true,
            sale: {
              amount: escrow.amount,
              currency: EXCHANGE_CURRENCY,
              payer: escrow.requesterId,
              isSecured: true,
              acknowledgement: {
                'a2a-se': { escrowId: escrow.escrowId, settlementStatus: 'acknowledged' },
              },
              settle: ({ used }) => settle(account, escrow, used),
              // The payer does it.
              cancel: async () => undefined,
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
): Settlement {
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
  const settled: Settlement = { status: 'settled', amount: 0 };
  return {
    id,
    expiresAt: now,
    verify: async () => ({
      verified: true,
      sale: {
        amount: 0,
        currency: EXCHANGE_CURRENCY,
        isSecured: true,
        settle: async () => settled,
        cancel: async () => undefined,
      },
    }),
  };
}

/** Where `price` or `requester` throws. */
function noVerdict(): Extract<PaymentVerdict, { verified: false }> {
  return {
    verified: false,
    reason: 'unverifiable',
    message: 'The escrow could not be verified.',
  };
}
