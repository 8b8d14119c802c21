import * as z from 'zod/v4';
import {
  canonicalExchangeUrl,
  EXCHANGE_CURRENCY,
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

/** Milliseconds for which a payment is remembered that nobody has looked up yet. */
const unknownMs = 90 * 86_400_000;

/**
 * Takes escrows of an A2A Settlement Exchange: a message that names one, held for this agent, for at
 * least the price, is worked for. The payer releases it. Only the agent's own exchanges are ever asked,
 * whatever a message says.
 *
 * The first payment shows whether `apiKey` belongs to `accountId`: where not, none is taken, and `onError` is
 * told.
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
  const { now = () => new Date() } = options;
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
        // What is negotiable costs what the function says, whatever its base is.
        const isFree = own?.baseTokens === 0 && own.model !== 'negotiable';
        return isFree ? free(`free:${once}`, now()) : undefined;
      }
      const { escrowId } = named;
      const asked = canonicalExchangeUrl(named.exchangeUrl ?? exchangeUrl);
      // An exchange that is none of these is refused by the first.
      const account = accounts.find(({ url }) => url === asked) ?? accounts[0];
      const isId = pathIdSchema.safeParse({ id: escrowId }).success;
      return {
        // Ids are of their exchange alone, and the accounts may be listed in another order tomorrow.
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
