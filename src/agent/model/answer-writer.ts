import { type Message, Part, Role, TaskState } from '@a2a-js/sdk';
import { AgentEvent, type ExecutionEventBus, type RequestContext } from '@a2a-js/sdk/server';
import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import type { LanguageModelUsage, ModelMessage, TextStreamPart, ToolSet } from 'ai';

/** A tool that waits to be approved. */
interface Approval {
  approvalId: string;
  toolName: string;
  input: unknown;
}

/** Puts what an agent of the AI SDK streams into the events of a task. */
export class AnswerWriter {
  readonly approvals: Approval[] = [];
  failure: { error: unknown } | undefined;
  usage: LanguageModelUsage | undefined;
  private readonly request: RequestContext;
  private readonly bus: ExecutionEventBus;
  private readonly wantsJson: boolean;
  private text = '';
  private artifact: string | undefined;
  private artifacts = 0;
  private thought = '';

  constructor(
    request: RequestContext,
    bus: ExecutionEventBus,
    { wantsJson }: { wantsJson: boolean },
  ) {
    this.request = request;
    this.bus = bus;
    this.wantsJson = wantsJson;
  }

  /** Every message is answered with its task first. */
  open(): void {
    const { contextId, task, taskId, userMessage } = this.request;
    const begun = { id: taskId, contextId, artifacts: [], history: [userMessage], metadata: {} };
    const status = this.status(TaskState.TASK_STATE_WORKING);
    this.bus.publish(AgentEvent.task({ ...(task ?? begun), status }));
  }

  add(part: TextStreamPart<ToolSet>): void {
    switch (part.type) {
      case 'text-start':
        this.artifact = undefined;
        break;
      case 'text-delta':
        this.text += part.text;
        if (!this.wantsJson && part.text !== '') this.append(part.text);
        break;
      case 'reasoning-delta':
        this.thought += part.text;
        break;
      case 'reasoning-end':
        this.think();
        break;
      case 'file':
        this.publishArtifact(
          Part.fromJSON({ raw: part.file.base64, mediaType: part.file.mediaType }),
        );
        break;
      case 'tool-approval-request': {
        const { approvalId, toolCall } = part;
        const { input, toolName } = toolCall;
        this.approvals.push({ approvalId, toolName, input });
        break;
      }
      case 'error':
        this.failure = { error: part.error };
        break;
      case 'finish':
        this.usage = part.totalUsage;
        break;
      default:
        break;
    }
  }

  /** What a conversation knows of this answer, where whoever gave it does not say. */
  messages(): ModelMessage[] {
    return this.text === '' ? [] : [{ role: 'assistant', content: this.text }];
  }

  askForApproval(): void {
    const names = [...new Set(this.approvals.map(({ toolName }) => toolName))].join(', ');
    const approvals = toJson(this.approvals);
    this.say(TaskState.TASK_STATE_INPUT_REQUIRED, [
      textPart(`May it run ${names}? Answer yes or no.`),
      dataPart({ approvals }),
    ]);
  }

  end(state: TaskState, metadata: JSONObject = {}): void {
    if (state === TaskState.TASK_STATE_COMPLETED && this.wantsJson && this.text !== '') {
      this.publishArtifact(jsonPart(this.text));
    }
    const usage = this.usage === undefined ? {} : { usage: usageOf(this.usage) };
    const failed = state === TaskState.TASK_STATE_FAILED ? [textPart('The agent failed.')] : [];
    this.say(state, failed, { ...usage, ...metadata });
  }

  private append(text: string): void {
    const isFirst = this.artifact === undefined;
    this.artifact ??= `text-${++this.artifacts}`;
    const { contextId, taskId } = this.request;
    this.bus.publish(
      AgentEvent.artifactUpdate({
        taskId,
        contextId,
        artifact: artifactOf(this.artifact, textPart(text)),
        append: !isFirst,
        lastChunk: false,
        metadata: undefined,
      }),
    );
  }

  private publishArtifact(part: Part): void {
    const { contextId, taskId } = this.request;
    this.bus.publish(
      AgentEvent.artifactUpdate({
        taskId,
        contextId,
        artifact: artifactOf(`part-${++this.artifacts}`, part),
        append: false,
        lastChunk: true,
        metadata: undefined,
      }),
    );
  }

  private think(): void {
    const { thought } = this;
    this.thought = '';
    if (thought === '') return;
    this.say(TaskState.TASK_STATE_WORKING, [{ ...textPart(thought), metadata: { thought: true } }]);
  }

  private say(state: TaskState, parts: Part[], metadata: JSONObject = {}): void {
    const { contextId, taskId } = this.request;
    const status = this.status(state, parts.length === 0 ? undefined : this.message(parts));
    this.bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status, metadata }));
  }

  private status(state: TaskState, message?: Message) {
    return { state, timestamp: new Date().toISOString(), message };
  }

  private message(parts: Part[]): Message {
    const { contextId, taskId } = this.request;
    return {
      messageId: crypto.randomUUID(),
      taskId,
      contextId,
      role: Role.ROLE_AGENT,
      parts,
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
    };
  }
}

function artifactOf(artifactId: string, part: Part) {
  return {
    artifactId,
    name: '',
    description: '',
    parts: [part],
    metadata: undefined,
    extensions: [],
  };
}

function textPart(value: string): Part {
  return partOf({ $case: 'text', value }, 'text/plain');
}

function dataPart(value: JSONValue): Part {
  return partOf({ $case: 'data', value }, 'application/json');
}

function partOf(content: Part['content'], mediaType: string): Part {
  return { content, mediaType, filename: '', metadata: undefined };
}

/** A model may say something else than JSON. */
function jsonPart(text: string): Part {
  try {
    return dataPart(JSON.parse(text));
  } catch {
    return textPart(text);
  }
}

function toJson(value: unknown): JSONValue {
  return JSON.parse(JSON.stringify(value ?? null));
}

/** In the names that agents report their usage in. */
function usageOf({ inputTokens, outputTokens, totalTokens }: LanguageModelUsage): JSONObject {
  return JSON.parse(JSON.stringify({ inputTokens, outputTokens, totalTokens }));
}
