import { type Message, type Part, Role, TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  type AgentExecutor,
  type ExecutionEventBus,
  type RequestContext,
} from '@a2a-js/sdk/server';

/** One thing that the agent does in a turn. */
type Step =
  | { state: TaskState; text?: string }
  | { artifact: Part; append?: boolean; lastChunk?: boolean }
  | { message: string }
  /** Waits for the test. */
  | 'hold';

const work: Step = { state: TaskState.TASK_STATE_WORKING };
const done: Step = { state: TaskState.TASK_STATE_COMPLETED };
const ask: Step = { state: TaskState.TASK_STATE_INPUT_REQUIRED };

/**
 * What the agent does, by how the id of the message begins: the scenarios of the official TCK, 1.0 and 0.3.
 * The first that fits counts.
 */
const scenarios: [prefix: string, steps: Step[]][] = [
  ['tck-complete-task', [{ ...done, text: 'Hello from TCK' }]],
  ['tck-artifact-text', [{ artifact: text('Generated text content') }, done]],
  ['tck-artifact-file-url', [{ artifact: file('https://example.com/output.txt') }, done]],
  ['tck-artifact-file', [{ artifact: file(new TextEncoder().encode('tck')) }, done]],
  ['tck-artifact-data', [{ artifact: data({ key: 'value', count: 42 }) }, done]],
  ['tck-message-response', [{ message: 'Direct message response' }]],
  ['tck-input-required', [ask]],
  ['tck-reject-task', [{ state: TaskState.TASK_STATE_REJECTED, text: 'rejected' }]],
  ['tck-fail-task', [{ state: TaskState.TASK_STATE_FAILED, text: 'failed' }]],
  ['tck-stream-001', [work, { artifact: text('Stream hello from TCK') }, done]],
  ['tck-stream-002', [done]],
  ['tck-stream-003', [work, { artifact: text('Stream task lifecycle') }, done]],
  ['tck-stream-ordering-001', [work, { artifact: text('Ordered output') }, done]],
  ['tck-stream-artifact-text', [work, { artifact: text('Streamed text content') }, done]],
  ['tck-stream-artifact-file', [work, { artifact: file(new TextEncoder().encode('tck')) }, done]],
  [
    'tck-stream-artifact-chunked',
    [
      work,
      { artifact: text('chunk-1 '), lastChunk: false },
      { artifact: text('chunk-2'), append: true },
      done,
    ],
  ],
  ['test-resubscribe-message-id', [work, 'hold', done]],
  ['tck-', [{ ...done, text: 'Hello from TCK' }]],
  // The TCK of 0.3 expects this task to be worked on after the answer, and all others to stay open.
  ['test-state-message-id', [work]],
  ['', [ask]],
];

/**
 * An agent that plays the scenarios of the A2A Technology Compatibility Kit.
 *
 * @param hold waited for where a scenario takes its time, with the id of the message.
 */
export function tckAgent(hold: (messageId: string) => Promise<void>): AgentExecutor {
  const contexts = new Map<string, string>();

  return {
    async execute(request, bus) {
      const { contextId, taskId, userMessage } = request;
      const { messageId } = userMessage;
      const steps = scenarios.find(([prefix]) => messageId.startsWith(prefix))?.[1] ?? [];
      contexts.set(taskId, contextId);
      if (!steps.some((step) => step !== 'hold' && 'message' in step)) open(request, bus);
      for (const step of steps) {
        if (step === 'hold') await hold(messageId);
        else publish(step, request, bus);
      }
      bus.finished();
    },

    async cancelTask(taskId, bus) {
      const step = { state: TaskState.TASK_STATE_CANCELED };
      publish(step, { taskId, contextId: contexts.get(taskId) ?? '' }, bus);
      bus.finished();
    },
  };
}

function open({ contextId, task, taskId, userMessage }: RequestContext, bus: ExecutionEventBus) {
  bus.publish(
    AgentEvent.task({
      metadata: undefined,
      ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
      status: {
        state: TaskState.TASK_STATE_SUBMITTED,
        message: undefined,
        timestamp: new Date().toISOString(),
      },
    }),
  );
}

function publish(
  step: Exclude<Step, 'hold'>,
  { contextId, taskId }: Pick<RequestContext, 'contextId' | 'taskId'>,
  bus: ExecutionEventBus,
): void {
  const say = (said: string, task = taskId): Message => ({
    messageId: crypto.randomUUID(),
    contextId,
    taskId: task,
    role: Role.ROLE_AGENT,
    parts: [text(said)],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  });
  if ('message' in step) {
    bus.publish(AgentEvent.message(say(step.message, '')));
  } else if ('artifact' in step) {
    const { append = false, artifact, lastChunk = true } = step;
    bus.publish(
      AgentEvent.artifactUpdate({
        taskId,
        contextId,
        artifact: {
          artifactId: 'answer',
          name: 'Answer',
          description: '',
          parts: [artifact],
          metadata: undefined,
          extensions: [],
        },
        append,
        lastChunk,
        metadata: undefined,
      }),
    );
  } else {
    bus.publish(
      AgentEvent.statusUpdate({
        taskId,
        contextId,
        status: {
          state: step.state,
          message: step.text === undefined ? undefined : say(step.text),
          timestamp: new Date().toISOString(),
        },
        metadata: undefined,
      }),
    );
  }
}

function text(value: string): Part {
  return part({ $case: 'text', value }, 'text/plain');
}

function file(value: Uint8Array | string): Part {
  const content: Part['content'] =
    typeof value === 'string'
      ? { $case: 'url', value }
      : { $case: 'raw', value: Buffer.from(value) };
  return { ...part(content, 'text/plain'), filename: 'output.txt' };
}

function data(value: object): Part {
  return part({ $case: 'data', value }, 'application/json');
}

function part(content: Part['content'], mediaType: string): Part {
  return { content, mediaType, filename: '', metadata: undefined };
}
