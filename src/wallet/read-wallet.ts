import { addAmounts } from '../internal/decimal';
import { isAmount } from '../internal/is-amount';
import { rememberFor } from '../internal/remember-for';
import type { BalanceReport } from '../settlement/recovery/list-balances';
import type { ReceiptStore, SettlementRecord } from '../settlement/state/settlement-record';
import { hasLabels, type HoldStory, isOpen, tellStories } from './hold-story';

/** What a page shows of money. JSON: amounts are decimal strings, times ISO 8601 in UTC. */
export interface Wallet {
  /** One for each rail and currency. */
  balances: WalletBalance[];
  /** The latest first. */
  holds: HoldStory[];
  /** The rails whose balance could not be read. */
  missing: string[];
}

export interface WalletBalance {
  /** `a2a-se` is the exchange, then `x402` and `nevermined`. */
  rail: string;
  /** The owner of the balance. */
  account?: string | undefined;
  currency: string;
  /** Available for new holds. */
  available: string;
  /** Held by the ledger, with fees. Undefined for rails on which nothing is set aside. */
  held?: string | undefined;
  /** On such rails: what agents may still take, as far as the receipts show. */
  authorized?: string | undefined;
}

export interface ReadWalletOptions {
  /** What `createSettlement()` returned. Its balances are those of your account, not those of a user. */
  settlement: { balance: () => Promise<BalanceReport> };
  /** The store of receipts of this settlement. */
  receipts: Pick<ReceiptStore, 'list'>;
  /**
   * Only calls with all of these labels are shown, and the labels themselves are left out: a page does not need
   * to know them. Set them on the server, from the session. Default: all calls, with all labels.
   */
  labels?: Record<string, string> | undefined;
  /** Holds that were requested since then are shown. Default: the last 24 hours. */
  from?: Date | undefined;
  /** The name to show for an agent's model id. Default: its host and path. */
  nameOf?: ((agent: string) => string | undefined) | undefined;
}

/**
 * Reads what `<settlement-wallet>` and `<settlement-timeline>` show: balances from the ledgers, holds from the
 * store of receipts. Accounts and URLs of ledgers are left out. However many pages ask: the ledgers are asked when
 * there is a new record, and at most every five seconds otherwise.
 *
 * Throws what the store throws. A ledger that cannot be asked is listed in `missing`.
 *
 * @example
 * ```ts
 * import { readWallet } from 'ai-sdk-a2a-settlement/wallet';
 *
 * export async function GET() {
 *   const labels = { user: session.userId };
 *   return Response.json(await readWallet({ settlement, receipts, labels }));
 * }
 * ```
 */
export async function readWallet({
  from = new Date(Date.now() - dayMs),
  labels = {},
  nameOf = () => undefined,
  receipts,
  settlement,
}: ReadWalletOptions): Promise<Wallet> {
  const records: SettlementRecord[] = [];
  for await (const record of receipts.list({ from })) records.push(record);
  const { balances, failed } = await balancesOf(settlement, records.length);
  const now = Date.now();
  const all = tellStories(records, now);
  const withoutOwn = (given: Record<string, string>) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(labels, name)));

  return {
    balances: balances.map(({ available, currency, held, rail }) => ({
      rail,
      currency,
      available: String(available),
      ...(held === undefined
        ? { authorized: authorizedIn(currency, rail, all) }
        : { held: String(held) }),
    })),
    holds: all
      .flatMap((hold) => ownPart(hold, labels))
      .map((hold) => ({
        ...hold,
        exchangeUrl: undefined,
        name: hold.agent === undefined ? undefined : nameOf(hold.agent),
        labels: withoutOwn(hold.labels),
        steps: hold.steps.map((step) => ({ ...step, labels: withoutOwn(step.labels) })),
      })),
    missing: [...new Set(failed.map(({ rail }) => rail))],
  };
}

/** The hold with the steps of these calls, and with those of which nobody knows the call, such as its end. */
function ownPart(hold: HoldStory, labels: Record<string, string>): HoldStory[] {
  const own = hold.steps.filter((step) => hasLabels(step, labels));
  if (own.length === 0) return [];
  const steps = hold.steps.filter(
    (step) => hasLabels(step, labels) || Object.keys(step.labels).length === 0,
  );
  const last = own.findLast((step) => Object.keys(step.labels).length > 0);
  return [{ ...hold, labels: last?.labels ?? {}, steps }];
}

const dayMs = 86_400_000;

const lastAsked = new WeakMap<
  ReadWalletOptions['settlement'],
  { records: number; ask: () => Promise<BalanceReport> }
>();

/**
 * Every open page reads the wallet often, and an exchange that limits the rate of requests would refuse holds
 * then. So the ledgers are asked again only when there is a new record, or after five seconds.
 */
function balancesOf(
  settlement: ReadWalletOptions['settlement'],
  records: number,
): Promise<BalanceReport> {
  const last = lastAsked.get(settlement);
  if (last?.records === records) return last.ask();
  const ask = rememberFor(5000, () => settlement.balance());
  lastAsked.set(settlement, { records, ask });
  return ask();
}

function authorizedIn(currency: string, rail: string, holds: HoldStory[]): string {
  // A store of your own may return what is no amount.
  return holds
    .filter((hold) => hold.rail === rail && hold.currency === currency && isOpen(hold))
    .filter(({ amount }) => isAmount(amount))
    .reduce((sum, { amount }) => String(addAmounts(sum, amount)), '0');
}
