import { SettlementError } from '../rail';

/**
 * The address that a seller names, where it is the agent's own by host and path: behind a proxy it may
 * name another scheme than the card, and the backend compares what the seller names.
 */
export function boundUrl(named: string | undefined, own: string | undefined): string | undefined {
  const [there, here] = [named, own].map((url) =>
    url !== undefined && URL.canParse(url) ? new URL(url) : undefined,
  );
  const isOwn = there?.host === here?.host && there?.pathname === here?.pathname;
  return isOwn && there !== undefined ? there.href : here?.href;
}

/** @throws SettlementError `NOT_CONFIGURED` without one. */
export function assertUrl(resourceUrl: string | undefined): string {
  if (resourceUrl !== undefined) return resourceUrl;
  throw new SettlementError({
    code: 'NOT_CONFIGURED',
    message:
      'Access tokens of version 3 are bound to an address, and the agent has no card that names one. Pass `resourceUrl` to `nevermined`.',
  });
}
