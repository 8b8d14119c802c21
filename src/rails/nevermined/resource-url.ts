import { SettlementError } from '../rail';

/**
 * The URL that a seller names, if host and path match the agent's own URL: behind a proxy, the scheme may
 * differ from the card, and the backend compares the seller's URL.
 */
export function boundUrl(named: string | undefined, own: string | undefined): string | undefined {
  const [there, here] = [named, own].map((url) =>
    url !== undefined && URL.canParse(url) ? new URL(url) : undefined,
  );
  const isOwn = there?.host === here?.host && there?.pathname === here?.pathname;
  return isOwn && there !== undefined ? there.href : here?.href;
}

/** @throws SettlementError `NOT_CONFIGURED` if it is undefined. */
export function assertUrl(resourceUrl: string | undefined): string {
  if (resourceUrl !== undefined) return resourceUrl;
  throw new SettlementError({
    code: 'NOT_CONFIGURED',
    message:
      'Access tokens of version 3 are bound to a URL, and the agent has no card with one. Pass `resourceUrl` to `nevermined`.',
  });
}
