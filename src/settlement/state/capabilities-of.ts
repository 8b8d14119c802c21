import type { Hold, HoldCapabilities, SettlementRail } from '../../rails/rail';

/** Which side captures the money of a hold, and whether a part of it can be released. */
export function capabilitiesOf(
  rail: Pick<SettlementRail, 'capabilities' | 'capabilitiesOf'>,
  hold: Hold,
): HoldCapabilities {
  return rail.capabilitiesOf?.(hold) ?? rail.capabilities;
}
