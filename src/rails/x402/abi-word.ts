/** 32 bytes, as contracts take numbers and addresses: hex digits, without `0x`. */
export function word(value: string | bigint | number): string {
  const digits = typeof value === 'string' ? value.slice(2).toLowerCase() : value.toString(16);
  return digits.padStart(64, '0');
}
