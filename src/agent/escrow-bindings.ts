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

  return {
    bind(escrowId, taskId, expiresAt) {
      for (const [id, binding] of bindings) {
        if (binding.expiresAt <= now()) {
          bindings.delete(id);
        }
      }
      const binding = bindings.get(escrowId) ?? { taskId, expiresAt };
      bindings.set(escrowId, binding);
      return binding.taskId;
    },
  };
}
