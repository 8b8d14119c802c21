import type { JSONObject } from '@ai-sdk/provider';
import { X402_METADATA } from '../../rails/nevermined/schemas';
import { type Payment, type SellerBackend, settle } from './payment-gate';
import type { AgentStep, TaskState, WireMessage, WireTask } from './wire-types';

export function newTask(message: WireMessage): WireTask {
  const id = message.taskId ?? crypto.randomUUID();
  const contextId = message.contextId ?? crypto.randomUUID();
  return {
    kind: 'task',
    id,
    contextId,
    status: { state: 'submitted', timestamp: new Date().toISOString() },
    // Contains everything that the caller attached, including the credential, as in the real server.
    history: [{ ...message, taskId: id, contextId }],
    artifacts: [],
  };
}

/** The stream event of a step, which is also applied to the task. */
export function applyStep(task: WireTask, step: AgentStep): JSONObject {
  const ids = { taskId: task.id, contextId: task.contextId };
  switch (step.step) {
    case 'text': {
      const part = { kind: 'text', text: step.text };
      const [artifact] = task.artifacts;
      if (artifact === undefined) task.artifacts.push({ artifactId: 'answer', parts: [part] });
      else artifact.parts.push(part);
      return {
        kind: 'artifact-update',
        ...ids,
        artifact: { artifactId: 'answer', parts: [part] },
        append: artifact !== undefined,
        lastChunk: false,
      };
    }
    case 'working':
      setStatus(task, 'working', step.text);
      return { kind: 'status-update', ...ids, status: asJson(task.status), final: false };
    case 'end':
      setStatus(task, step.state, step.text);
      if (step.metadata) task.metadata = { ...task.metadata, ...step.metadata };
      return {
        kind: 'status-update',
        ...ids,
        status: asJson(task.status),
        final: true,
        ...(step.metadata && { metadata: step.metadata }),
      };
    case 'task':
      setStatus(task, step.state);
      return asJson(task);
    case 'message':
      return asJson(agentMessage(task, step.text));
  }
}

export function setStatus(task: WireTask, state: TaskState, text?: string): void {
  task.status = {
    state,
    timestamp: new Date().toISOString(),
    ...(text !== undefined && { message: agentMessage(task, text) }),
  };
}

/** A copy: a sent event must not change when the task does. */
export function asJson(value: object): JSONObject {
  return JSON.parse(JSON.stringify(value));
}

/** Adds the payment's state to the status, as a2a-x402 specifies. */
export function stampPayment(task: WireTask, metadata: JSONObject, text: string): void {
  const message = task.status.message ?? agentMessage(task, text);
  task.status.message = { ...message, metadata: { ...message.metadata, ...metadata } };
}

/**
 * Redeems the amount that the agent reports: before the final response to a send, after the end of a stream.
 * Failures are handled as in the real server, including unpaid deliveries.
 */
export async function capture({
  task,
  step,
  payment,
  useBatch = false,
  backend,
  isStream,
}: {
  task: WireTask;
  step: AgentStep;
  payment: Payment | undefined;
  useBatch?: boolean | undefined;
  backend: SellerBackend;
  isStream: boolean;
}): Promise<void> {
  const isEnd = step.step === 'end' && (isStream || terminal.has(step.state));
  const used = isEnd ? step.metadata?.['creditsUsed'] : undefined;
  if (payment === undefined || (typeof used !== 'string' && typeof used !== 'number')) return;
  if (useBatch) {
    const deferred = {
      [X402_METADATA.status]: 'payment-verified',
      [X402_METADATA.settlement]: 'deferred',
    };
    if (payment.isInBand) stampPayment(task, deferred, 'Payment verified.');
    return;
  }
  try {
    const receipt = await settle(payment, BigInt(used), backend);
    if (!isStream) {
      const { transaction = '' } = receipt;
      task.metadata = { ...task.metadata, txHash: transaction, creditsCharged: Number(used) };
    }
    if (!payment.isInBand) return;
    if (receipt['success'] === true) {
      const paid = {
        [X402_METADATA.status]: 'payment-completed',
        [X402_METADATA.receipts]: [receipt],
      };
      stampPayment(task, paid, 'Payment completed.');
    } else {
      stampPayment(task, failure(String(receipt['errorReason'])), 'Payment failed.');
    }
  } catch (error) {
    // With a header, and for a value that is not a whole number, the content is delivered without payment.
    if (!payment.isInBand || error instanceof SyntaxError || error instanceof RangeError) return;
    const reason = error instanceof Error ? error.message : 'unknown';
    setStatus(task, 'failed', 'Payment settlement failed.');
    if (!isStream) task.artifacts = [];
    stampPayment(task, failure(reason), 'Payment failed.');
  }
}

/** A send is settled in these states only, a stream in any state that ends it. */
const terminal = new Set<TaskState>(['completed', 'failed', 'canceled', 'rejected']);

function failure(reason: string): JSONObject {
  return { [X402_METADATA.status]: 'payment-failed', [X402_METADATA.error]: reason };
}

function agentMessage({ id, contextId }: WireTask, text: string): WireMessage {
  return {
    kind: 'message',
    messageId: crypto.randomUUID(),
    role: 'agent',
    taskId: id,
    contextId,
    parts: [{ kind: 'text', text }],
  };
}
