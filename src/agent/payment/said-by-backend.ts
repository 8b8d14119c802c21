/**
 * What a facilitator or a backend gave as a reason, fit to be sent to a caller: short, printable, and none of
 * the secrets that it was asked with. `fallback` where that leaves nothing.
 */
export function saidReason(
  said: unknown,
  { fallback, secrets = [] }: { fallback: string; secrets?: readonly string[] },
): string {
  if (typeof said !== 'string' || said === '') return fallback;
  // Also a part of one is none of the caller's.
  const isTold = secrets.some(
    (secret) => secret.length >= 16 && said.includes(secret.slice(0, 16)),
  );
  return isTold ? fallback : said.slice(0, 200).replaceAll(/[^ -~]/g, '?');
}

/** A code that {@link saidReason} gave, as words for whoever reads the refusal. */
export function inWords(reason: string): string {
  return reason.includes(' ') ? reason : reason.toLowerCase().split('_').join(' ');
}

/** A transaction, a network or an address, as a backend names it. Undefined for what could be anything else. */
export function saidName(said: unknown): string | undefined {
  return typeof said === 'string' && /^[!-~]{1,200}$/.test(said) ? said : undefined;
}
