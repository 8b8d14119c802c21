import type { JSONObject } from '@ai-sdk/provider';
import { z } from 'zod/v4';
import type { AtomicStorage } from '../../internal/atomic-storage';
import type { PaymentClaim } from './accepted-payment';

/** Milliseconds by which the clocks of machines may differ. */
const skewMs = 3_600_000;
/** Milliseconds for which a payment that says it is good for longer is remembered at most. */
const mostMs = 400 * 86_400_000;

const keptSchema = z.object({ rail: z.string(), payment: z.record(z.string(), z.json()) });

/** What one agent was paid with, on all its machines. */
export class SaleRecords {
  private readonly storage: AtomicStorage;

  constructor(storage: AtomicStorage) {
    this.storage = storage;
  }

  /** Whether a payment is for this work: it is the first that shows it, or the same again. */
  async bind(
    rail: string,
    { expiresAt, id }: Pick<PaymentClaim, 'expiresAt' | 'id'>,
    work: string,
  ): Promise<boolean> {
    const key = `a2a-payment:${rail}:${id}`;
    const value = JSON.stringify(work);
    if (await this.storage.setItemIfAbsent(key, value, { ttlMs: leftMs(expiresAt) })) return true;
    // Some storages parse what they hold. One that has just let go of it says no.
    const bound = await this.storage.getItem(key);
    return bound === value || bound === work;
  }

  /** What the next message of a task is paid by. */
  async keep(
    taskId: string,
    kept: { rail: string; payment: JSONObject },
    expiresAt: Date,
  ): Promise<void> {
    const key = `a2a-sale:${taskId}`;
    await this.storage.removeItem(key);
    await this.storage.setItemIfAbsent(key, JSON.stringify(kept), { ttlMs: leftMs(expiresAt) });
  }

  async kept(taskId: string): Promise<z.output<typeof keptSchema> | undefined> {
    const stored = await this.storage.getItem(`a2a-sale:${taskId}`);
    const value: unknown = typeof stored === 'string' ? JSON.parse(stored) : stored;
    return keptSchema.safeParse(value).data;
  }

  async forget(taskId: string): Promise<void> {
    await this.storage.removeItem(`a2a-sale:${taskId}`);
  }
}

function leftMs(expiresAt: Date): number {
  const left = expiresAt.getTime() - Date.now();
  return Math.min(Math.max(0, Number.isNaN(left) ? mostMs : left) + skewMs, mostMs);
}
