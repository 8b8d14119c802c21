/**
 * An amount of some currency: a safe whole number in currencies without decimals, else a decimal text
 * such as `'0.25'`, with at most as many places as the currency has, and without an exponent. Never
 * negative. It is added and compared by the functions here, never as a floating-point number.
 */
export type Amount = number | string;

/** `units` of the place `places` behind the point. */
interface Decimal {
  units: bigint;
  places: number;
}

/**
 * An amount as it is kept: without zeros at its end, and a whole number only where the currency has no
 * decimals.
 *
 * @throws RangeError for what is no amount, or has more places than the currency.
 */
export function toAmount(value: unknown, decimals: number): Amount {
  return fromAtomic(toAtomic(value, decimals), decimals);
}

/**
 * As {@link toAmount}, with more places than the currency has rounded up. A number that floating-point
 * arithmetic has left with more digits than it keeps is taken for the one that it stands for.
 *
 * @throws RangeError for what is no amount.
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
 * The amount in the currency's smallest unit.
 *
 * @throws RangeError for what is no amount, or has more places than the currency.
 */
export function toAtomic(value: unknown, decimals: number): bigint {
  const { places, units } = parse(value);
  if (places > decimals) {
    const most = decimals === 0 ? 'no decimals' : `${decimals} decimals at most`;
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

/** Below 0 when the first is less, above 0 when it is more. */
export function compareAmounts(one: Amount, other: Amount): number {
  const [left, right] = align(one, other);
  return left === right ? 0 : left < right ? -1 : 1;
}

export function addAmounts(one: Amount, other: Amount): Amount {
  const [left, right, places] = align(one, other);
  return fromUnits(left + right, { places, isWhole: isNumbers(one, other) });
}

/** Never below 0. */
export function subtractAmounts(one: Amount, other: Amount): Amount {
  const [left, right, places] = align(one, other);
  const difference = left < right ? 0n : left - right;
  return fromUnits(difference, { places, isWhole: isNumbers(one, other) });
}

/** Numbers stay a number as long as that is exact. */
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
    throw new RangeError('must be a number from 0, or a decimal text such as "0.25"');
  }
  const [whole = '', fraction = ''] = text.split('.');
  const places = withoutZeros(fraction);
  return { units: BigInt(whole + places), places: places.length };
}

/** The shortest text that stands for the number, without an exponent. */
function textOf(value: number): string {
  if (!Number.isFinite(value) || value < 0) throw new RangeError('must be a number from 0');
  const [mantissa = '', exponent] = String(value).split('e');
  const digits = mantissa.replace('.', '');
  const isExact = Number.isSafeInteger(value) || (value < 1e15 && significant(digits) <= 15);
  if (!isExact) {
    throw new RangeError('has more digits than a number keeps: write it as a text');
  }
  if (exponent === undefined) return mantissa;
  // Only small ones are left: large ones are not exact.
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

/** Without those at its end. */
function withoutZeros(fraction: string): string {
  let end = fraction.length;
  while (fraction[end - 1] === '0') end--;
  return fraction.slice(0, end);
}

/** Others' texts are read too: more digits than any ledger has are none. */
const longest = 120;
const decimalText = /^(?:0|[1-9]\d*)(?:\.\d+)?$/;
