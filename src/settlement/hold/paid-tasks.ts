import * as z from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import type { Hold, RecordedHold, SettlementRail } from '../../rails/rail';
import { spellingOf } from '../state/agent-settings';
import { digestOf } from '../../internal/digest-of';
import { isRetryable, waitBefore, type Backoff } from '../state/backoff';
import { withJournalTimeout } from '../state/with-journal-timeout';
import { atomicStorage, readStored, type JournalStorage } from '../state/journal-storage';

/** One task of an agent. Some agents use the same task id in each conversation. */
export interface PaidTask {
  /** The model id. */
  agent: string;
  taskId: string;
  /** The context id in the agent's answer. It is not verified. */
  contextId: string | undefined;
}

const payment = z.object({
  escrowId: z.string(),
  /** In milliseconds since 1970, by the ledger's clock if that is known. */
  at: z.number(),
  /** When no other hold for the task can exist any more, in milliseconds since 1970. */
  until: z.number(),
});

type Payment = z.infer<typeof payment>;

/**
 * Records which hold pays a task. A task may get several holds: from a call that did not know the task, from
 * machines with other messages, or if its agent completes it again. A ledger can list the holds of later turns
 * by their group, but not the hold of the first turn.
 */
export class PaidTasks {
  private readonly storage: JournalStorage | undefined;
  private readonly atomic: AtomicStorage | undefined;
  private readonly now: () => number;
  private last = 0;
  private readonly known = new Map<string, Payment>();

  /** @param storage undefined if no other process shares one. */
  constructor(storage: JournalStorage | undefined, now: () => number) {
    this.storage = storage;
    this.atomic = atomicStorage(storage);
    this.now = now;
  }

  /** Now, in milliseconds since 1970. Each value is greater than the one before, also within a millisecond. */
  time(): number {
    this.last = Math.max(this.now(), this.last + 0.001);
    return this.last;
  }

  /** The hold of a conversation's first turn pays the task, because no other hold can exist yet. */
  note(task: PaidTask, hold: Hold): void {
    this.remember(task, hold);
  }

  /**
   * Whether this hold pays the task. It does from then on if no other hold did before. A failing storage must
   * not prevent the payment of delivered work: then the data of this process and of the ledger decide.
   *
   * @param madeAt `time()` when the hold was made, if it is known: an agent that continues a task that was paid
   * before then does new work.
   */
  async claim(task: PaidTask, hold: Hold, madeAt = 0): Promise<'this' | 'another'> {
    const { escrowId } = hold;
    const isOthers = (known: Payment | undefined): boolean =>
      known !== undefined && known.escrowId !== escrowId && known.at >= madeAt;
    const known = this.known.get(nameOf(task));
    if (isOthers(known)) return 'another';
    const own = known?.escrowId === escrowId ? known : this.remember(task, hold);
    const stored = await withJournalTimeout(this.share(task, own, isOthers));
    if (stored === undefined || !isOthers(stored)) return 'this';
    this.known.set(nameOf(task), stored);
    return 'another';
  }

  /** Removes records of tasks for which no hold can be left. Storages that expire entries are skipped. */
  async sweep(): Promise<void> {
    const { atomic, storage } = this;
    if (storage === undefined || atomic !== undefined) return;
    await Promise.all(
      (await storage.getKeys(prefix)).map(async (key) => {
        const { until = 0 } = payment.safeParse(readStored(await storage.getItem(key))).data ?? {};
        if (until < this.now()) await storage.removeItem(key);
      }),
    );
  }

  private remember(task: PaidTask, { escrowId, expiresAt }: Hold): Payment {
    for (const [other, { until }] of this.known) {
      if (until >= this.now() && this.known.size < mostKnown) break;
      this.known.delete(other);
    }
    const own = { escrowId, at: this.time(), until: expiresAt.getTime() + keptMs };
    // Moves the record to the end of the map.
    this.known.delete(nameOf(task));
    this.known.set(nameOf(task), own);
    return own;
  }

  /** The storage's record of the task: this payment, unless another one is stored. */
  private async share(
    task: PaidTask,
    own: Payment,
    isOthers: (known: Payment | undefined) => boolean,
  ): Promise<Payment | undefined> {
    const { atomic, storage } = this;
    if (storage === undefined) return undefined;
    const key = `${prefix}${await digestOf(nameOf(task))}`;
    const stored = async () => payment.safeParse(readStored(await storage.getItem(key))).data;
    const before = await stored();
    if (isOthers(before) || before?.escrowId === own.escrowId) return before;
    const value = JSON.stringify(own);
    if (atomic === undefined) {
      await storage.setItem(key, value);
    } else {
      if (before !== undefined) await atomic.removeItemIfEqual(key, JSON.stringify(before));
      await atomic.setItemIfAbsent(key, value, { ttlMs: Math.max(keptMs, own.until - this.now()) });
    }
    // If two wrote at once, the stored record decides for both.
    return stored();
  }
}

/** Milliseconds that a record is kept after the hold has expired: other holds for the task are as old. */
const keptMs = 24 * 60 * 60_000;

/** In this process; the oldest records are dropped first. */
const mostKnown = 10_000;

const prefix = 'a2a-paid:';

function nameOf({ agent, contextId, taskId }: PaidTask): string {
  return JSON.stringify([spellingOf(agent), contextId ?? null, taskId]);
}

/** The group of all holds for one task on the ledger, on whatever machine they were made. */
export async function groupOfTask(agent: string, taskId: string): Promise<string> {
  return digestOf(spellingOf(agent), taskId);
}

/**
 * Whether this hold pays a completed task. A machine that did not find the kept hold (other messages, another
 * journal) continued the task under a new hold; the ledger lists both.
 *
 * `unclear`: another hold for the task may be in use, and its outcome decides.
 *
 * @throws SettlementError if the ledger cannot be queried.
 */
export async function payingHold(
  { backoff, rail }: { backoff: Pick<Backoff, 'initialMs'>; rail: SettlementRail },
  { agent, hold, task }: { agent: string; hold: Hold; task?: string | undefined },
  /** Whether another held escrow may yield to this one. */
  mayGiveWay: (escrowId: string) => boolean,
): Promise<'this' | 'another' | 'unclear'> {
  if (task === undefined || rail.listGroup === undefined) return 'this';
  const id = await groupOfTask(agent, task);
  const list = async () => (await rail.listGroup?.(id)) ?? [];
  // One lost response would leave the hold of a completed task to `reconcile`.
  const group = await list().catch(async (error: unknown) => {
    if (!isRetryable(error)) throw error;
    await waitBefore(1, { initialMs: Math.min(backoff.initialMs, 100) }, error);
    return list();
  });
  const others = group.filter((other) => other.hold.escrowId !== hold.escrowId);
  if (others.some(isPaid)) return 'another';
  const isLater = others.length < group.length;
  const givesWay = ({ hold: { escrowId } }: RecordedHold) =>
    // A hold of the first turn is in no group, so the later holds cannot see it, and yield to it. Of the
    // abandoned holds one pays: the same one on every machine.
    isLater && mayGiveWay(escrowId) && escrowId > hold.escrowId;
  return others.filter(({ state }) => state.type === 'held').every(givesWay) ? 'this' : 'unclear';
}

function isPaid({ state }: RecordedHold): boolean {
  return state.type === 'settled' && state.settled.status.endsWith('released');
}
