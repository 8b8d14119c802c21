/** The exchange's fee on an escrow, in whole tokens: 0.25 %, rounded up, at least 1. */
export function feeOf(amount: number): number {
  return Math.max(Math.ceil(amount / 400), 1);
}

/** The fee in percent of the amount, to four decimals, a tie rounded to the even digit. */
export function effectiveFeePercent(amount: number, fee: number): number {
  const millionths = fee * 1_000_000;
  const whole = Math.floor(millionths / amount);
  const twiceRest = (millionths - whole * amount) * 2;
  const up = twiceRest > amount || (twiceRest === amount && whole % 2 === 1);
  return (whole + (up ? 1 : 0)) / 10_000;
}
