import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import { z } from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import type { PaymentClaim } from './accepted-payment';

/** Milliseconds between two signs of life of a turn. */
export const beatMs = 600_000;
const hourMs = 3_600_000;
/** Milliseconds for which a payment that says it is good for longer is remembered at most. */
const mostMs = 400 * 24 * hourMs;
/** Milliseconds for which is known how a task ended: its store knows it by then. */
const endedMs = 30 * 24 * hourMs;

const object = z.record(z.string(), z.json());

/** Whose a task is. */
export interface TaskOwner {
  tenant?: string | undefined;
  userName: string;
  isAuthenticated: boolean;
}

/** A payment that pays for a task which is not over. */
export interface OpenSale {
  /** Stands for the payment in the books. */
  sale: string;
  rail: string;
  owner?: TaskOwner | undefined;
  /** When the payment was first shown. This and all times: ISO 8601, UTC. */
  begunAt: string;
  /** Stands for the turn: the same only in what one process writes of it. */
  turn: string;
  /** When the turn began, or was looked after last. */
  turnAt: string;
  /** Until when it can be taken. */
  expiresAt: string;
  /** Until when what is locked can be taken, where the rail says so. */
  captureBy?: string | undefined;
  /** What the payment is read from again. A credential. */
  payment?: JSONObject | undefined;
  /** It was found good, and is in the books. */
  isVerified: boolean;
  /** The agent may show its work before it is paid. */
  isSecured: boolean;
  /**
   * - `working`: the agent works, or waits for its caller.
   * - `refunding`: it is to be given back, and could not be yet.
   * - `capturing`: the work is done and shown, and it is to be taken.
   */
  phase: 'working' | 'refunding' | 'capturing';
  /** What the work is worth, as the agent said. */
  used?: number | undefined;
  /** What the task costs: a decimal text. Known once it is verified. */
  amount?: string | undefined;
  currency?: string | undefined;
  /** What was made, and waits to be paid. */
  artifacts: readonly JSONValue[];
}

const saleSchema = z.object({
  sale: z.string(),
  rail: z.string(),
  owner: z
    .object({ tenant: z.string().optional(), userName: z.string(), isAuthenticated: z.boolean() })
    .optional(),
  begunAt: z.iso.datetime(),
  turn: z.string(),
  turnAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  captureBy: z.iso.datetime().optional(),
  payment: object.optional(),
  isVerified: z.boolean(),
  isSecured: z.boolean(),
  phase: z.enum(['working', 'refunding', 'capturing']),
  used: z.number().optional(),
  amount: z.string().optional(),
  currency: z.string().optional(),
  artifacts: z.array(z.json()),
}) satisfies z.ZodType<OpenSale>;

/** A payment whose payer has to release it yet. */
export interface OwedSale {
  sale: string;
  rail: string;
  begunAt: string;
  taskId: string;
  currency: string;
  owed: JSONObject;
}

const owedSchema = z.object({
  sale: z.string(),
  rail: z.string(),
  begunAt: z.iso.datetime(),
  taskId: z.string(),
  currency: z.string(),
  owed: object,
}) satisfies z.ZodType<OwedSale>;

/** How the sale of a task ends. `settling`: it is being taken, or was. */
export type SaleEnd = 'canceled' | 'settling';

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
    return z.string().safeParse(parse(await this.storage.getItem(key))).data === taskId;
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

  /** Notes what is known of the payment of a turn. */
  async update(taskId: string, sale: OpenSale): Promise<void> {
    await this.storage.setItem(turnKey(taskId), JSON.stringify(sale));
  }

  /** The turn that a task has now. */
  async turn(taskId: string): Promise<OpenSale | undefined> {
    return readSale(await this.storage.getItem(turnKey(taskId)));
  }

  /** Lets the next message of the task come, whose payment this is. */
  async wait(taskId: string, sale: OpenSale): Promise<void> {
    await this.storage.setItem(keptKey(taskId), JSON.stringify(sale));
    await this.storage.removeItem(turnKey(taskId));
  }

  /** The payment of a task that waits for its caller. */
  async kept(taskId: string): Promise<OpenSale | undefined> {
    return readSale(await this.storage.getItem(keptKey(taskId)));
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
    return endSchema.safeParse(parse(await this.storage.getItem(endKey(taskId)))).data;
  }

  /** Takes back a cancel that the agent refused. */
  async goOn(taskId: string): Promise<void> {
    await this.storage.removeItemIfEqual(endKey(taskId), JSON.stringify('canceled'));
  }

  /** Forgets the payment of a task that is over. */
  async close(taskId: string): Promise<void> {
    // First: a turn that is open is looked after by `reconcile`.
    await this.storage.removeItem(keptKey(taskId));
    await this.storage.removeItem(turnKey(taskId));
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
  async *open(): AsyncIterable<{ taskId: string; sale: OpenSale; isWaiting: boolean }> {
    for (const prefix of [turnPrefix, keptPrefix]) {
      for (const key of await this.keys(prefix)) {
        const sale = readSale(await this.storage.getItem(key));
        const taskId = decodeURIComponent(key.slice(prefix.length));
        if (sale !== undefined) yield { taskId, sale, isWaiting: prefix === keptPrefix };
      }
    }
  }

  async *owed(): AsyncIterable<OwedSale> {
    for (const key of await this.keys(owedPrefix)) {
      const owed = owedSchema.safeParse(parse(await this.storage.getItem(key))).data;
      if (owed !== undefined) yield owed;
    }
  }

  private async keys(prefix: string): Promise<string[]> {
    return (await this.storage.getKeys(prefix)).filter((key) => key.startsWith(prefix));
  }
}

const turnPrefix = 'a2a-sale-turn:';
const keptPrefix = 'a2a-sale-kept:';
const owedPrefix = 'a2a-sale-owed:';

// Callers choose the ids of their follow-ups: storages nest keys by `:`.
const turnKey = (taskId: string) => `${turnPrefix}${encodeURIComponent(taskId)}`;
// Of a length of its own, however long what a caller has named it is.
const paymentKey = (rail: string, sale: string) => `a2a-payment:${rail}:${sale}`;
const beatKey = (taskId: string, time: number) =>
  `a2a-sale-alive:${encodeURIComponent(taskId)}:${Math.floor(time / beatMs)}`;
const endKey = (taskId: string) => `a2a-sale-end:${encodeURIComponent(taskId)}`;
const keptKey = (taskId: string) => `${keptPrefix}${encodeURIComponent(taskId)}`;

const endSchema = z.enum(['canceled', 'settling']);

function readSale(stored: unknown): OpenSale | undefined {
  return saleSchema.safeParse(parse(stored)).data;
}

/** Some storages parse what they hold. */
function parse(stored: unknown): unknown {
  if (typeof stored !== 'string') return stored;
  try {
    return JSON.parse(stored);
  } catch {
    return stored;
  }
}
