import * as z from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import type { Hold, RecordedHold, SettlementRail } from '../../rails/rail';
import { spellingOf } from '../state/agent-settings';
import { digestOf } from '../../internal/digest-of';
import { withJournalTimeout } from '../state/with-journal-timeout';
import { atomicStorage, parseStored, type JournalStorage } from '../state/journal-storage';

/** One task of an agent. Some agents give one id to a task in each conversation. */
export interface PaidTask {
  /** The model id. */
  agent: string;
  taskId: string;
  /** The agent's own word, of its answer. */
  contextId: string | undefined;
}

const payment = z.object({
  escrowId: z.string(),
  /** In milliseconds since 1970, by the ledger's clock where that is known. */
  at: z.number(),
  /** When no other hold for the task can be left, in milliseconds since 1970. */
  until: z.number(),
});

type Payment = z.infer<typeof payment>;

/**
 * Remembers which hold pays a task. More than one may be made for it: by a call that did not know of
 * the task, by machines with other messages, for a task that its agent completes again. A ledger knows
 * the holds of later turns by their group, and cannot know that of the first.
 */
export class PaidTasks {
  private readonly storage: JournalStorage | undefined;
  private readonly atomic: AtomicStorage | undefined;
  private readonly now: () => number;
  private last = 0;
  private readonly known = new Map<string, Payment>();

  /** @param storage undefined where there is no process to share it with. */
  constructor(storage: JournalStorage | undefined, now: () => number) {
    this.storage = storage;
    this.atomic = atomicStorage(storage);
    this.now = now;
  }

  /** Now, in milliseconds since 1970. Each answer is later than the one before, also within a millisecond. */
  time(): number {
    this.last = Math.max(this.now(), this.last + 0.001);
    return this.last;
  }

  /** The hold of a conversation's first turn pays, as no other can yet. */
  note(task: PaidTask, hold: Hold): void {
    this.remember(task, hold);
  }

  /**
   * Whether this hold pays the task, which it does from then on if none other did before. A storage
   * that fails keeps no delivered work from being paid: then what this process and the ledger know
   * decides.
   *
   * @param madeAt `time()` when the hold was made, where that is known: an agent that goes on with a task that
   * was paid before that works anew.
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

  /** Removes what no hold can be left for. Storages that remove by themselves are left alone. */
  async sweep(): Promise<void> {
    const { atomic, storage } = this;
    if (storage === undefined || atomic !== undefined) return;
    await Promise.all(
      (await storage.getKeys(prefix)).map(async (key) => {
        const { until = 0 } = payment.safeParse(parseStored(await storage.getItem(key))).data ?? {};
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
    // Goes to the end of what is remembered.
    this.known.delete(nameOf(task));
    this.known.set(nameOf(task), own);
    return own;
  }

  /** What the storage has of the task: this payment, unless it has another one. */
  private async share(
    task: PaidTask,
    own: Payment,
    isOthers: (known: Payment | undefined) => boolean,
  ): Promise<Payment | undefined> {
    const { atomic, storage } = this;
    if (storage === undefined) return undefined;
    const key = `${prefix}${await digestOf(nameOf(task))}`;
    const stored = async () => payment.safeParse(parseStored(await storage.getItem(key))).data;
    const before = await stored();
    if (isOthers(before) || before?.escrowId === own.escrowId) return before;
    const value = JSON.stringify(own);
    if (atomic === undefined) {
      await storage.setItem(key, value);
    } else {
      if (before !== undefined) await atomic.removeItemIfEqual(key, JSON.stringify(before));
      await atomic.setItemIfAbsent(key, value, { ttlMs: Math.max(keptMs, own.until - this.now()) });
    }
    // Of two that wrote at once, one stands for both.
    return stored();
  }
}

/** Milliseconds for which it is known after the hold has lapsed: other holds for the task are as old. */
const keptMs = 24 * 60 * 60_000;

/** In this process; the oldest go first. */
const mostKnown = 10_000;

const prefix = 'a2a-paid:';

function nameOf({ agent, contextId, taskId }: PaidTask): string {
  return JSON.stringify([spellingOf(agent), contextId ?? null, taskId]);
}

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
