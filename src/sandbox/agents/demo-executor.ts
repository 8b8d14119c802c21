import { TaskState } from '@a2a-js/sdk';
import type { AgentExecutor, RequestContext } from '@a2a-js/sdk/server';
import type { EscrowVerdict, PaidMessage } from '../../agent';
import { SETTLEMENT_EXTENSION_URI, SETTLEMENT_METADATA_KEY } from '../../rails/exchange/schemas';
import type { DemoAgent } from './demo-agent';
import { DemoTurn } from './demo-turn';

/**
 * Runs a demo agent: verifies the escrow of a message before any work, and rejects the task if it is not valid.
 * A message without an escrow is processed unpaid, unless payment is required.
 */
export function demoExecutor({
  agent,
  verify,
  required,
  delayMs,
}: {
  agent: DemoAgent;
  verify: (message: PaidMessage) => Promise<EscrowVerdict>;
  required: boolean;
  delayMs: number;
}): AgentExecutor & { close: () => void } {
  const running = new Map<string, { turn: DemoTurn; controller: AbortController }>();

  return {
    async execute(request, bus) {
      const controller = new AbortController();
      const turn = new DemoTurn(request, bus, controller.signal, delayMs);
      running.set(request.taskId, { turn, controller });

      const verdict = await verify(request.userMessage);
      turn.open(settlementMetadata(verdict));
      if (!verdict.verified && (required || verdict.reason !== 'missing')) {
        running.delete(request.taskId);
        turn.say(TaskState.TASK_STATE_REJECTED, `Payment refused: ${verdict.message}`);
        return;
      }
      activateExtension(request);

      try {
        await agent.work(turn);
      } catch (error) {
        if (!controller.signal.aborted) {
          throw error;
        }
      } finally {
        // A task that waits for input can still be canceled.
        if (!turn.isWaiting) {
          running.delete(request.taskId);
        }
      }
    },

    async cancelTask(taskId) {
      const task = running.get(taskId);
      running.delete(taskId);
      task?.controller.abort();
      task?.turn.say(TaskState.TASK_STATE_CANCELED, 'Canceled as asked.');
    },

    close() {
      for (const { controller } of running.values()) {
        controller.abort();
      }
      running.clear();
    },
  };
}

/** Reports to the client that its escrow is accepted (a2a-se, settlementStatus). */
function settlementMetadata(verdict: EscrowVerdict): Record<string, unknown> {
  return verdict.verified
    ? {
        [SETTLEMENT_METADATA_KEY]: {
          escrowId: verdict.escrow.escrowId,
          settlementStatus: 'acknowledged',
        },
      }
    : {};
}

function activateExtension({ context }: RequestContext): void {
  if (context.requestedExtensions?.includes(SETTLEMENT_EXTENSION_URI)) {
    context.addActivatedExtension(SETTLEMENT_EXTENSION_URI);
  }
}
