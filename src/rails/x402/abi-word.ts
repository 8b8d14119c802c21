/** A 32-byte ABI word of a number or address: hex digits, without `0x`. */
export function word(value: string | bigint | number): string {
  const digits = typeof value === 'string' ? value.slice(2).toLowerCase() : value.toString(16);
  return digits.padStart(64, '0');
}
