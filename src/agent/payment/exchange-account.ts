import { EXCHANGE_CURRENCY } from '../../internal/exchange-currency';
import {
  canonicalExchangeUrl,
  type Escrow,
  SETTLEMENT_METADATA_KEY,
} from '../../rails/exchange/schemas';
import { SettlementError } from '../../rails/rail';
import { fetchEscrow, fetchOwnAccount } from '../fetch-escrow';
import { verifyEscrow } from '../verify-escrow';
import type { PaidMessage, VerifyEscrowOptions } from '../verify-escrow-options';
import type { PaymentVerdict, SaleOutcome } from './accepted-payment';

/** The timeout in milliseconds of the last escrow query when the work is done. */
const lastLookMs = 5000;

/** The agent's account on one exchange: verifies the escrows that are held for it. */
export function openExchangeAccount(options: VerifyEscrowOptions) {
  const { accountId, apiKey, exchangeUrl } = options;
  const { fetch = globalThis.fetch, now = () => new Date(), timeoutMs = 15_000 } = options;
  const verifyHeld = verifyEscrow(options);
  /** The account that the key belongs to. It never changes. */
  let own: string | undefined;

  /** An exchange that cannot report the account of the key does not prevent payments. */
  const misconfigured = async (): Promise<SettlementError | undefined> => {
    own ??= await fetchOwnAccount({ exchangeUrl, apiKey, fetch, timeoutMs }).catch(() => undefined);
    if (own === undefined || own === accountId) return undefined;
    const message = `acceptExchange: \`accountId\` is ${accountId}, and \`apiKey\` belongs to the account ${own}. Give the key and the id of one account.`;
    return new SettlementError({ code: 'NOT_CONFIGURED', message });
  };

  const look = (escrowId: string): Promise<Escrow | undefined> =>
    fetchEscrow({
      exchangeUrl,
      apiKey,
      escrowId,
      fetch,
      timeoutMs: Math.min(timeoutMs, lastLookMs),
    }).catch(() => undefined);

  return {
    accountId,
    exchangeUrl,
    /** Identical for all spellings of the exchange's URL. */
    url: canonicalExchangeUrl(exchangeUrl),

    /** Never throws. */
    async verify(message: PaidMessage): Promise<PaymentVerdict> {
      const verdict = await verifyHeld(message).catch(noVerdict);
      if (verdict.verified || verdict.reason === 'wrong-payee') {
        const error = await misconfigured();
        if (error !== undefined) return noVerdict(error);
      }
      if (!verdict.verified) return refused(verdict);
      const { escrow } = verdict;
      return {
        verified: true,
        sale: {
          amount: escrow.amount,
          currency: EXCHANGE_CURRENCY,
          payer: escrow.requesterId,
          mayStream: true,
          acknowledgement: {
            [SETTLEMENT_METADATA_KEY]: {
              escrowId: escrow.escrowId,
              settlementStatus: 'acknowledged',
            },
          },
          settle: ({ used }) => settle(escrow, used),
          // Only the payer can refund.
          refund: async () => undefined,
        },
      };
    },

    /** The outcome of an escrow. Undefined if the exchange is not available. Never throws. */
    async outcomeOf(escrowId: string): Promise<SaleOutcome | undefined> {
      const escrow = await look(escrowId);
      return escrow && outcomeOf(escrow, now());
    },
  };

  /** Queries the escrow again. If the exchange is not available, the earlier state counts. */
  async function settle(before: Escrow, used: number | undefined): Promise<SaleOutcome> {
    const { amount, escrowId } = before;
    const outcome = outcomeOf((await look(escrowId)) ?? before, now());
    if (outcome.status === 'unsettled') return outcome;
    return {
      ...outcome,
      ...(outcome.status === 'owed' && {
        amount: used === undefined ? amount : Math.min(Math.ceil(used), amount),
        owed: { escrowId, exchangeUrl },
      }),
      ...(used !== undefined && {
        metadata: { [SETTLEMENT_METADATA_KEY]: { escrowId, creditsUsed: used } },
      }),
    };
  }
}

/** The outcome of an escrow for an agent whose work is done. */
function outcomeOf({ amount, expiresAt, releasedAmount, status }: Escrow, now: Date): SaleOutcome {
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
      // Disputed: a mediator decides.
      return { status: 'owed' };
  }
}

type RefusedPayment = Extract<PaymentVerdict, { verified: false }>;

/** An unknown id is an error of the client, so it is not passed to `onError`. */
function refused({ error, ...verdict }: RefusedPayment): RefusedPayment {
  return verdict.reason === 'unverifiable' ? { ...verdict, error } : verdict;
}

/** The result if `price` or `requester` throws, or if the agent is misconfigured. */
function noVerdict(error: unknown): RefusedPayment {
  return {
    verified: false,
    reason: 'unverifiable',
    message: 'The escrow could not be verified.',
    error,
  };
}
