/**
 * An amount of a currency: a safe integer for currencies without decimals, otherwise a decimal string such as
 * `'0.25'`, with at most as many places as the currency has, and without an exponent. Never negative. Add and
 * compare amounts only with the functions in this file, never as floating-point numbers.
 */
export type Amount = number | string;

/** `units` × 10^-`places`. */
interface Decimal {
  units: bigint;
  places: number;
}

/**
 * Normalizes an amount: no trailing zeros, and a number only if the currency has no decimals.
 *
 * @throws RangeError if the value is not an amount, or has more places than the currency.
 */
export function toAmount(value: unknown, decimals: number): Amount {
  return fromAtomic(toAtomic(value, decimals), decimals);
}

/**
 * As {@link toAmount}, but rounds extra places up. Floating-point noise is removed first: a number is read as
 * the shortest decimal that it can stand for.
 *
 * @throws RangeError if the value is not an amount.
 */
export function toAmountUp(value: unknown, decimals: number): Amount {
  const { places, units } = parse(
    typeof value === 'number' ? Number(value.toPrecision(15)) : value,
  );
  if (places <= decimals) return fromAtomic(units * 10n ** BigInt(decimals - places), decimals);
  const unit = 10n ** BigInt(places - decimals);
  return fromAtomic((units + unit - 1n) / unit, decimals);
}

/**
 * Converts the amount to the currency's smallest unit.
 *
 * @throws RangeError if the value is not an amount, or has more places than the currency.
 */
export function toAtomic(value: unknown, decimals: number): bigint {
  const { places, units } = parse(value);
  if (places > decimals) {
    const most = decimals === 0 ? 'no decimals' : `at most ${decimals} decimals`;
    throw new RangeError(`must have ${most}`);
  }
  return units * 10n ** BigInt(decimals - places);
}

export function fromAtomic(units: bigint, decimals: number): Amount {
  if (decimals === 0) {
    const number = Number(units);
    return Number.isSafeInteger(number) ? number : String(units);
  }
  const digits = String(units).padStart(decimals + 1, '0');
  const point = digits.length - decimals;
  return join(digits.slice(0, point), digits.slice(point));
}

/** Negative if the first amount is less, positive if it is greater, otherwise 0. */
export function compareAmounts(one: Amount, other: Amount): number {
  const [left, right] = align(one, other);
  return left === right ? 0 : left < right ? -1 : 1;
}

export function addAmounts(one: Amount, other: Amount): Amount {
  const [left, right, places] = align(one, other);
  return fromUnits(left + right, { places, isWhole: isNumbers(one, other) });
}

/** Subtracts, with a minimum of 0. */
export function subtractAmounts(one: Amount, other: Amount): Amount {
  const [left, right, places] = align(one, other);
  const difference = left < right ? 0n : left - right;
  return fromUnits(difference, { places, isWhole: isNumbers(one, other) });
}

/** Returns a number while the result is exact. */
function fromUnits(
  units: bigint,
  { isWhole, places }: { isWhole: boolean; places: number },
): Amount {
  const amount = fromAtomic(units, places);
  return isWhole ? amount : String(amount);
}

function isNumbers(...amounts: Amount[]): boolean {
  return amounts.every((amount) => typeof amount === 'number');
}

function align(one: Amount, other: Amount): [left: bigint, right: bigint, places: number] {
  const left = parse(one);
  const right = parse(other);
  const places = Math.max(left.places, right.places);
  const scale = ({ places: own, units }: Decimal) => units * 10n ** BigInt(places - own);
  return [scale(left), scale(right), places];
}

function parse(value: unknown): Decimal {
  const text = typeof value === 'number' ? textOf(value) : value;
  if (typeof text !== 'string' || text.length > longest || !decimalText.test(text)) {
    throw new RangeError('must be a number >= 0, or a decimal string such as "0.25"');
  }
  const [whole = '', fraction = ''] = text.split('.');
  const places = withoutZeros(fraction);
  return { units: BigInt(whole + places), places: places.length };
}

/** The shortest decimal text of the number, without an exponent. */
function textOf(value: number): string {
  if (!Number.isFinite(value) || value < 0) throw new RangeError('must be a number >= 0');
  const [mantissa = '', exponent] = String(value).split('e');
  const digits = mantissa.replace('.', '');
  const isExact = Number.isSafeInteger(value) || (value < 1e15 && significant(digits) <= 15);
  if (!isExact) {
    throw new RangeError('has more digits than a number can hold exactly: pass it as a string');
  }
  if (exponent === undefined) return mantissa;
  // Only small numbers have an exponent here: large ones were rejected as inexact.
  const [whole = '', fraction = ''] = mantissa.split('.');
  const zeros = '0'.repeat(-Number(exponent) - whole.length);
  return `0.${zeros}${whole}${fraction}`;
}

function significant(digits: string): number {
  return digits.replace(/^0+/, '').length;
}

function join(whole: string, fraction: string): string {
  const places = withoutZeros(fraction);
  return places === '' ? whole : `${whole}.${places}`;
}

/** Removes trailing zeros. */
function withoutZeros(fraction: string): string {
  let end = fraction.length;
  while (fraction[end - 1] === '0') end--;
  return fraction.slice(0, end);
}

/** Limits the length of untrusted input. No ledger uses amounts of this many digits. */
const longest = 120;
const decimalText = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;
