import * as z from 'zod/v4';
import { memoryStorage } from '../../internal/memory-storage';
import { digestOf } from '../../internal/digest-of';
import { withTimeout } from '../../internal/with-timeout';
import {
  journalEntry,
  later,
  stageOf,
  stages,
  taskIdOf,
  taskOf,
  type JournalEntry,
  type Stage,
} from './journal-entry';
import { readStored, type JournalStorage } from './journal-storage';

/**
 * Stores unsettled holds in any key-value storage.
 *
 * Each stage of a hold has its own key. If a process crashes while it writes (file writes are not atomic), only
 * the last stage is damaged, and the stage before it is still readable.
 */
export class SettlementJournal {
  private readonly storage: JournalStorage;
  private readonly writes = new Map<string, Promise<void>>();
  /** The tasks for which this process has listed holds. */
  private readonly listed = new Map<string, string>();

  constructor(storage: JournalStorage = memoryStorage()) {
    this.storage = storage;
  }

  async put(entry: JournalEntry): Promise<void> {
    const taskId = taskIdOf(entry);
    const key = keyOf(taskId, stageOf(entry));
    const task = entry.type === 'lost' ? undefined : entry.task;
    return this.inOrder(taskId, async () => {
      // Written first: without it the hold would be lost; a hold without its task's list entry is found by a
      // scan.
      await this.storage.setItem(key, JSON.stringify(entry));
      if (task !== undefined && this.listed.get(taskId) !== task) await this.enlist(task, taskId);
    });
  }

  /** @param known the agent's task, if the caller knows it. */
  async remove(taskId: string, known?: string): Promise<void> {
    return this.inOrder(taskId, async () => {
      const tasks = new Set([known, this.listed.get(taskId)]);
      if (known === undefined)
        for (const entry of await this.readHold(taskId)) tasks.add(taskOf([entry]));
      const remove = (stage: Stage) => this.storage.removeItem(keyOf(taskId, stage));
      await Promise.all(stages.filter((stage) => stage !== 'settling').map(remove));
      // Removed last: if this is interrupted, the decision is still stored.
      await remove('settling');
      for (const task of tasks) if (task !== undefined) await this.strike(task, taskId);
    });
  }

  /**
   * The last stage of each hold for one task, found by key: unauthenticated requests must not cause a scan.
   *
   * @throws any error of the storage, or a timeout.
   */
  async listTask(task: string): Promise<Exclude<JournalEntry, { type: 'lost' }>[]> {
    return withTimeout(this.readTask(task), readingTimeoutMs);
  }

  private async readTask(task: string) {
    const holds = await this.holdsOf(await keyOfTask(task));
    const entries = await Promise.all(holds.map((taskId) => this.readHold(taskId)));
    return entries.flatMap((of) => {
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
      .map((value) => journalEntry.safeParse(readStored(value)).data)
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
    return z.array(z.string()).safeParse(readStored(await this.storage.getItem(key))).data ?? [];
  }

  /**
   * The last stage of each hold. `torn` lists the task ids of which no stage is readable. Entries of other
   * versions are left unchanged.
   *
   * @throws any error of the storage, or a timeout.
   */
  async list(): Promise<{ entries: JournalEntry[]; torn: string[] }> {
    const [keys, values] = await withTimeout(this.read(), readingTimeoutMs);
    const latest = new Map<string, JournalEntry>();
    const torn = new Set<string>();
    const foreign = new Set<string>();
    for (const [index, key] of keys.entries()) {
      const value = values[index];
      const taskId = key.slice(prefix.length, key.lastIndexOf('.'));
      // The entry was removed after its key was listed.
      if (value === null || value === undefined) continue;
      const json = readStored(value);
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
    const values: unknown[] = [];
    // In pages: a storage that maps keys to files opens a file for each read.
    for (let start = 0; start < keys.length; start += pageSize) {
      const page = keys.slice(start, start + pageSize);
      values.push(...(await Promise.all(page.map((key) => this.storage.getItem(key)))));
    }
    return [keys, values];
  }

  /** Writes of one hold run in order: a write that finishes after a removal would leave an entry forever. */
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

/** There may be much to read, but a webhook or a cron route must come to an end. */
const readingTimeoutMs = 60_000;

/** How many keys are read at once. A process may often have 1024 open files at most. */
const pageSize = 100;

// Storages use `:` as a separator of keys.
const prefix = 'a2a-settlement:';

/** The key that lists the holds for one task of an agent, by their task ids on the ledger. */
async function keyOfTask(task: string): Promise<string> {
  return `a2a-task:${await digestOf(task)}`;
}

function keyOf(taskId: string, stage: Stage): string {
  // A further `:` would leave an empty folder for each hold in storages that map keys to files.
  return `${prefix}${taskId}.${stage}`;
}
