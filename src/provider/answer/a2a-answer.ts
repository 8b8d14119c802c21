import { addWithoutPayments } from '../message/without-payments';
import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import type {
  A2AArtifact,
  A2AEvent,
  A2AMessage,
  A2ATask,
  A2ATaskStatus,
} from '../client/a2a-event';
import { isFailure, isPaused, isTerminal, type A2ATaskState } from '../client/task-state';
import { AnswerParts } from './answer-parts';
import { textOf } from './convert-from-a2a-part';
import { isJsonObject } from './json/is-json-object';
import { isForeign, isSpokenText, lastWordsOf } from './event-predicates';
import { joinArtifacts } from './join-artifacts';
import type { JsonReading } from './json/json-reading';
import { ProgressText } from './progress-text';
import { readAuthRequest } from './read-auth-request';
import { artifactKey, type ShownArtifact } from './read-shown-artifacts';

type StreamParts = LanguageModelV4StreamPart[];

/**
 * Converts one agent's answer, as it arrives, from A2A events to AI SDK stream parts.
 *
 * Whatever the order of events, and however often an agent repeats content (cumulative status texts, a final
 * snapshot of the whole task, a snapshot after a reconnect), each text and file is emitted once.
 */
export class A2AAnswer {
  contextId: string | undefined;
  taskId: string | undefined;
  messageId: string | undefined;
  state: A2ATaskState | 'message' | undefined;
  /** The metadata that the agent attached to the task, for usage and for the caller. */
  metadata: Record<string, unknown> | undefined;
  /** The status text of the final state. */
  statusText: string | undefined;

  /** The requested JSON, without surrounding prose. Known when the answer has ended. */
  jsonText: string | undefined;

  private readonly options: {
    agent: string;
    json?: JsonReading | undefined;
    showsProgress?: boolean;
    sentContextId?: string | undefined;
  };
  private parts: AnswerParts;
  private ending: A2AMessage | undefined;
  /** The message that the agent sends in pieces while its task is running. */
  private spoken: { messageId: string; isLast: boolean } | undefined;
  private readonly progress = new ProgressText();
  /**
   * The first artifact of each invocation, by each of its artifacts and by the invocation: Google's ADK mixes
   * up the artifacts of parallel calls, but not their invocations.
   */
  private readonly firstArtifacts = new Map<string, string>();

  constructor({
    shown,
    ...options
  }: {
    agent: string;
    /** The requested JSON shape: data parts become the JSON text. */
    json?: JsonReading | undefined;
    /** `false`: status messages of a running task are not part of the output. Default: `true`. */
    showsProgress?: boolean;
    /** The conversation that the message belonged to. */
    sentContextId?: string | undefined;
    /** The output of earlier answers of the continued task, by artifact id. */
    shown?: Map<string, ShownArtifact>;
  }) {
    this.options = options;
    this.parts = this.createParts(shown);
  }

  /** The task has ended, or waits for the caller. */
  get isOver(): boolean {
    return this.state === 'message' || isTerminal(this.state) || this.isPaused;
  }

  /** The agent waits for the caller. */
  get isPaused(): boolean {
    return isPaused(this.state);
  }

  /** The agent reported completion without any content. */
  get isBare(): boolean {
    return this.state === 'completed' && this.ending === undefined && !this.parts.hasShown;
  }

  /** Part of the answer has been emitted. */
  get hasShown(): boolean {
    return this.parts.hasShown;
  }

  get isFailure(): boolean {
    return isFailure(this.state);
  }

  /** The reported state was the state before this message. */
  reopen(): void {
    this.state = undefined;
    this.ending = undefined;
    this.statusText = undefined;
  }

  /** The stream is over: a message that nothing followed was the answer. */
  endSpoken(): void {
    if (this.spoken?.isLast === true && !this.isOver) this.state = 'message';
  }

  /** The events belong to a new task, not to the one that was to be continued: nothing of it was emitted. */
  beginAnew(): void {
    this.parts = this.createParts(undefined);
  }

  accept(event: A2AEvent): StreamParts {
    if (isForeign(event, this)) return [];
    if (this.spoken !== undefined) this.spoken.isLast = event.type === 'message';
    switch (event.type) {
      case 'message':
        return this.acceptMessage(event.message);
      case 'task':
        return this.acceptTask(event.task);
      case 'status':
        this.identify(event);
        return this.acceptStatus(event.status, event.metadata);
      case 'artifact':
        this.identify(event);
        return this.acceptArtifact(event.artifact, event.append, event.metadata);
    }
  }

  /** Closes open blocks. The final status text becomes the text if it is the answer. */
  finish(): StreamParts {
    let parts: StreamParts = [];
    const isQuestion = this.isPaused;
    const isUnanswered = this.parts.text.isEmpty && this.parts.data?.isEmpty !== false;
    if (this.ending !== undefined && this.ending.messageId === this.spoken?.messageId) {
      parts = this.parts.replace(`message:${this.ending.messageId}`, this.ending.parts, {});
    } else if (this.ending !== undefined && (isQuestion || isUnanswered) && !this.isFailure) {
      // Of text that was streamed in statuses, or shown as progress, only the new part is emitted.
      const key = this.parts.text.has(spokenKey) ? spokenKey : progressKey(this.ending);
      parts = this.parts.replace(key, this.ending.parts, {});
    } else if (this.isOver && !this.parts.hasShown && !this.isFailure) {
      parts = this.parts.say(spokenKey, this.progress.whole, {});
    }
    const answered = this.parts.text.answer(this.parts.data);
    this.jsonText = answered.jsonText;
    parts = [...parts, ...answered.parts];
    // The next turn finds conversation and task in the metadata of these parts. Parts before a question carry
    // the state at their time.
    const isMarked = isQuestion
      ? !this.parts.text.isEmpty || parts.some(({ type }) => type !== 'source')
      : this.parts.hasLeftMark;
    if (!isMarked && !this.isFailure && this.contextId !== undefined) {
      const providerMetadata = this.providerMetadata();
      parts.push({ type: 'custom', kind: 'a2a.state', providerMetadata });
    }
    return [...parts, ...this.parts.text.end({ isProseAnswer: this.jsonText === undefined })];
  }

  providerMetadata(extra: Record<string, string> = {}): SharedV4ProviderMetadata {
    const { agent, sentContextId = '' } = this.options;
    const keepsContext =
      sentContextId === '' || (this.contextId ?? sentContextId) === sentContextId;
    return {
      a2a: {
        agent,
        ...(!keepsContext && { keepsContext }),
        ...(this.contextId !== undefined && { contextId: this.contextId }),
        ...(this.taskId !== undefined && { taskId: this.taskId }),
        ...(this.messageId !== undefined && { messageId: this.messageId }),
        ...(this.state !== undefined && { state: this.state }),
        ...extra,
      },
    };
  }

  /** The metadata of the whole result, including what the agent attached. */
  resultMetadata(): SharedV4ProviderMetadata {
    const own = this.providerMetadata()['a2a'];
    const attached = isJsonObject(this.metadata) ? { metadata: this.metadata } : {};
    return { a2a: { ...own, ...attached, ...readAuthRequest(this.state, this.ending) } };
  }

  private createParts(shown: Map<string, ShownArtifact> | undefined): AnswerParts {
    const { json } = this.options;
    const metadata = (extra?: Record<string, string>) => this.providerMetadata(extra);
    return new AnswerParts({ json, shown, metadata });
  }

  private acceptMessage(message: A2AMessage): StreamParts {
    this.identify(message);
    this.messageId = message.messageId || undefined;
    const isInTask = message.taskId !== '' && message.taskId === this.taskId;
    // Agno streams its answer as messages of a task that it has already announced, and ends the task
    // afterwards.
    if (isInTask && this.state !== undefined && !this.isOver) {
      this.spoken = { messageId: message.messageId, isLast: true };
    } else this.state = 'message';
    return this.parts.add(`message:${message.messageId}`, message.parts);
  }

  private acceptTask(task: A2ATask): StreamParts {
    this.identify({ ...task, taskId: task.id });
    const parts = joinArtifacts(task.artifacts)
      .flatMap((artifact) => this.acceptArtifact(artifact, false))
      .concat(this.acceptStatus(task.status));
    // Some agents answer only in the history.
    const lastWords = this.isOver && this.ending === undefined && lastWordsOf(task.history);
    if (lastWords) this.endWith(lastWords);
    return parts;
  }

  private acceptStatus(
    status: A2ATaskStatus | undefined,
    metadata?: Record<string, unknown>,
  ): StreamParts {
    if (status === undefined) return [];
    this.state = status.state;
    // VoltAgent completes its tasks even if the model failed, and reports the failure in the metadata.
    if (this.state === 'completed' && this.metadata?.['finishReason'] === 'error') {
      this.state = 'failed';
    }
    const { message } = status;
    if (!this.isOver) {
      // A task that continues has got an answer to its earlier question.
      this.ending = undefined;
      this.statusText = undefined;
    }
    if (message === undefined) return [];
    this.messageId = message.messageId || this.messageId;
    if (this.isOver) {
      this.endWith(message);
      return [];
    }
    if (isSpokenText(metadata)) return this.parts.add(spokenKey, message.parts);
    const text = textOf(message.parts);
    const progress =
      text === mastraGreeting ? [] : this.progress.say(text, this.providerMetadata());
    if (this.options.showsProgress === false) return [];
    const files = message.parts.filter(({ type }) => type !== 'text');
    const shown = this.parts.replace(progressKey(message), files, {}, { isProgress: true });
    return [...progress, ...shown];
  }

  /** The agent's final message, or its question. */
  private endWith(message: A2AMessage): void {
    const { metadata, parts } = message;
    this.ending = message;
    this.statusText = textOf(parts) || undefined;
    this.attach(metadata);
  }

  private acceptArtifact(
    artifact: A2AArtifact,
    append: boolean,
    metadata?: Record<string, unknown>,
  ): StreamParts {
    this.attach(artifact.metadata);
    const { artifactId, parts } = artifact;
    const invocation = metadata?.['adk_partial'] !== undefined && metadata['adk_invocation_id'];
    if (typeof invocation === 'string') {
      const of = `invocation:${invocation}`;
      const first = this.firstArtifacts.get(of) ?? artifactId;
      this.firstArtifacts.set(of, first).set(artifactId, first);
    }
    // Earlier artifacts of the task, which name no invocation, are under the same key.
    const key = artifactKey(this.firstArtifacts.get(artifactId) ?? artifactId);
    return append
      ? this.parts.add(key, parts, { artifactId })
      : this.parts.replace(key, parts, { artifactId });
  }

  private identify(event: {
    contextId: string;
    taskId: string;
    metadata: Record<string, unknown> | undefined;
  }): void {
    this.contextId ??= event.contextId || undefined;
    this.taskId ??= event.taskId || undefined;
    this.attach(event.metadata);
  }

  /** Merged in place: an agent may attach metadata to each of a million events. */
  private attach(metadata: Record<string, unknown> | undefined): void {
    if (metadata === undefined) return;
    this.metadata = addWithoutPayments(this.metadata ?? {}, metadata);
  }
}

/**
 * ADK repeats its question as the message that it has sent as progress. A message without an id is recognised
 * by its text.
 */
function progressKey({ messageId, parts }: A2AMessage): string {
  return `progress:${messageId || textOf(parts)}`;
}

/** The key of text that the agent streams in statuses. */
const spokenKey = 'spoken';

/** Mastra's status text before its model has started. */
const mastraGreeting = 'Generating response...';
