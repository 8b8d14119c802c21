import { z } from 'zod/v4';
import { memoryStorage } from '../../internal/memory-storage';
import type { HoldRequest } from '../../rails/rail';
import { refundReasons, type SettlementAction } from './settlement-state';
import { digestOf } from '../../internal/digest-of';
import { withTimeout } from '../../internal/with-timeout';
import type { Metering } from './metering';
import { parseStored, type JournalStorage } from './journal-storage';
import { storedAmount, storedHold } from './stored-hold';

const request = z.object({
  taskId: z.string(),
  payee: z.string(),
  amount: storedAmount,
  ttlMinutes: z.number(),
}) satisfies z.ZodType<HoldRequest, unknown>;

const action = z.discriminatedUnion('type', [
  z.object({ type: z.literal('release'), amount: storedAmount.optional() }),
  z.object({ type: z.literal('refund'), reason: z.enum(refundReasons) }),
  z.object({
    type: z.literal('dispute'),
    reason: z.enum(refundReasons),
    stake: z.number(),
  }),
]) satisfies z.ZodType<SettlementAction, unknown>;

const useMetering = z.object({
  of: z.enum(['requests', 'units', 'milliseconds']),
  baseTokens: z.number(),
  per: z.number(),
});

const storedLabels = z.record(z.string(), z.string());

const work = z.object({
  startedAt: z.number(),
  earlierMs: z.number(),
  metering: z
    .union([
      useMetering,
      z.object({ of: z.literal('skill'), prices: z.record(z.string(), useMetering) }),
    ])
    .optional(),
  webhook: z.array(z.string()).optional(),
  labels: storedLabels.optional(),
  subject: z.string().optional(),
  contextId: z.string().optional(),
});

/** What the use of a hold is measured by, and who may tell of it. */
export interface Work {
  /** When the agent was called for this turn, in milliseconds since 1970. */
  startedAt: number;
  /** Milliseconds that the agent took for earlier turns of the task. */
  earlierMs: number;
  metering?: Metering | undefined;
  /** Digests of what the agent shows when it tells of the task. */
  webhook?: string[] | undefined;
  /** Of the call. */
  labels?: Record<string, string> | undefined;
  /** Stands for whose conversation it is. */
  subject?: string | undefined;
  /** The agent's name for the conversation, as far as it is known. */
  contextId?: string | undefined;
}

const common = {
  /** The model id. */
  agent: z.string(),
  /** When it was written, in milliseconds since 1970, by the ledger's clock where that is known. */
  at: z.number(),
  /** Stands for whose conversation it is. */
  subject: z.string().optional(),
};

const journalEntry = z.discriminatedUnion('type', [
  /** The agent works under this hold, whether or not a call waits for it. */
  z.object({
    ...common,
    type: z.literal('open'),
    hold: storedHold,
    work,
    task: z.string().optional(),
    /** Nothing was sent under this hold, and no call is under way with it. */
    isIdle: z.boolean().optional(),
  }),
  /** The agent waits for the caller. */
  z.object({ ...common, type: z.literal('kept'), hold: storedHold, work, task: z.string() }),
  /** It is decided what becomes of the hold, but not known whether it happened. */
  z.object({
    ...common,
    type: z.literal('settling'),
    hold: storedHold,
    action,
    task: z.string().optional(),
    webhook: z.array(z.string()).optional(),
    labels: storedLabels.optional(),
    /** The agent captures, and the process that wrote it is about to look whether it did. */
    isUnderWay: z.boolean().optional(),
  }),
  /** The answer to the hold was lost, and no agent was called for it: whatever is held goes back. */
  z.object({
    ...common,
    type: z.literal('lost'),
    request,
    labels: storedLabels.optional(),
    /** Where it was asked for. Older versions knew one rail only. */
    rail: z.string().optional(),
  }),
]);

/** What is not settled yet, as a later process must know it. Holds no prompt, no answer, no key. */
export type JournalEntry = z.infer<typeof journalEntry>;

/**
 * Remembers what is not settled, in any key-value storage.
 *
 * Each stage of a hold has a key of its own. A process that dies while it writes (files are not
 * written in one piece) then tears the last stage only, and the one before it still tells the truth.
 */
export class SettlementJournal {
  private readonly storage: JournalStorage;
  private readonly writes = new Map<string, Promise<void>>();
  /** The tasks that holds were listed under by this process. */
  private readonly listed = new Map<string, string>();

  constructor(storage: JournalStorage = memoryStorage()) {
    this.storage = storage;
  }

  async put(entry: JournalEntry): Promise<void> {
    const taskId = taskIdOf(entry);
    const key = keyOf(taskId, stageOf(entry));
    const task = entry.type === 'lost' ? undefined : entry.task;
    return this.inOrder(taskId, async () => {
      // First: without it the hold would be lost, without its task's list it is found by a scan.
      await this.storage.setItem(key, JSON.stringify(entry));
      if (task !== undefined && this.listed.get(taskId) !== task) await this.enlist(task, taskId);
    });
  }

  /** @param known the agent's task, where the caller knows it. */
  async remove(taskId: string, known?: string): Promise<void> {
    return this.inOrder(taskId, async () => {
      const tasks = new Set([known, this.listed.get(taskId)]);
      if (known === undefined)
        for (const entry of await this.readHold(taskId)) tasks.add(taskOf([entry]));
      const remove = (stage: Stage) => this.storage.removeItem(keyOf(taskId, stage));
      await Promise.all(stages.filter((stage) => stage !== 'settling').map(remove));
      // Goes last: what is left when this is cut off still says what was decided.
      await remove('settling');
      for (const task of tasks) if (task !== undefined) await this.strike(task, taskId);
    });
  }

  /**
   * The last stage of each hold for one task, found by key: what strangers ask about must not cost a
   * scan.
   *
   * @throws whatever the storage throws, or when it does not answer.
   */
  async listTask(task: string): Promise<Exclude<JournalEntry, { type: 'lost' }>[]> {
    return withTimeout(this.readTask(task), readingTimeoutMs);
  }

  private async readTask(task: string) {
    const holds = await this.holdsOf(await keyOfTask(task));
    const stages = await Promise.all(holds.map((taskId) => this.readHold(taskId)));
    return stages.flatMap((of) => {
      const entry = of.reduce<JournalEntry | undefined>(later, undefined);
      if (entry === undefined || entry.type === 'lost') return [];
      return (entry.task ?? taskOf(of)) === task ? [{ ...entry, task }] : [];
    });
  }

  /** All stages of one hold. */
  private async readHold(taskId: string): Promise<JournalEntry[]> {
    const keys = stages.map((stage) => keyOf(taskId, stage));
    const values = await Promise.all(keys.map((key) => this.storage.getItem(key)));
    return values
      .map((value) => journalEntry.safeParse(parseStored(value)).data)
      .filter((entry) => entry !== undefined);
  }

  private async enlist(task: string, taskId: string): Promise<void> {
    const earlier = this.listed.get(taskId);
    if (earlier !== undefined) await this.strike(earlier, taskId);
    const key = await keyOfTask(task);
    await this.inOrder(key, async () => {
      const holds = new Set(await this.holdsOf(key)).add(taskId);
      await this.storage.setItem(key, JSON.stringify([...holds]));
    });
    this.listed.set(taskId, task);
  }

  private async strike(task: string, taskId: string): Promise<void> {
    const key = await keyOfTask(task);
    await this.inOrder(key, async () => {
      const holds = await this.holdsOf(key);
      const left = holds.filter((other) => other !== taskId);
      if (left.length > 0) await this.storage.setItem(key, JSON.stringify(left));
      else if (holds.length > 0) await this.storage.removeItem(key);
    });
    this.listed.delete(taskId);
  }

  private async holdsOf(key: string): Promise<string[]> {
    return z.array(z.string()).safeParse(parseStored(await this.storage.getItem(key))).data ?? [];
  }

  /**
   * The last stage of each hold. `torn` are the task ids of which no stage can be read. Entries of
   * other versions are left alone.
   *
   * @throws whatever the storage throws, or when it does not answer.
   */
  async list(): Promise<{ entries: JournalEntry[]; torn: string[] }> {
    const [keys, values] = await withTimeout(this.read(), readingTimeoutMs);
    const latest = new Map<string, JournalEntry>();
    const torn = new Set<string>();
    const foreign = new Set<string>();
    for (const [index, key] of keys.entries()) {
      const value = values[index];
      const taskId = key.slice(prefix.length, key.lastIndexOf('.'));
      // Removed since its key was read.
      if (value === null || value === undefined) continue;
      const json = parseStored(value);
      const entry = journalEntry.safeParse(json).data;
      if (entry !== undefined) latest.set(taskId, later(latest.get(taskId), entry));
      else (json === undefined ? torn : foreign).add(taskId);
    }
    return {
      entries: [...latest.values()],
      torn: [...torn].filter((taskId) => !latest.has(taskId) && !foreign.has(taskId)),
    };
  }

  private async read(): Promise<[keys: string[], values: unknown[]]> {
    const keys = await this.storage.getKeys(prefix);
    return [keys, await Promise.all(keys.map((key) => this.storage.getItem(key)))];
  }

  /** A put that a removal overtakes would leave an entry for good. */
  private async inOrder(taskId: string, write: () => Promise<void>): Promise<void> {
    const before = this.writes.get(taskId) ?? Promise.resolve();
    const next = before.catch(() => {}).then(write);
    this.writes.set(taskId, next);
    try {
      await next;
    } finally {
      if (this.writes.get(taskId) === next) this.writes.delete(taskId);
    }
  }
}

/** There may be much to read; but a webhook, or a cron route, must come to an end. */
const readingTimeoutMs = 60_000;

// Storages use `:` to nest keys.
const prefix = 'a2a-settlement:';

/** In the order in which a hold goes through them. */
const stages = ['lost', 'held', 'working', 'kept', 'settling'] as const;
type Stage = (typeof stages)[number];

function stageOf(entry: JournalEntry): Stage {
  if (entry.type !== 'open') return entry.type;
  return entry.task === undefined ? 'held' : 'working';
}

/** A decision stands whenever it was written; else the next turn of a kept hold is later than the first. */
function later(one: JournalEntry | undefined, other: JournalEntry): JournalEntry {
  if (one === undefined || other.type === 'settling') return other;
  if (one.type === 'settling') return one;
  if (one.at !== other.at) return one.at > other.at ? one : other;
  return stages.indexOf(stageOf(one)) > stages.indexOf(stageOf(other)) ? one : other;
}

/** The agent's task. The stage before it may know it when the last one does not. */
function taskOf(entries: JournalEntry[]): string | undefined {
  return entries
    .map((entry) => (entry.type === 'lost' ? undefined : entry.task))
    .findLast((task) => task !== undefined);
}

/** Of the hold, on the ledger. */
export function taskIdOf(entry: JournalEntry): string {
  return entry.type === 'lost' ? entry.request.taskId : entry.hold.taskId;
}

/** Lists the holds for one task of an agent, by their task ids on the ledger. */
async function keyOfTask(task: string): Promise<string> {
  return `a2a-task:${await digestOf(task)}`;
}

function keyOf(taskId: string, stage: Stage): string {
  // A further `:` would leave an empty folder behind for each hold, where keys are files.
  return `${prefix}${taskId}.${stage}`;
}
