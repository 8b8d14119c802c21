/** The code of the A2A Settlement Exchange's tokens, in receipts and balances. */
export const EXCHANGE_CURRENCY = 'ATE';
