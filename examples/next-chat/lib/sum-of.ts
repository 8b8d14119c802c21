const DECIMALS = 18;
const UNIT = 10n ** BigInt(DECIMALS);

/** Adds decimal strings. Money is never added as floating-point numbers. */
export function sumOf(amounts: string[]): string {
  const sum = amounts.reduce((units, amount) => units + unitsOf(amount), 0n);
  const fraction = String(sum % UNIT)
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '');
  return fraction === '' ? `${sum / UNIT}` : `${sum / UNIT}.${fraction}`;
}

function unitsOf(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole) * UNIT + BigInt(fraction.padEnd(DECIMALS, '0'));
}
