import type { ReconciledHold } from '../../../src/settlement/recovery/reconciled-hold';
import type { Buyer, World } from './buyer';

/** Nothing is remembered that is over. */
export function checkJournals({
  buyers,
  left,
  world: { payments, shared },
}: {
  buyers: Buyer[];
  /** What the last reconciliations called open or unresolved. */
  left: ReconciledHold[];
  world: World;
}): void {
  const disks = buyers.flatMap(({ disk, isAlive }) => (isAlive ? [disk] : []));
  for (const disk of new Set([shared, ...disks])) {
    for (const [key, value] of disk.items) {
      const payment = payments.find(({ id }) => value.includes(`"escrowId":"${id}"`));
      if (!key.startsWith('a2a-settlement:') || payment === undefined) continue;
      if (!left.some(({ escrowId }) => escrowId === payment.id) && isWhole(value)) {
        throw new Error(`the journal still has ${key}: ${value.slice(0, 120)}`);
      }
    }
  }
}

/** What a process wrote as it died is not. */
function isWhole(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
