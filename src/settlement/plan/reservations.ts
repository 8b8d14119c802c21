import { delay } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import { memoryStorage } from '../../internal/memory-storage';
import { storedAmount } from '../state/stored-hold';
import { atomicStorage, readStored, type JournalStorage } from '../state/journal-storage';

const reservation = z.object({
  /** When the entry was made, in milliseconds since 1970. */
  at: z.number(),
  /** The time until which the call counts as running if its end is never recorded. */
  openUntil: z.number(),
  amount: storedAmount,
  /** The currency's code. Undefined for the exchange's tokens. */
  currency: z.string().optional(),
  conversation: z.string().optional(),
  /** The amount may be captured until `at`, and counts until then whatever the window. */
  isPending: z.boolean().optional(),
  /** The times were written by a machine that did not know the ledger's time. */
  isGuess: z.boolean().optional(),
});

export type Reservation = z.infer<typeof reservation>;

/** The reservations of calls: one entry per call, in a storage that machines may share. */
export class Reservations {
  private readonly storage: JournalStorage;

  constructor(storage: JournalStorage = memoryStorage()) {
    this.storage = storage;
  }

  async put(id: string, entry: Reservation): Promise<void> {
    await this.storage.setItem(prefix + id, JSON.stringify(entry));
  }

  async remove(id: string): Promise<void> {
    await this.storage.removeItem(prefix + id);
  }

  async read(id: string): Promise<Reservation | undefined> {
    return this.readKey(prefix + id);
  }

  private async readKey(key: string): Promise<Reservation | undefined> {
    return reservation.safeParse(readStored(await this.storage.getItem(key))).data;
  }

  /**
   * All entries that still count. Other entries are removed.
   *
   * @param options.spanMs The longest time for which an entry counts.
   */
  async list({ now, spanMs }: { now: number; spanMs: number }): Promise<Reservation[]> {
    const since = now - spanMs - skewMs;
    const keys = await this.storage.getKeys(prefix);
    const entries = await Promise.all(
      keys.map(async (key) => {
        const entry = await this.readKey(key);
        if (entry === undefined) return [];
        if (entry.at > since || entry.openUntil > now - skewMs) return [entry];
        await this.storage.removeItem(key);
        return [];
      }),
    );
    return entries.flat();
  }

  /**
   * Runs `work` on one machine at a time if the storage is atomic: so no call is refused while there is room
   * for it.
   */
  async locked<T>(work: () => Promise<T>): Promise<T> {
    const storage = atomicStorage(this.storage);
    if (storage === undefined) return work();
    const token = JSON.stringify(crypto.randomUUID());
    const until = Date.now() + storageTimeoutMs;
    try {
      while (!(await this.lock(storage, token))) {
        if (Date.now() > until) throw new Error('The lock of the limits could not be obtained.');
        await delay(5 + 20 * Math.random());
      }
      return await work();
    } finally {
      await storage.removeItemIfEqual(lockKey, token).catch(() => false);
    }
  }

  /** A client that repeated the request because the first response was lost holds the lock as well. */
  private async lock(storage: AtomicStorage, token: string): Promise<boolean> {
    const ttlMs = storageTimeoutMs / 2;
    if (await storage.setItemIfAbsent(lockKey, token, { ttlMs })) return true;
    return (await storage.getItem(lockKey)) === token;
  }
}

/** Timeout of the storage in milliseconds. All queued calls wait for it. */
export const storageTimeoutMs = 5000;
/**
 * The assumed maximum difference between the clocks of machines. Entries of others are kept this much longer.
 */
export const skewMs = 15 * 60_000;
const prefix = 'a2a-limits:';
const lockKey = 'a2a-limits-lock';
