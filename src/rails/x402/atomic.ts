/** The decimal text of an amount in the smallest unit, in its shortest form: 250000 of 6 decimals is `0.25`. */
export function fromAtomic(amount: bigint, decimals: number): string {
  const digits = amount.toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const part = digits.slice(digits.length - decimals);
  let end = part.length;
  while (end > 0 && part[end - 1] === '0') end--;
  return end === 0 ? whole : `${whole}.${part.slice(0, end)}`;
}

/** The other way round. Undefined for what is no amount, or finer than the smallest unit. */
export function toAtomic(amount: string | number, decimals: number): bigint | undefined {
  const [, whole, part = ''] = /^(\d{1,78})(?:\.(\d{1,78}))?$/.exec(String(amount)) ?? [];
  if (whole === undefined) return undefined;
  const rest = part.slice(decimals);
  if ([...rest].some((digit) => digit !== '0')) return undefined;
  return BigInt(whole + part.slice(0, decimals).padEnd(decimals, '0'));
}
