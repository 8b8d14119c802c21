import type { Amount, CallOptions, Hold, SettlementRail } from '../../rails/rail';
import type { JournalEntry } from '../state/journal-entry';
import type { SettlementJournal } from '../state/settlement-journal';
import type { ReceiptStore, SettlementRecord } from '../state/settlement-record';
import { taskIdPrefix, timeOfTaskId } from '../state/task-id';
import { askRails, type FailedRail } from './ask-rails';

/** A hold under way. */
export interface SettlementHold {
  /** The rail's name. */
  rail: string;
  /**
   * - `open`: the agent works, or it is not known whether it still does.
   * - `kept`: the agent waits for the caller.
   * - `settling`: the settlement is decided, and not finished: `reconcile` tries again.
   */
  state: 'open' | 'kept' | 'settling';
  /** The ledger's id of the hold. */
  escrowId: string;
  /** The hold's task id on the ledger. */
  taskId: string;
  /** The model id, if the journal or the receipt store has it. */
  agent?: string;
  /** The agent's task, if the journal has it. */
  agentTaskId?: string;
  payee: string;
  /** Held for the payee. This and `fee`: whole tokens, or a decimal string in currencies with decimals. */
  amount: Amount;
  fee: Amount;
  currency: string;
  /** The maximum number of decimal places of an amount. */
  decimals: number;
  exchangeUrl: string;
  /** When the hold was requested. Undefined for holds of older versions. */
  heldAt?: Date;
  expiresAt: Date;
  /** Of the call, if the journal or the receipt store has them. */
  labels?: Record<string, string>;
}

/** The result of `settlement.holds()`. */
export interface HoldReport {
  /** In the order in which they expire. */
  holds: SettlementHold[];
  /** The rails that could not be asked. Of their holds, those of the journal are listed. */
  failed: FailedRail[];
}

interface Books {
  rails: readonly SettlementRail[];
  journal: SettlementJournal;
  store: ReceiptStore | undefined;
  now: () => number;
}

/** @throws any error of the journal's storage, or of the receipt store, if it cannot be read. */
export async function listHolds(
  { journal, now, rails, store }: Books,
  options: CallOptions = {},
): Promise<HoldReport> {
  const { answers, failed } = await askRails(rails, async (rail) =>
    rail.listHeld?.(taskIdPrefix, options),
  );
  /** The ledgers whose list is the whole truth. */
  const listed = new Set<string>();
  const holds = new Map<string, SettlementHold>();
  for (const { answer, rail } of answers) {
    if (answer === undefined) continue;
    listed.add(rail.name);
    for (const hold of answer) holds.set(hold.taskId, ofHold(hold));
  }
  const isKnown = ({ rail, taskId }: Pick<Hold, 'rail' | 'taskId'>) =>
    !listed.has(rail) || holds.has(taskId);

  if (store !== undefined) {
    for (const hold of await recordedHolds(store, now())) {
      if (isKnown(hold))
        holds.set(hold.taskId, { ...hold, ...holds.get(hold.taskId), ...tags(hold) });
    }
  }
  const { entries } = await journal.list();
  for (const entry of entries) {
    if (entry.type === 'lost' || !isKnown(entry.hold)) continue;
    const { taskId } = entry.hold;
    holds.set(taskId, { ...holds.get(taskId), ...ofHold(entry.hold), ...ofEntry(entry) });
  }
  const isLive = ({ expiresAt, state }: SettlementHold) =>
    state === 'settling' || expiresAt.getTime() > now();
  const byExpiry = (one: SettlementHold, other: SettlementHold) =>
    one.expiresAt.getTime() - other.expiresAt.getTime();
  return { holds: [...holds.values()].filter(isLive).sort(byExpiry), failed };
}

function ofHold(hold: Hold): SettlementHold {
  const { amount, currency, decimals = 0, escrowId, exchangeUrl, expiresAt, fee } = hold;
  const { payee, rail, taskId } = hold;
  const heldAt = timeOfTaskId(taskId);
  return {
    rail,
    state: 'open',
    escrowId,
    taskId,
    payee,
    amount,
    fee,
    currency,
    decimals,
    exchangeUrl,
    ...(heldAt !== undefined && { heldAt: new Date(heldAt) }),
    expiresAt,
  };
}

function ofEntry(entry: Exclude<JournalEntry, { type: 'lost' }>): Partial<SettlementHold> {
  const labels = entry.type === 'settling' ? entry.labels : entry.work.labels;
  return {
    state: entry.type,
    ...(entry.agent !== '' && { agent: entry.agent }),
    ...(entry.task !== undefined && { agentTaskId: entry.task }),
    ...(labels !== undefined && { labels }),
  };
}

/** What a ledger does not know of a hold. */
function tags({ agent, labels, state }: SettlementHold): Partial<SettlementHold> {
  return { state, ...(agent !== undefined && { agent }), ...(labels !== undefined && { labels }) };
}

/** The holds of the last days that have no end in the store: no hold lasts longer. */
async function recordedHolds(store: ReceiptStore, now: number): Promise<SettlementHold[]> {
  const last = new Map<string, SettlementRecord>();
  const ended = new Set<string>();
  for await (const record of store.list({ from: new Date(now - mostDays * dayMs) })) {
    if (ends.has(record.event)) ended.add(record.hold);
    else if (record.event !== 'overcharged') last.set(record.hold, record);
  }
  return [...last.values()].filter(({ hold }) => !ended.has(hold)).map(ofRecord);
}

const ends = new Set<SettlementRecord['event']>(['released', 'refunded', 'taken', 'disputed']);

/** Stores read up to this many days without listing all keys. */
const mostDays = 30;
const dayMs = 86_400_000;

function ofRecord(record: SettlementRecord): SettlementHold {
  const { agent, amount, currency, decimals, escrowId, event, exchangeUrl, expiresAt } = record;
  const { fee, heldAt, labels, payee, rail, taskId } = record;
  const state = event === 'kept' ? 'kept' : event === 'held' ? 'open' : 'settling';
  return {
    rail,
    state,
    escrowId,
    taskId,
    payee,
    amount: decimals === 0 ? Number(amount) : amount,
    fee: decimals === 0 ? Number(fee) : fee,
    currency,
    decimals,
    exchangeUrl,
    heldAt: new Date(heldAt),
    expiresAt: new Date(expiresAt),
    ...(agent !== undefined && { agent }),
    ...(labels !== undefined && { labels }),
  };
}
