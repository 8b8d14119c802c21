/**
 * What follows `could not be reached`, without the final period: ` (ECONNREFUSED): nothing listens at this address.
 * Start the agent, or correct its URL`
 *
 * @param code The network's code, which must not contain a secret.
 */
export function whyUnreachable(
  code: string | undefined,
  { called, otherwise = '', url }: { called: string; otherwise?: string; url: string },
): string {
  const shown = code === undefined ? '' : ` (${code})`;
  switch (code) {
    case 'ECONNREFUSED':
    case 'ConnectionRefused':
      return `${shown}: nothing listens at this address. Start the ${called}, or correct ${url}`;
    case 'ENOTFOUND':
      return `${shown}: there is no host of this name. Correct ${url}`;
    default:
      return `${shown}${otherwise}`;
  }
}
