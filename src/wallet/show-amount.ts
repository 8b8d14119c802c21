/** A decimal string with a separator between thousands: `12,345.25`. */
export function showAmount(amount: string): string {
  const [whole = '', fraction] = amount.split('.');
  const groups: string[] = [];
  for (let end = whole.length; end > 0; end -= 3) {
    groups.unshift(whole.slice(Math.max(0, end - 3), end));
  }
  return fraction === undefined ? groups.join(',') : `${groups.join(',')}.${fraction}`;
}
