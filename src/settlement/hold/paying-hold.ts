import { digestOf } from '../../internal/digest-of';
import type { Hold, RecordedHold, SettlementRail } from '../../rails/rail';
import { spellingOf } from '../state/agent-settings';

/** What holds for one task have in common on the ledger, wherever they were made. */
export async function groupOfTask(agent: string, taskId: string): Promise<string> {
  return digestOf(spellingOf(agent), taskId);
}

/**
 * Whether a task that was completed is paid by this hold. A machine that did not find it (other
 * messages, another journal) went on with the task under a hold of its own; the ledger knows both.
 *
 * `unclear`: another hold for the task may be in use. What becomes of that one decides.
 *
 * @throws SettlementError when the ledger cannot be asked.
 */
export async function payingHold(
  rail: SettlementRail,
  { agent, hold, task }: { agent: string; hold: Hold; task?: string | undefined },
  /** Whether an escrow that is held as well may give way to this one. */
  mayGiveWay: (escrowId: string) => boolean,
): Promise<'this' | 'another' | 'unclear'> {
  if (task === undefined || rail.listGroup === undefined) return 'this';
  const group = await rail.listGroup(await groupOfTask(agent, task));
  const others = group.filter((other) => other.hold.escrowId !== hold.escrowId);
  if (others.some(isPaid)) return 'another';
  const isLater = others.length < group.length;
  const givesWay = ({ hold: { escrowId } }: RecordedHold) =>
    // A hold of the first turn is in no group, so the later ones cannot see it, and go before it. Of
    // those that were left behind one pays, and on every machine the same one.
    isLater && mayGiveWay(escrowId) && escrowId > hold.escrowId;
  return others.filter(({ state }) => state.type === 'held').every(givesWay) ? 'this' : 'unclear';
}

function isPaid({ state }: RecordedHold): boolean {
  return state.type === 'settled' && state.settled.status.endsWith('released');
}
