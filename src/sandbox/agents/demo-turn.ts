import { type Part, Role, TaskState } from '@a2a-js/sdk';
import { AgentEvent, type ExecutionEventBus, type RequestContext } from '@a2a-js/sdk/server';
import { delay } from '@ai-sdk/provider-utils';

/** One message to a demo agent, and the methods that answer it. */
export class DemoTurn {
  /** The text of the message. */
  readonly question: string;
  /** Whether the message answers a question of the agent. */
  readonly isFollowUp: boolean;
  private state = TaskState.TASK_STATE_SUBMITTED;

  constructor(
    private readonly request: RequestContext,
    private readonly bus: Pick<ExecutionEventBus, 'publish'>,
    private readonly signal: AbortSignal,
    private readonly delayMs: number,
  ) {
    this.question = request.userMessage.parts
      .map(({ content }) => (content?.$case === 'text' ? content.value : ''))
      .join('\n');
    this.isFollowUp = request.task !== undefined;
  }

  /** Whether the agent waits for the caller's answer. */
  get isWaiting(): boolean {
    return this.state === TaskState.TASK_STATE_INPUT_REQUIRED;
  }

  /** Opens the turn; the first event of every turn must be the task itself. */
  open(metadata: Record<string, unknown> = {}): void {
    const { task, taskId, contextId, userMessage } = this.request;
    this.bus.publish(
      AgentEvent.task({
        ...(task ?? { id: taskId, contextId, artifacts: [], history: [userMessage] }),
        metadata: { ...task?.metadata, ...metadata },
        status: this.status(TaskState.TASK_STATE_SUBMITTED),
      }),
    );
  }

  /** Waits for a number of the agent's delays. Throws if the task is canceled meanwhile. */
  async pause(delays = 1): Promise<void> {
    await delay(delays * this.delayMs, { abortSignal: this.signal });
  }

  /** Publishes a status. Completed, failed, rejected, canceled and input-required end the turn. */
  say(state: TaskState, text?: string): void {
    this.state = state;
    const { taskId, contextId } = this.request;
    this.bus.publish(
      AgentEvent.statusUpdate({
        taskId,
        contextId,
        status: this.status(state, text),
        metadata: {},
      }),
    );
  }

  /** Publishes a piece of an answer, or a whole one. */
  deliver({
    artifactId = 'answer',
    name,
    part,
    append = false,
    lastChunk = true,
  }: {
    artifactId?: string;
    name: string;
    part: Part;
    append?: boolean;
    lastChunk?: boolean;
  }): void {
    const { taskId, contextId } = this.request;
    this.bus.publish(
      AgentEvent.artifactUpdate({
        taskId,
        contextId,
        artifact: {
          artifactId,
          name,
          description: '',
          parts: [part],
          metadata: undefined,
          extensions: [],
        },
        append,
        lastChunk,
        metadata: {},
      }),
    );
  }

  private status(state: TaskState, text?: string) {
    const { taskId, contextId } = this.request;
    return {
      state,
      timestamp: new Date().toISOString(),
      message:
        text === undefined
          ? undefined
          : {
              messageId: crypto.randomUUID(),
              taskId,
              contextId,
              role: Role.ROLE_AGENT,
              parts: [textPart(text)],
              metadata: undefined,
              extensions: [],
              referenceTaskIds: [],
            },
    };
  }
}

export function textPart(text: string): Part {
  return {
    content: { $case: 'text', value: text },
    mediaType: 'text/plain',
    filename: '',
    metadata: undefined,
  };
}
