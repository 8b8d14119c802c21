/**
 * The reason that a facilitator or a backend gave, safe to send to a client: short, printable, and without
 * the secrets of the request. `fallback` if nothing remains.
 */
export function saidReason(
  said: unknown,
  { fallback, secrets = [] }: { fallback: string; secrets?: readonly string[] },
): string {
  if (typeof said !== 'string' || said === '') return fallback;
  // Parts of secrets are removed too.
  const isTold = secrets.some(
    (secret) => secret.length >= 16 && said.includes(secret.slice(0, 16)),
  );
  return isTold ? fallback : said.slice(0, 200).replaceAll(/[^ -~]/g, '?');
}

/** Converts a code of {@link saidReason} to words. */
export function inWords(reason: string): string {
  return reason.includes(' ') ? reason : reason.toLowerCase().split('_').join(' ');
}

/** A transaction, network or address named by a backend. Undefined if it could be anything else. */
export function saidName(said: unknown): string | undefined {
  return typeof said === 'string' && /^[!-~]{1,200}$/.test(said) ? said : undefined;
}
