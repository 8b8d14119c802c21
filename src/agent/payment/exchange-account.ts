import { canonicalExchangeUrl, type Escrow, EXCHANGE_CURRENCY } from '../../rails/exchange/schemas';
import { SettlementError } from '../../rails/rail';
import { fetchEscrow, fetchOwnAccount } from '../fetch-escrow';
import { verifyEscrow } from '../verify-escrow';
import type { PaidMessage, VerifyEscrowOptions } from '../verify-escrow-options';
import type { PaymentVerdict, SaleOutcome } from './accepted-payment';

/** Milliseconds that a finished work waits for the last look at its escrow, at most. */
const lastLookMs = 5000;

/** The agent's account on one exchange: what is asked there about the escrows that name it. */
export function openExchangeAccount(options: VerifyEscrowOptions) {
  const { accountId, apiKey, exchangeUrl } = options;
  const { fetch = globalThis.fetch, now = () => new Date(), timeoutMs = 15_000 } = options;
  const verifyHeld = verifyEscrow(options);
  /** The key's own account, which never changes. */
  let own: string | undefined;

  /** An exchange that cannot say whose the key is keeps nobody from paying. */
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
    /** The same for all spellings of the exchange's address. */
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
            'a2a-se': { escrowId: escrow.escrowId, settlementStatus: 'acknowledged' },
          },
          settle: ({ used }) => settle(escrow, used),
          // The payer does it.
          refund: async () => undefined,
        },
      };
    },

    /** What became of an escrow. Undefined where the exchange cannot say. Never throws. */
    async outcomeOf(escrowId: string): Promise<SaleOutcome | undefined> {
      const escrow = await look(escrowId);
      return escrow && outcomeOf(escrow, now());
    },
  };

  /** After a last look. An exchange that cannot be asked leaves what it said before. */
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
      ...(used !== undefined && { metadata: { 'a2a-se': { escrowId, creditsUsed: used } } }),
    };
  }
}

/** What an escrow is to an agent whose work is done. */
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
      // Disputed: others decide.
      return { status: 'owed' };
  }
}

type RefusedPayment = Extract<PaymentVerdict, { verified: false }>;

/** What an exchange says of an id that it does not know is the caller's business alone. */
function refused({ error, ...verdict }: RefusedPayment): RefusedPayment {
  return verdict.reason === 'unverifiable' ? { ...verdict, error } : verdict;
}

/** Where `price` or `requester` throws, or the agent is not set up well. */
function noVerdict(error: unknown): RefusedPayment {
  return {
    verified: false,
    reason: 'unverifiable',
    message: 'The escrow could not be verified.',
    error,
  };
}
