import { readSettlementMetadata } from '../../rails/exchange/schemas';
import { settlementExtension, type SettlementExtensionOptions } from '../settlement-extension';
import { verifyEscrow, type VerifyEscrowOptions } from '../verify-escrow';
import type { AcceptedPayment } from './accepted-payment';

export interface AcceptExchangeOptions extends Omit<VerifyEscrowOptions, 'bindings'> {
  /** Prices by skill id, as the card names them. Default: `price` for all skills, where it is a number. */
  pricing?: SettlementExtensionOptions['pricing'] | undefined;
  /** The ids of the skills that cost `price`, for the card. */
  skills?: readonly string[] | undefined;
  /** Whether callers that do not know the extension are refused. Default: `true`. */
  required?: boolean | undefined;
}

/** Milliseconds for which a payment is remembered that nobody has looked up yet. */
const unknownMs = 90 * 86_400_000;

/**
 * Takes escrows of an A2A Settlement Exchange: a message that names one, held for this agent, for at
 * least the price, is worked for. The payer releases it.
 *
 * @throws SettlementError `NOT_CONFIGURED` for an `exchangeUrl` that the key may not be sent to.
 *
 * @example
 * ```ts
 * const exchange = acceptExchange({ exchangeUrl, apiKey, accountId, price: 10, skills: ['scrape'] });
 * ```
 */
export function acceptExchange({
  pricing,
  required = true,
  skills = [],
  ...options
}: AcceptExchangeOptions): AcceptedPayment {
  // Which task an escrow pays for is decided before it is looked up, for all ways to pay alike.
  const bindings = { bind: (_: string, taskId: string) => taskId };
  const verify = verifyEscrow({ ...options, bindings });
  const { accountId, exchangeUrl, price } = options;
  const prices =
    pricing ??
    (typeof price === 'number'
      ? Object.fromEntries(skills.map((skill) => [skill, { baseTokens: price }]))
      : {});
  return {
    rail: 'exchange',
    extensions: [
      settlementExtension({ accountIds: { [exchangeUrl]: accountId }, pricing: prices, required }),
    ],
    read({ message, taskId }) {
      const named = readSettlementMetadata(message.metadata);
      if (named === undefined) return undefined;
      return {
        id: named.escrowId,
        expiresAt: new Date(Date.now() + unknownMs),
        async verify() {
          const verdict = await verify({ ...message, taskId });
          if (!verdict.verified) return verdict;
          const { escrow } = verdict;
          return {
            verified: true,
            sale: {
              amount: escrow.amount,
              currency: 'ATE',
              payer: escrow.requesterId,
              isSecured: true,
              acknowledgement: {
                'a2a-se': { escrowId: escrow.escrowId, settlementStatus: 'acknowledged' },
              },
              // The payer does both.
              settle: async ({ used }) => ({
                status: 'owed',
                amount: used ?? escrow.amount,
                ...(used !== undefined && {
                  metadata: { 'a2a-se': { escrowId: escrow.escrowId, creditsUsed: used } },
                }),
              }),
              cancel: async () => undefined,
            },
          };
        },
      };
    },
  };
}
