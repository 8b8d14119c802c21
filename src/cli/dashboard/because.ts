import { SettlementError } from '../../rails/rail';

/** Why something failed. Other errors are left out: an error of a storage may contain its password. */
export function because(error: unknown): string {
  return SettlementError.isInstance(error) ? `: ${error.message}` : '.';
}
