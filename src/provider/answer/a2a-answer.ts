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
import { isForeign, isSpokenText, lastWordsOf } from './event-facts';
import { joinArtifacts } from './join-artifacts';
import type { JsonReading } from './json/json-reading';
import { ProgressText } from './progress-text';
import { readAuthRequest } from './read-auth-request';
import { artifactKey, type ShownArtifact } from './read-shown-artifacts';

type StreamParts = LanguageModelV4StreamPart[];

/**
 * One agent's answer as it arrives: A2A events go in, AI SDK stream parts come out.
 *
 * Whatever the order and however often an agent repeats itself (cumulative status texts, a last
 * snapshot of the whole task, a snapshot after a reconnect), each text and file comes out once.
 */
export class A2AAnswer {
  contextId: string | undefined;
  taskId: string | undefined;
  messageId: string | undefined;
  state: A2ATaskState | 'message' | undefined;
  /** What the agent attached to the task, for usage and for the caller. */
  metadata: Record<string, unknown> | undefined;
  /** The agent's words about the state it ended in. */
  statusText: string | undefined;

  /** The JSON that was asked for, without the prose around it. Known when the answer has ended. */
  jsonText: string | undefined;

  private readonly options: {
    agent: string;
    json?: JsonReading | undefined;
    showsProgress?: boolean;
    sentContextId?: string | undefined;
  };
  private parts: AnswerParts;
  private ending: A2AMessage | undefined;
  /** The message that the agent says piece by piece, while its task goes on. */
  private spoken: { messageId: string; isLast: boolean } | undefined;
  private readonly progress = new ProgressText();
  /**
   * The first artifact of each invocation, by any artifact of it, and by the invocation: Google's ADK mixes
   * up the artifacts of calls at once, but not what called for them.
   */
  private readonly firstArtifacts = new Map<string, string>();

  constructor({
    shown,
    ...options
  }: {
    agent: string;
    /** The caller asked for JSON like this: data parts become its text. */
    json?: JsonReading | undefined;
    /** `false`: what is said of a task that goes on is no part of the answer. Default: `true`. */
    showsProgress?: boolean;
    /** The conversation that the message belonged to. */
    sentContextId?: string | undefined;
    /** What earlier answers have shown of the task that goes on, by artifact id. */
    shown?: Map<string, ShownArtifact>;
  }) {
    this.options = options;
    this.parts = this.createParts(shown);
  }

  /** The agent has said its last word, or waits for the caller. */
  get isOver(): boolean {
    return this.state === 'message' || isTerminal(this.state) || this.isPaused;
  }

  /** The agent waits for the caller. */
  get isPaused(): boolean {
    return isPaused(this.state);
  }

  /** The agent has said that it is done, and nothing else. */
  get isBare(): boolean {
    return this.state === 'completed' && this.ending === undefined && !this.parts.hasShown;
  }

  /** Some of the answer has come out. */
  get hasShown(): boolean {
    return this.parts.hasShown;
  }

  get isFailure(): boolean {
    return isFailure(this.state);
  }

  /** What it said of its state was the state before this message. */
  reopen(): void {
    this.state = undefined;
    this.ending = undefined;
    this.statusText = undefined;
  }

  /** The stream is over: a message that nothing came after was the answer. */
  endSpoken(): void {
    if (this.spoken?.isLast === true && !this.isOver) this.state = 'message';
  }

  /** What comes is of another task than the one that was to go on: nothing of it was shown. */
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

  /** Closes what is open. The agent's last words become text where they are the answer. */
  finish(): StreamParts {
    let parts: StreamParts = [];
    const isQuestion = this.isPaused;
    const isUnanswered = this.parts.text.isEmpty && this.parts.data?.isEmpty !== false;
    if (this.ending !== undefined && this.ending.messageId === this.spoken?.messageId) {
      parts = this.parts.replace(`message:${this.ending.messageId}`, this.ending.parts, {});
    } else if (this.ending !== undefined && (isQuestion || isUnanswered) && !this.isFailure) {
      // Of what was spoken, or shown as progress, as it came, only what is new.
      const key = this.parts.text.has(spokenKey) ? spokenKey : progressKey(this.ending);
      parts = this.parts.replace(key, this.ending.parts, {});
    } else if (this.isOver && !this.parts.hasShown && !this.isFailure) {
      parts = this.parts.say(spokenKey, this.progress.whole, {});
    }
    const answered = this.parts.text.answer(this.parts.data);
    this.jsonText = answered.jsonText;
    parts = [...parts, ...answered.parts];
    // The next turn finds conversation and task by what this one leaves in the messages. What came
    // before a question bears the state of its time.
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

  /** Of the whole result: what the agent attached comes along. */
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
    // Agno streams its answer in messages of the task that it has told of, and ends that afterwards.
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
    // Some agents answer in the history alone.
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
    // VoltAgent completes its tasks also where the model failed, and says so beside it.
    if (this.state === 'completed' && this.metadata?.['finishReason'] === 'error') {
      this.state = 'failed';
    }
    const { message } = status;
    if (!this.isOver) {
      // A task that goes on has left behind what it asked before.
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

  /** The agent's last word, or its question. */
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
    // What a task told of it before, which names no invocation, is under the same key.
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

  /** Into one object: an agent may attach a little with each of a million events. */
  private attach(metadata: Record<string, unknown> | undefined): void {
    if (metadata === undefined) return;
    this.metadata = addWithoutPayments(this.metadata ?? {}, metadata);
  }
}

/** ADK's question is the message that it has shown as progress. One without an id is known by its words. */
function progressKey({ messageId, parts }: A2AMessage): string {
  return `progress:${messageId || textOf(parts)}`;
}

/** What the agent spoke in statuses, as its answer. */
const spokenKey = 'spoken';

/** What Mastra says before its model has begun. */
const mastraGreeting = 'Generating response...';
