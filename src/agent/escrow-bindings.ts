import type { AtomicStorage } from '../internal/atomic-storage';

/**
 * Remembers which task an escrow pays for, so that one escrow cannot pay for two.
 *
 * `storedEscrowBindings` is for several processes that serve one agent.
 */
export interface EscrowBindings {
  /**
   * Binds the escrow to the task unless it is bound already, atomically.
   *
   * @returns the task the escrow is bound to now. It may be forgotten after `expiresAt`.
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
        // Walked through again when there are twice as many: each binding costs a few steps in all.
        sweepAt = Math.max(minSweepSize, 2 * bindings.size);
      }
      bindings.set(escrowId, { taskId, expiresAt });
      return taskId;
    },
  };
}

/**
 * Bindings in a storage that several machines share. An entry outlives its escrow by an hour, since
 * the clocks of machines may differ.
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
      if (typeof bound !== 'string') throw new Error(`The binding of escrow ${escrowId} is gone.`);
      // Some storages parse what they hold.
      return bound.startsWith('"') ? String(JSON.parse(bound)) : bound;
    },
  };
}

const minSweepSize = 1000;
