import * as z from 'zod/v4';
import { EXCHANGE_CURRENCY } from '../../internal/exchange-currency';
import {
  canonicalExchangeUrl,
  pathIdSchema,
  readSettlementMetadata,
} from '../../rails/exchange/schemas';
import { settlementExtension } from '../settlement-extension';
import type { PaidMessage } from '../verify-escrow-options';
import {
  type AcceptExchangeOptions,
  assertAcceptExchangeOptions,
  type ExchangeAccount,
} from './accept-exchange-options';
import type { AcceptedPayment, PaymentClaim, SaleOutcome } from './accepted-payment';
import { openExchangeAccount } from './exchange-account';
import { skillPrices } from './skill-prices';

/** How long a payment is remembered if its expiry is not known, in milliseconds. */
const unknownMs = 90 * 86_400_000;

/**
 * Accepts escrows of an A2A Settlement Exchange: a message is processed if it names an escrow that is held
 * for this agent and covers the price. The payer releases it. Requests go only to the agent's own exchanges,
 * whatever a message names.
 *
 * The first payment verifies that `apiKey` belongs to `accountId`. If it does not, payments are refused and
 * `onError` is called.
 *
 * When the work is done, the escrow is queried once more: an escrow that was refunded or has expired is no
 * payment. An escrow that is still held is recorded as owed, and `reconcile` checks for its release.
 *
 * @throws InvalidArgumentError unless exactly one of `price` and `pricing` is given; and naming each unknown
 * or invalid option.
 * @throws SettlementError `NOT_CONFIGURED` for an `exchangeUrl` that the key must not be sent to.
 *
 * @example
 * ```ts
 * const exchange = acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 });
 * ```
 */
export function acceptExchange(given: AcceptExchangeOptions): AcceptedPayment {
  assertAcceptExchangeOptions(given);
  const { exchanges = [], price, pricing, required = true, ...options } = given;
  const { now = () => new Date() } = options;
  const prices = skillPrices({ price, pricing });
  const priceOf = (message: PaidMessage) => {
    const own = prices.of(message);
    const isComputed = own === undefined || own.model === 'negotiable';
    return isComputed && typeof price === 'function'
      ? price(message)
      : (own?.baseTokens ?? Number.NaN);
  };
  // An escrow is bound to its task before it is verified, by the code shared by all ways to pay.
  const bindings = { bind: (_: string, taskId: string) => taskId };
  const { accountId, apiKey, exchangeUrl } = options;
  const open = (account: ExchangeAccount) =>
    openExchangeAccount({ ...options, ...account, price: priceOf, bindings });
  const accounts = [open({ accountId, apiKey, exchangeUrl }), ...exchanges.map(open)] as const;
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
        // The price of a negotiable skill comes from the function, whatever its base price is.
        const isFree = own?.baseTokens === 0 && own.model !== 'negotiable';
        return isFree ? free(`free:${once}`, now()) : undefined;
      }
      const { escrowId } = named;
      const asked = canonicalExchangeUrl(named.exchangeUrl ?? exchangeUrl);
      // A message with an unknown exchange is refused by the first account's verification.
      const account = accounts.find(({ url }) => url === asked) ?? accounts[0];
      const isId = pathIdSchema.safeParse({ id: escrowId }).success;
      return {
        // Escrow ids are unique only per exchange, and the order of the accounts may change.
        id: isId ? `${account.url} ${escrowId}` : `unreadable:${once}`,
        expiresAt: new Date(now().getTime() + unknownMs),
        verify: () => account.verify({ ...message, taskId }),
      };
    },
    async lookUp(owed) {
      const { escrowId, exchangeUrl: at } = owedSchema.safeParse(owed).data ?? {};
      const account = accounts.find((one) => one.exchangeUrl === at);
      return account && escrowId ? account.outcomeOf(escrowId) : undefined;
    },
  };
}

const owedSchema = z.object({ escrowId: z.string(), exchangeUrl: z.string() });

/** The claim of a message whose skill is free. */
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
