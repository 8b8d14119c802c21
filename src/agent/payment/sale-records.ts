import * as z from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import { parseStored } from '../../internal/parse-stored';
import type { PaymentClaim } from './accepted-payment';
import {
  type OpenSale,
  type OwedSale,
  owedSaleSchema,
  openSaleSchema,
  type SaleEnd,
  saleEndSchema,
} from './open-sale';

/** The interval in milliseconds at which a running turn is updated. */
export const beatMs = 600_000;
const hourMs = 3_600_000;
/** The maximum time in milliseconds for which a payment is remembered. */
const mostMs = 400 * 24 * hourMs;
/** How long the end of a task is remembered, in milliseconds: afterwards its task store has it. */
const endedMs = 30 * 24 * hourMs;

/**
 * The sale state that an agent's machines share. A task has one turn at a time and ends once; atomic storage
 * operations coordinate the machines.
 */
export class SaleRecords {
  private readonly storage: AtomicStorage;

  constructor(storage: AtomicStorage) {
    this.storage = storage;
  }

  /** Whether a payment belongs to this task: it was unused, or was already bound to this task. */
  async bind(
    { rail, sale }: Pick<OpenSale, 'rail' | 'sale'>,
    { expiresAt }: Pick<PaymentClaim, 'expiresAt'>,
    taskId: string,
  ): Promise<boolean> {
    const key = paymentKey(rail, sale);
    const left = expiresAt.getTime() - Date.now();
    // Kept an hour longer, because clocks differ.
    const ttlMs = Math.min(Math.max(0, Number.isNaN(left) ? mostMs : left) + hourMs, mostMs);
    if (await this.storage.setItemIfAbsent(key, JSON.stringify(taskId), { ttlMs })) return true;
    // Fails if the payment was unbound between the two reads.
    return z.string().safeParse(parseStored(await this.storage.getItem(key))).data === taskId;
  }

  /** Unbinds an invalid payment: it may pay for another task. */
  async unbind({ rail, sale }: Pick<OpenSale, 'rail' | 'sale'>, taskId: string): Promise<void> {
    await this.storage.removeItemIfEqual(paymentKey(rail, sale), JSON.stringify(taskId));
  }

  /** Acquires the turn of a task. False if another process has it. */
  async begin(taskId: string, sale: OpenSale): Promise<boolean> {
    const key = turnKey(taskId);
    if (await this.storage.setItemIfAbsent(key, JSON.stringify(sale))) return true;
    // A repeated command reports false if its first response was lost.
    return (await this.turn(taskId))?.turn === sale.turn;
  }

  /** Stores the state of a payment. Undefined removes it: the task has ended. */
  async put(taskId: string, sale: OpenSale | undefined): Promise<void> {
    if (sale === undefined) {
      // First, because `reconcile` handles a turn that is still open.
      await this.storage.removeItem(waitingKey(taskId));
      await this.storage.removeItem(turnKey(taskId));
    } else if (sale.phase === 'waiting') {
      await this.storage.setItem(waitingKey(taskId), JSON.stringify(sale));
      // Allows the next message of the task.
      await this.storage.removeItem(turnKey(taskId));
    } else {
      await this.storage.setItem(turnKey(taskId), JSON.stringify(sale));
    }
  }

  /** The current turn of a task. */
  async turn(taskId: string): Promise<OpenSale | undefined> {
    return readSale(await this.storage.getItem(turnKey(taskId)));
  }

  /** The payment of a task that waits for input. */
  async waiting(taskId: string): Promise<OpenSale | undefined> {
    return readSale(await this.storage.getItem(waitingKey(taskId)));
  }

  /** Decides how a task ends. The first call decides. */
  async end(taskId: string, end: SaleEnd): Promise<SaleEnd> {
    const value = JSON.stringify(end);
    if (await this.storage.setItemIfAbsent(endKey(taskId), value, { ttlMs: endedMs })) return end;
    const ended = await this.ended(taskId);
    // If the decision cannot be read, nothing is charged.
    return ended ?? 'canceled';
  }

  async ended(taskId: string): Promise<SaleEnd | undefined> {
    return saleEndSchema.safeParse(parseStored(await this.storage.getItem(endKey(taskId)))).data;
  }

  /** Reverts a cancel that the agent refused. */
  async goOn(taskId: string): Promise<void> {
    await this.storage.removeItemIfEqual(endKey(taskId), JSON.stringify('canceled'));
  }

  /** Marks a turn as still running. */
  async beat(taskId: string): Promise<void> {
    await this.storage.setItemIfAbsent(beatKey(taskId, Date.now()), '1', { ttlMs: hourMs });
  }

  /** Whether a turn was marked in the last twenty minutes. */
  async isAlive(taskId: string): Promise<boolean> {
    for (const ago of [0, 1, 2]) {
      const key = beatKey(taskId, Date.now() - ago * beatMs);
      if ((await this.storage.getItem(key)) != null) return true;
    }
    return false;
  }

  async owe(owed: OwedSale): Promise<void> {
    await this.storage.setItem(`${owedPrefix}${owed.sale}`, JSON.stringify(owed));
  }

  async paid({ sale }: OwedSale): Promise<void> {
    await this.storage.removeItem(`${owedPrefix}${sale}`);
  }

  /** All payments of tasks that have not ended, with their task ids. */
  async *open(): AsyncIterable<{ taskId: string; sale: OpenSale }> {
    for (const prefix of [turnPrefix, waitingPrefix]) {
      for (const key of await this.keys(prefix)) {
        const sale = readSale(await this.storage.getItem(key));
        const taskId = decodeURIComponent(key.slice(prefix.length));
        if (sale !== undefined) yield { taskId, sale };
      }
    }
  }

  async *owed(): AsyncIterable<OwedSale> {
    for (const key of await this.keys(owedPrefix)) {
      const owed = owedSaleSchema.safeParse(parseStored(await this.storage.getItem(key))).data;
      if (owed !== undefined) yield owed;
    }
  }

  private async keys(prefix: string): Promise<string[]> {
    return (await this.storage.getKeys(prefix)).filter((key) => key.startsWith(prefix));
  }
}

const turnPrefix = 'a2a-sale-turn:';
const waitingPrefix = 'a2a-sale-waiting:';
const owedPrefix = 'a2a-sale-owed:';

// Clients choose the ids of follow-ups, and storages nest keys by `:`.
const turnKey = (taskId: string) => `${turnPrefix}${encodeURIComponent(taskId)}`;
// A digest of fixed length, whatever the length of the client's data.
const paymentKey = (rail: string, sale: string) => `a2a-payment:${rail}:${sale}`;
const beatKey = (taskId: string, time: number) =>
  `a2a-sale-alive:${encodeURIComponent(taskId)}:${Math.floor(time / beatMs)}`;
const endKey = (taskId: string) => `a2a-sale-end:${encodeURIComponent(taskId)}`;
const waitingKey = (taskId: string) => `${waitingPrefix}${encodeURIComponent(taskId)}`;

function readSale(stored: unknown): OpenSale | undefined {
  return openSaleSchema.safeParse(parseStored(stored)).data;
}
