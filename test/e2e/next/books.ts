import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import type { ServedSandbox } from '../../../src/sandbox/serve-sandbox';

/** What the exchange's ledger says of the payer. */
export interface Books {
  /** The status of every escrow there has been. */
  escrows: string[];
  /** Every movement of tokens after the payer's first, sorted. */
  movements: string[];
  held: number | undefined;
  spent: number | undefined;
  treasury: number;
  lost: number;
}

export async function booksOf({ exchangeUrl, ledger, payer }: ServedSandbox): Promise<Books> {
  const exchange = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey });
  const transactions = await exchange.transactions();
  const { accounts, escrows, minted, treasury } = ledger();
  const account = accounts.find(({ id }) => id === payer.accountId);
  const inAccounts = accounts.reduce((sum, { available, held }) => sum + available + held, 0);
  return {
    escrows: escrows.map(({ status }) => status),
    movements: transactions
      .filter(({ type }) => type !== 'mint')
      .map(({ type, amount }) => `${type} ${amount}`)
      .sort(),
    held: account?.held,
    spent: account?.spent,
    treasury,
    lost: minted - treasury - inAccounts,
  };
}

/** The books of one hold of a price and a fee of 1, after its release. */
export function releasedOnce(price: number): Books {
  return {
    escrows: ['released'],
    movements: [`escrow_hold ${price + 1}`, `escrow_release ${price}`, 'fee 1'],
    held: 0,
    spent: price + 1,
    treasury: 1,
    lost: 0,
  };
}

/** The books of one hold, after its refund. */
export function refundedOnce(total: number): Books {
  return {
    escrows: ['refunded'],
    movements: [`escrow_hold ${total}`, `escrow_refund ${total}`],
    held: 0,
    spent: 0,
    treasury: 0,
    lost: 0,
  };
}
