import type { Amount, CallOptions, SettlementRail } from '../../rails/rail';
import { askRails, type FailedRail } from './ask-rails';

/** A balance of the payer on one rail. */
export interface SettlementBalance {
  /** The rail's name: `a2a-se` is the exchange's, then `x402` and `nevermined`. */
  rail: string;
  /** The owner of the balance: an account of the exchange, the network of a wallet, a plan. */
  account?: string;
  /** Available for new holds. Whole tokens, or a decimal string in currencies with decimals. */
  available: Amount;
  /**
   * Held by the ledger, in addition to `available`, including fees. Undefined for rails whose agent captures:
   * nothing is set aside there.
   */
  held?: Amount;
  currency: string;
  /** The maximum number of decimal places of an amount. */
  decimals: number;
}

/** The result of `settlement.balance()`. */
export interface BalanceReport {
  /** In the order of the rails. */
  balances: SettlementBalance[];
  /** The rails that could not be asked. Their balances are missing. */
  failed: FailedRail[];
}

/** Rails that cannot report a balance are left out. */
export async function listBalances(
  rails: readonly SettlementRail[],
  options: CallOptions = {},
): Promise<BalanceReport> {
  const { answers, failed } = await askRails(rails, async (rail) => rail.balance?.(options) ?? []);
  const balances = answers.flatMap(({ answer, rail }) =>
    answer.map(({ amount, currency, held, of }) => ({
      rail: rail.name,
      ...(of !== undefined && { account: of }),
      available: amount,
      ...(held !== undefined && { held }),
      currency: currency.code,
      decimals: currency.decimals,
    })),
  );
  return { balances, failed };
}
