/**
 * The whole percentage, 1 to 99, of `held` that is closest to `amount`. The exchange rounds the paid amount
 * down: for holds of up to 100 tokens, every amount has an exact percentage.
 */
export function releasePercent(amount: number, held: number): number {
  const exact = (100 * amount) / held;
  const [below, above] = [clamp(Math.floor(exact)), clamp(Math.ceil(exact))];
  const error = (percent: number) => Math.abs(Math.floor((held * percent) / 100) - amount);
  return error(above) < error(below) ? above : below;
}

function clamp(percent: number): number {
  return Math.min(Math.max(percent, 1), 99);
}
