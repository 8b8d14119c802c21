/** Whether two spellings name one account: addresses of EVM chains are case-insensitive. */
export function isSamePayee(one: string, other: string): boolean {
  return spellingOf(one) === spellingOf(other);
}

function spellingOf(payee: string): string {
  return /^0x[0-9a-f]{40}$/i.test(payee) ? payee.toLowerCase() : payee;
}
