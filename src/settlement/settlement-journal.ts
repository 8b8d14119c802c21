import { z } from 'zod/v4';
import type { Hold, HoldRequest } from '../rails/rail';
import { memoryStorage, type JournalStorage } from './journal-storage';
import { refundReasons, type SettlementAction } from './settlement-state';

const hold = z.object({
  rail: z.string(),
  taskId: z.string(),
  escrowId: z.string(),
  payee: z.string(),
  amount: z.number(),
  fee: z.number(),
  currency: z.string(),
  exchangeUrl: z.string(),
  expiresAt: z.coerce.date(),
}) satisfies z.ZodType<Hold, unknown>;

const request = z.object({
  taskId: z.string(),
  payee: z.string(),
  amount: z.number(),
  ttlMinutes: z.number(),
}) satisfies z.ZodType<HoldRequest, unknown>;

const action = z.discriminatedUnion('type', [
  z.object({ type: z.literal('release'), amount: z.number().optional() }),
  z.object({ type: z.literal('refund'), reason: z.enum(refundReasons) }),
  z.object({
    type: z.literal('dispute'),
    reason: z.enum(refundReasons),
    stake: z.number(),
  }),
]) satisfies z.ZodType<SettlementAction, unknown>;

const common = {
  /** The model id. */
  agent: z.string(),
  /** When it was written, in milliseconds since 1970. */
  at: z.number(),
};

const journalEntry = z.discriminatedUnion('type', [
  /** The agent works under this hold, or its machine died while it did. */
  z.object({ ...common, type: z.literal('open'), hold, task: z.string().optional() }),
  /** The agent waits for the caller. */
  z.object({ ...common, type: z.literal('kept'), hold, task: z.string() }),
  /** It is decided what becomes of the hold, but not known whether it happened. */
  z.object({ ...common, type: z.literal('settling'), hold, action }),
  /** The answer to the hold was lost, and no agent was called for it: whatever is held goes back. */
  z.object({ ...common, type: z.literal('lost'), request }),
]);

/** What is not settled yet, as a later process must know it. Holds no prompt, no answer, no key. */
export type JournalEntry = z.infer<typeof journalEntry>;

/** Remembers what is not settled, in any key-value storage. Each entry is under its hold's task id. */
export class SettlementJournal {
  private readonly storage: JournalStorage;
  private readonly writes = new Map<string, Promise<void>>();

  constructor(storage: JournalStorage = memoryStorage()) {
    this.storage = storage;
  }

  async put(entry: JournalEntry): Promise<void> {
    const key = keyOf(entry);
    return this.inOrder(key, () => this.storage.setItem(key, JSON.stringify(entry)));
  }

  async remove(taskId: string): Promise<void> {
    const key = prefix + taskId;
    return this.inOrder(key, () => this.storage.removeItem(key));
  }

  /** All entries; those of other versions, or broken ones, are left alone. */
  async list(): Promise<JournalEntry[]> {
    const keys = await this.storage.getKeys(prefix);
    const values = await Promise.all(keys.map((key) => this.storage.getItem(key)));
    return values.flatMap((value) => {
      const parsed = journalEntry.safeParse(typeof value === 'string' ? parseJson(value) : value);
      return parsed.success ? [parsed.data] : [];
    });
  }

  /** A put that a removal overtakes would leave an entry for good. */
  private async inOrder(key: string, write: () => Promise<void>): Promise<void> {
    const before = this.writes.get(key) ?? Promise.resolve();
    const next = before.catch(() => {}).then(write);
    this.writes.set(key, next);
    try {
      await next;
    } finally {
      if (this.writes.get(key) === next) this.writes.delete(key);
    }
  }
}

// Storages use `:` to nest keys.
const prefix = 'a2a-settlement:';

function keyOf(entry: JournalEntry): string {
  return prefix + (entry.type === 'lost' ? entry.request.taskId : entry.hold.taskId);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
