import type { Proof } from '../rails/rail';
import type { SettlementRecord } from '../settlement/state/settlement-record';

/** Everything that happened to one hold. JSON: amounts are decimal strings, times ISO 8601 in UTC. */
export interface HoldStory {
  id: string;
  outcome: HoldOutcome;
  /** The model id. Undefined if no record names it. */
  agent?: string | undefined;
  /** The name to show instead of the model id. */
  name?: string | undefined;
  /** `a2a-se` is the exchange, then `x402` and `nevermined`. */
  rail: string;
  /** The agent's account. */
  payee: string;
  taskId: string;
  escrowId: string;
  /** The URL of the ledger. */
  exchangeUrl?: string | undefined;
  currency: string;
  /** For the agent. */
  amount: string;
  /** For the ledger, in addition. */
  fee: string;
  heldAt: string;
  expiresAt: string;
  /** Milliseconds from the request of the hold to its end. Undefined until then. */
  durationMs?: number | undefined;
  labels: Record<string, string>;
  /** From first to last. */
  steps: HoldStep[];
}

/**
 * - `open`: under way.
 * - `paid`: the agent received something.
 * - `returned`: everything came back.
 * - `disputed`: an operator decides.
 * - `unresolved`: the settlement failed, or the hold expired and its end is not recorded.
 */
export type HoldOutcome = 'open' | 'paid' | 'returned' | 'disputed' | 'unresolved';

/** What a record says of a hold. */
export interface HoldStep {
  status: SettlementRecord['status'] | 'held' | 'unresolved' | 'overcharged';
  /** Undefined if the ledger does not report it. */
  at?: string | undefined;
  fee: string;
  captured?: string | undefined;
  returned?: string | undefined;
  stake?: string | undefined;
  reason?: string | undefined;
  /** The code of the error. */
  error?: string | undefined;
  proof: Proof[];
  /** The labels of the call. Several calls can use one hold. */
  labels: Record<string, string>;
}

/** A step and its hold. */
export interface FoundStep {
  hold: HoldStory;
  step: HoldStep;
}

/** The stories of the records' holds, the latest hold first. */
export function tellStories(records: SettlementRecord[], now: number): HoldStory[] {
  const stories: HoldStory[] = [];
  for (const of of Map.groupBy(records, ({ hold }) => hold).values()) {
    const [first] = of;
    if (first !== undefined) stories.push(storyOf(first, of, now));
  }
  return stories.sort((one, other) =>
    one.heldAt === other.heldAt ? 0 : one.heldAt < other.heldAt ? 1 : -1,
  );
}

/**
 * The last step that a call with these labels left, and its hold: what became of the money for one message.
 *
 * @param labels All of them must be equal.
 *
 * @example
 * ```ts
 * import { findStep } from 'ai-sdk-a2a-settlement/wallet';
 *
 * const receipt = findStep(wallet.holds, { message: message.id });
 * ```
 */
export function findStep(
  holds: HoldStory[],
  labels: Record<string, string>,
): FoundStep | undefined {
  for (const hold of holds) {
    const step = hold.steps.findLast((each) => hasLabels(each, labels));
    if (step !== undefined) return { hold, step };
  }
  return undefined;
}

/** Whether the money is still set aside, as far as is known. */
export function isOpen({ outcome }: HoldStory): boolean {
  return outcome === 'open' || outcome === 'unresolved';
}

export function hasLabels(
  { labels = {} }: { labels?: Record<string, string> | undefined },
  wanted: Record<string, string>,
): boolean {
  return Object.entries(wanted).every(
    ([name, value]) => Object.hasOwn(labels, name) && labels[name] === value,
  );
}

function storyOf(first: SettlementRecord, records: SettlementRecord[], now: number): HoldStory {
  // A record of `kept` may be written after the end, by a process that was slow.
  const steps = records.filter(
    ({ event }, index) => event !== 'kept' || !records.slice(0, index).some(isEnd),
  );
  const last = steps.findLast(({ event }) => event !== 'overcharged') ?? first;
  const end = records.find(isEnd);
  return {
    id: first.hold,
    outcome: outcomeOf(end ?? last, now),
    agent: records.find(({ agent }) => agent !== undefined)?.agent,
    rail: first.rail,
    payee: first.payee,
    taskId: first.taskId,
    escrowId: first.escrowId,
    exchangeUrl: first.exchangeUrl,
    currency: first.currency,
    amount: first.amount,
    fee: first.fee,
    heldAt: first.heldAt,
    expiresAt: last.expiresAt,
    durationMs: end?.durationMs,
    labels: records.findLast(({ labels }) => labels !== undefined)?.labels ?? {},
    steps: steps.map(stepOf),
  };
}

/** Whether the hold has ended with this record. */
export function isEnd({ event }: SettlementRecord): boolean {
  return event === 'released' || event === 'refunded' || event === 'taken';
}

function outcomeOf({ event, expiresAt, status }: SettlementRecord, now: number): HoldOutcome {
  switch (event) {
    case 'released':
      // A hold that lapsed before its release came back.
      return status === 'late' ? 'returned' : 'paid';
    case 'taken':
      return 'paid';
    case 'refunded':
      return 'returned';
    case 'disputed':
      return 'disputed';
    case 'unresolved':
      return 'unresolved';
    default:
      return Date.parse(expiresAt) + sweepMs > now ? 'open' : 'unresolved';
  }
}

/** An exchange may end expired holds only once a minute. */
const sweepMs = 60_000;

function stepOf({ event, labels = {}, proof = [], status, ...record }: SettlementRecord): HoldStep {
  const { at, captured, error, fee, reason, returned, stake } = record;
  const isOfItsOwn = event === 'held' || event === 'unresolved' || event === 'overcharged';
  return {
    status: isOfItsOwn ? event : status,
    at: at === '' ? undefined : at,
    fee,
    captured,
    returned,
    stake,
    reason,
    error,
    proof,
    labels,
  };
}
