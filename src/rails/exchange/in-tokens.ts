import type { Amount, Hold } from '../rail';

/** As this rail made it: whole tokens are numbers. */
export function inTokens(hold: Hold): Hold<number> {
  return { ...hold, amount: wholeTokens(hold.amount), fee: wholeTokens(hold.fee) };
}

/** What is no number of tokens is left to the checks of whoever counts with it. */
export function wholeTokens(amount: Amount): number {
  return typeof amount === 'number' ? amount : Number(amount);
}
