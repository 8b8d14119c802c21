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
