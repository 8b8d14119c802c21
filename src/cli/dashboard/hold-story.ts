import type { Proof } from '../../rails/rail';
import type { SettlementRecord } from '../../settlement/state/settlement-record';

/** Everything that happened to one hold. Amounts are decimal strings, times ISO 8601 in UTC. */
export interface HoldStory {
  id: string;
  outcome: HoldOutcome;
  /** The model id. */
  agent?: string | undefined;
  rail: string;
  payee: string;
  taskId: string;
  escrowId: string;
  exchangeUrl: string;
  currency: string;
  amount: string;
  fee: string;
  heldAt: string;
  expiresAt: string;
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

export interface HoldStep {
  status: SettlementRecord['status'] | 'held' | 'unresolved' | 'overcharged';
  /** Undefined if the ledger does not report it. */
  at?: string | undefined;
  fee: string;
  captured?: string | undefined;
  returned?: string | undefined;
  stake?: string | undefined;
  reason?: string | undefined;
  error?: string | undefined;
  proof: Proof[];
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

function stepOf({ event, proof = [], status, ...record }: SettlementRecord): HoldStep {
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
  };
}
