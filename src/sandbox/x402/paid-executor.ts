import { Role, TaskState, type TaskStatusUpdateEvent } from '@a2a-js/sdk';
import {
  type AgentExecutionEvent,
  AgentEvent,
  type AgentExecutor,
  type RequestContext,
} from '@a2a-js/sdk/server';
import {
  eip3009PayloadSchema,
  X402_EXTENSION_URIS,
  X402_METADATA,
  type X402Requirements,
} from '../../rails/x402/schemas';
import type { DemoAgent } from '../agents/demo-agent';
import { DemoTurn, textPart } from '../agents/demo-turn';
import type { Facilitator } from './create-facilitator';

/**
 * Runs a demo agent that is paid by a2a-x402: it asks for the payment, verifies it before the work, and settles
 * it before it reports completion. A payment pays for one task only.
 */
export function paidExecutor({
  agent,
  delayMs,
  facilitator,
  offer,
  url,
}: {
  agent: DemoAgent;
  delayMs: number;
  facilitator: Facilitator;
  offer: X402Requirements;
  url: string;
}): AgentExecutor & { close: () => void } {
  const running = new Map<string, { request: RequestContext; controller: AbortController }>();
  const bound = new Set<string>();

  return {
    async execute(request, bus) {
      const { taskId } = request;
      const controller = new AbortController();
      running.set(taskId, { request, controller });
      let end: AgentExecutionEvent | undefined;
      const gate = {
        // The final event waits for the payment.
        publish: (event: AgentExecutionEvent) => {
          if (isCompletion(event)) end = event;
          else bus.publish(event);
        },
      };
      const turn = new DemoTurn(request, gate, controller.signal, delayMs);
      const say = (
        state: TaskState,
        said: string | undefined,
        metadata: Record<string, unknown>,
      ) => {
        running.delete(taskId);
        bus.publish(AgentEvent.statusUpdate(statusUpdate(request, state, said, metadata)));
      };
      const refuse = (reason: string) =>
        say(TaskState.TASK_STATE_FAILED, `Payment refused: ${reason}`, {
          [X402_METADATA.status]: 'payment-failed',
          [X402_METADATA.error]: reason,
          [X402_METADATA.receipts]: [],
        });

      turn.open();
      activateExtensions(request);
      const payment: unknown = request.userMessage.metadata?.[X402_METADATA.payload];
      if (payment === undefined) {
        return say(TaskState.TASK_STATE_INPUT_REQUIRED, 'This agent is paid by x402.', {
          [X402_METADATA.status]: 'payment-required',
          [X402_METADATA.required]: { x402Version: 2, resource: { url }, accepts: [offer] },
        });
      }
      const id = nonceOf(payment);
      if (id !== undefined && bound.has(id)) return refuse('DUPLICATE_NONCE');
      if (id !== undefined) bound.add(id);
      const { isValid, ...verdict } = await facilitator.verify(payment, offer);
      if (!isValid) return refuse('invalidReason' in verdict ? verdict.invalidReason : 'invalid');
      try {
        await agent.work(turn);
      } catch (error) {
        if (controller.signal.aborted) return;
        throw error;
      }
      if (end === undefined) return;
      const settled = await facilitator.settle(payment, offer);
      if (!settled.success) return refuse(settled.errorReason);
      say(TaskState.TASK_STATE_COMPLETED, undefined, {
        [X402_METADATA.status]: 'payment-completed',
        [X402_METADATA.receipts]: [settled],
      });
    },

    async cancelTask(taskId, bus) {
      const task = running.get(taskId);
      running.delete(taskId);
      if (task === undefined) return;
      task.controller.abort();
      const state = TaskState.TASK_STATE_CANCELED;
      bus.publish(
        AgentEvent.statusUpdate(statusUpdate(task.request, state, 'Canceled as asked.', {})),
      );
    },

    close() {
      for (const { controller } of running.values()) controller.abort();
      running.clear();
    },
  };
}

function isCompletion(event: AgentExecutionEvent): boolean {
  return (
    event.kind === 'statusUpdate' && event.data.status?.state === TaskState.TASK_STATE_COMPLETED
  );
}

function nonceOf(payment: unknown): string | undefined {
  const payload: unknown = Reflect.get(Object(payment), 'payload');
  const signed = eip3009PayloadSchema.safeParse(payload).data?.authorization;
  return signed && `${signed.from}:${signed.nonce}`.toLowerCase();
}

function activateExtensions({ context }: RequestContext): void {
  for (const uri of X402_EXTENSION_URIS) {
    if (context.requestedExtensions?.includes(uri)) context.addActivatedExtension(uri);
  }
}

function statusUpdate(
  { contextId, taskId }: RequestContext,
  state: TaskState,
  said: string | undefined,
  metadata: Record<string, unknown>,
): TaskStatusUpdateEvent {
  const message = {
    messageId: crypto.randomUUID(),
    taskId,
    contextId,
    role: Role.ROLE_AGENT,
    parts: said === undefined ? [] : [textPart(said)],
    metadata,
    extensions: [],
    referenceTaskIds: [],
  };
  const status = { state, timestamp: new Date().toISOString(), message };
  return { taskId, contextId, status, metadata: {} };
}
