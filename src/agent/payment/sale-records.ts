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

/** Milliseconds between two signs of life of a turn. */
export const beatMs = 600_000;
const hourMs = 3_600_000;
/** Milliseconds for which a payment that says it is good for longer is remembered at most. */
const mostMs = 400 * 24 * hourMs;
/** Milliseconds for which is known how a task ended: its store knows it by then. */
const endedMs = 30 * 24 * hourMs;

/**
 * What the machines of one agent know of its sales. A task has one turn at a time, and ends once: the
 * storage decides between machines.
 */
export class SaleRecords {
  private readonly storage: AtomicStorage;

  constructor(storage: AtomicStorage) {
    this.storage = storage;
  }

  /** Whether a payment is for this task: it is the first that shows it, or the same again. */
  async bind(
    { rail, sale }: Pick<OpenSale, 'rail' | 'sale'>,
    { expiresAt }: Pick<PaymentClaim, 'expiresAt'>,
    taskId: string,
  ): Promise<boolean> {
    const key = paymentKey(rail, sale);
    const left = expiresAt.getTime() - Date.now();
    // Clocks differ: it is remembered for an hour more than it can be shown.
    const ttlMs = Math.min(Math.max(0, Number.isNaN(left) ? mostMs : left) + hourMs, mostMs);
    if (await this.storage.setItemIfAbsent(key, JSON.stringify(taskId), { ttlMs })) return true;
    // One that has just let go of it says no.
    return z.string().safeParse(parseStored(await this.storage.getItem(key))).data === taskId;
  }

  /** Lets a payment go that was bound and is no good: it may pay for another task. */
  async unbind({ rail, sale }: Pick<OpenSale, 'rail' | 'sale'>, taskId: string): Promise<void> {
    await this.storage.removeItemIfEqual(paymentKey(rail, sale), JSON.stringify(taskId));
  }

  /** Takes the turn of a task. False: another one has it. */
  async begin(taskId: string, sale: OpenSale): Promise<boolean> {
    const key = turnKey(taskId);
    if (await this.storage.setItemIfAbsent(key, JSON.stringify(sale))) return true;
    // Whose first answer was lost is told no.
    return (await this.turn(taskId))?.turn === sale.turn;
  }

  /** Notes what a payment has come to. Undefined: its task is over, and it is forgotten. */
  async put(taskId: string, sale: OpenSale | undefined): Promise<void> {
    if (sale === undefined) {
      // First: a turn that is open is looked after by `reconcile`.
      await this.storage.removeItem(waitingKey(taskId));
      await this.storage.removeItem(turnKey(taskId));
    } else if (sale.phase === 'waiting') {
      await this.storage.setItem(waitingKey(taskId), JSON.stringify(sale));
      // Lets the next message of the task come.
      await this.storage.removeItem(turnKey(taskId));
    } else {
      await this.storage.setItem(turnKey(taskId), JSON.stringify(sale));
    }
  }

  /** The turn that a task has now. */
  async turn(taskId: string): Promise<OpenSale | undefined> {
    return readSale(await this.storage.getItem(turnKey(taskId)));
  }

  /** The payment of a task that waits for its caller. */
  async waiting(taskId: string): Promise<OpenSale | undefined> {
    return readSale(await this.storage.getItem(waitingKey(taskId)));
  }

  /** Decides how a task ends. Whoever was first has decided. */
  async end(taskId: string, end: SaleEnd): Promise<SaleEnd> {
    const value = JSON.stringify(end);
    if (await this.storage.setItemIfAbsent(endKey(taskId), value, { ttlMs: endedMs })) return end;
    const ended = await this.ended(taskId);
    // Nobody charges for what nobody can tell.
    return ended ?? 'canceled';
  }

  async ended(taskId: string): Promise<SaleEnd | undefined> {
    return saleEndSchema.safeParse(parseStored(await this.storage.getItem(endKey(taskId)))).data;
  }

  /** Takes back a cancel that the agent refused. */
  async goOn(taskId: string): Promise<void> {
    await this.storage.removeItemIfEqual(endKey(taskId), JSON.stringify('canceled'));
  }

  /** Says that a turn is worked on still. */
  async beat(taskId: string): Promise<void> {
    await this.storage.setItemIfAbsent(beatKey(taskId, Date.now()), '1', { ttlMs: hourMs });
  }

  /** Whether somebody has said so, in the last twenty minutes. */
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

  /** All payments that pay for tasks which are not over, with the ids of these. */
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

// Callers choose the ids of their follow-ups: storages nest keys by `:`.
const turnKey = (taskId: string) => `${turnPrefix}${encodeURIComponent(taskId)}`;
// Of a length of its own, however long what a caller has named it is.
const paymentKey = (rail: string, sale: string) => `a2a-payment:${rail}:${sale}`;
const beatKey = (taskId: string, time: number) =>
  `a2a-sale-alive:${encodeURIComponent(taskId)}:${Math.floor(time / beatMs)}`;
const endKey = (taskId: string) => `a2a-sale-end:${encodeURIComponent(taskId)}`;
const waitingKey = (taskId: string) => `${waitingPrefix}${encodeURIComponent(taskId)}`;

function readSale(stored: unknown): OpenSale | undefined {
  return openSaleSchema.safeParse(parseStored(stored)).data;
}
