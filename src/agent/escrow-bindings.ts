/**
 * Remembers which task an escrow pays for, so that one escrow cannot pay for two.
 *
 * Give an implementation on shared storage when several processes serve one agent.
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

const minSweepSize = 1000;
