import type { AtomicStorage } from '../internal/atomic-storage';

/**
 * Stores which task an escrow pays for, so that one escrow cannot pay for two tasks.
 *
 * `storedEscrowBindings` is for several processes that serve one agent.
 */
export interface EscrowBindings {
  /**
   * Binds the escrow to the task unless it is already bound, atomically.
   *
   * @returns the task that the escrow is now bound to. The binding may be removed after `expiresAt`.
   */
  bind(escrowId: string, taskId: string, expiresAt: Date): Promise<string> | string;
}

/** Bindings in this process's memory. */
export function memoryEscrowBindings(now: () => Date = () => new Date()): EscrowBindings {
  const bindings = new Map<string, { taskId: string; expiresAt: Date }>();
  let sweepAt = minSweepSize;

  return {
    bind(escrowId, taskId, expiresAt) {
      const time = now();
      const known = bindings.get(escrowId);
      if (known !== undefined && known.expiresAt > time) {
        return known.taskId;
      }
      if (bindings.size >= sweepAt) {
        for (const [id, binding] of bindings) {
          if (binding.expiresAt <= time) {
            bindings.delete(id);
          }
        }
        // The next sweep starts at twice the size, so the amortized cost of a binding is constant.
        sweepAt = Math.max(minSweepSize, 2 * bindings.size);
      }
      bindings.set(escrowId, { taskId, expiresAt });
      return taskId;
    },
  };
}

/**
 * Bindings in a storage shared by several machines. An entry is kept for an hour after its escrow expires,
 * because clocks of machines may differ.
 *
 * @example
 * ```ts
 * import { redisStorage } from 'ai-sdk-a2a-settlement/stores';
 * import { Redis } from 'ioredis';
 *
 * const bindings = storedEscrowBindings(redisStorage({ client: new Redis(url) }));
 * const verify = verifyEscrow({ exchangeUrl, apiKey, accountId, price: 5, bindings });
 * ```
 */
export function storedEscrowBindings(storage: AtomicStorage): EscrowBindings {
  return {
    async bind(escrowId, taskId, expiresAt) {
      const key = `a2a-escrow:${escrowId}`;
      const ttlMs = Math.max(0, expiresAt.getTime() - Date.now()) + 3_600_000;
      if (await storage.setItemIfAbsent(key, JSON.stringify(taskId), { ttlMs })) return taskId;
      const bound = await storage.getItem(key);
      if (typeof bound !== 'string')
        throw new Error(`The binding of escrow ${escrowId} is missing from the storage.`);
      // Some storages return values already parsed.
      return bound.startsWith('"') ? String(JSON.parse(bound)) : bound;
    },
  };
}

const minSweepSize = 1000;
