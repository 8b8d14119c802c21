import type { Artifact, Message, Part, StreamResponse, Task, TaskStatus } from '@a2a-js/sdk';
import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import {
  isFailure,
  isPaused,
  isTerminal,
  taskStateName,
  type A2ATaskState,
} from '../common/task-state';
import { takeAppendMark } from '../wire/append-mark';
import { restoreLargeParts } from '../wire/large-parts';
import type { PartStash } from '../wire/part-stash';
import {
  convertFromA2APart,
  dataOf,
  isJsonObject,
  textOf,
  valuesIn,
} from './convert-from-a2a-part';
import { isForeign, isFromUser } from './event-facts';
import { joinArtifacts } from './join-artifacts';
import { JsonData } from './json-data';
import type { JsonShape } from './json-shape';
import { ProgressText } from './progress-text';
import { readAuthRequest } from './read-auth-request';
import { artifactKey, type ShownArtifact } from './read-shown-artifacts';
import { SeenParts } from './seen-parts';
import { TextBlocks } from './text-blocks';
import { Thoughts } from './thoughts';

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

  private readonly options: { agent: string; stash: PartStash; json?: JsonShape | undefined };
  private readonly text: TextBlocks;
  private readonly data = new JsonData();
  private readonly others: SeenParts;
  private ending: Message | undefined;
  private readonly progress = new ProgressText();
  private readonly thoughts = new Thoughts(() => this.providerMetadata());
  /** Something came out that returns with the next prompt and tells it the conversation. */
  private hasLeftMark = false;

  constructor({
    shown,
    ...options
  }: {
    agent: string;
    stash: PartStash;
    /** The caller asked for JSON like this: data parts become its text. */
    json?: JsonShape | undefined;
    /** What earlier answers have shown of the task that goes on, by artifact id. */
    shown?: Map<string, ShownArtifact>;
  }) {
    this.options = options;
    this.others = new SeenParts(options.stash);
    this.text = new TextBlocks((extra) => this.providerMetadata(extra), {
      json: options.json,
    });
    for (const [artifactId, { text, others }] of shown ?? []) {
      this.text.remember(artifactKey(artifactId), text);
      this.others.remember(artifactKey(artifactId), others);
    }
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
    const hasAnswer = !this.text.isEmpty || !this.data.isEmpty || this.hasLeftMark;
    return this.state === 'completed' && this.ending === undefined && !hasAnswer;
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

  accept(event: StreamResponse): StreamParts {
    if (isForeign(event, this)) return [];
    restoreLargeParts(event, this.options.stash);
    const { payload } = event;
    switch (payload?.$case) {
      case 'message':
        return this.acceptMessage(payload.value);
      case 'task':
        return this.acceptTask(payload.value);
      case 'statusUpdate':
        this.identify(payload.value);
        return this.acceptStatus(payload.value.status);
      case 'artifactUpdate': {
        const { artifact, append, metadata } = payload.value;
        const appends = takeAppendMark(metadata) || append;
        this.identify(payload.value);
        return artifact === undefined ? [] : this.acceptArtifact(artifact, appends);
      }
      default:
        return [];
    }
  }

  /** Closes what is open. The agent's last words become text where they are the answer. */
  finish(): StreamParts {
    let parts: StreamParts = [];
    const isQuestion = this.isPaused;
    const isUnanswered = this.text.isEmpty && this.data.isEmpty;
    if (this.ending !== undefined && (isQuestion || isUnanswered) && !this.isFailure) {
      parts = this.acceptParts(`status:${this.ending.messageId}`, this.ending.parts);
    }
    const answered = this.text.answer(this.data);
    this.jsonText = answered.jsonText;
    parts = [...parts, ...answered.parts];
    // The next turn finds conversation and task by what this one leaves in the messages. What came
    // before a question bears the state of its time.
    const isMarked = isQuestion
      ? !this.text.isEmpty || parts.some(({ type }) => type !== 'source')
      : this.hasLeftMark;
    if (!isMarked && !this.isFailure && this.contextId !== undefined) {
      const providerMetadata = this.providerMetadata();
      parts.push({ type: 'custom', kind: 'a2a.state', providerMetadata });
    }
    return [...parts, ...this.text.end({ isProseAnswer: this.jsonText === undefined })];
  }

  providerMetadata(extra: Record<string, string> = {}): SharedV4ProviderMetadata {
    return {
      a2a: {
        agent: this.options.agent,
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

  private acceptMessage(message: Message): StreamParts {
    this.identify(message);
    this.messageId = message.messageId || undefined;
    this.state = 'message';
    return this.acceptParts(`message:${message.messageId}`, message.parts);
  }

  private acceptTask(task: Task): StreamParts {
    this.identify({ ...task, taskId: task.id });
    const parts = joinArtifacts(task.artifacts)
      .flatMap((artifact) => this.acceptArtifact(artifact, false))
      .concat(this.acceptStatus(task.status));
    const lastWord = task.history.at(-1);
    // Some agents answer in the history alone.
    if (
      this.isOver &&
      this.ending === undefined &&
      lastWord !== undefined &&
      !isFromUser(lastWord)
    ) {
      this.endWith(lastWord);
    }
    // Whole tasks come again and again, and bring back what the caller sent.
    this.options.stash.forget([task.artifacts, task.history.slice(0, -1)]);
    return parts;
  }

  private acceptStatus(status: TaskStatus | undefined): StreamParts {
    if (status === undefined) return [];
    this.state = taskStateName(status.state);
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
    const progress = this.progress.say(textOf(message.parts), this.providerMetadata());
    const files = message.parts.filter((part) => part.content?.$case !== 'text');
    const key = `progress:${message.messageId || this.progress.text}`;
    return [...progress, ...this.acceptSnapshot(key, files, {}, { isProgress: true })];
  }

  /** The agent's last word, or its question. */
  private endWith(message: Message): void {
    const { metadata, parts } = message;
    this.ending = message;
    this.statusText = textOf(parts) || undefined;
    this.attach(metadata);
  }

  private acceptArtifact(artifact: Artifact, append: boolean): StreamParts {
    this.attach(artifact.metadata);
    const { artifactId, parts } = artifact;
    const key = artifactKey(artifactId);
    return append
      ? this.acceptParts(key, parts, { artifactId })
      : this.acceptSnapshot(key, parts, { artifactId });
  }

  private acceptParts(key: string, parts: Part[], extra: Record<string, string> = {}): StreamParts {
    const { spoken, thoughts } = this.thoughts.takeFrom(parts, key, 'add');
    const shown = spoken.flatMap((part) => {
      if (part.content?.$case === 'text') return this.say(key, part.content.value, extra);
      const data = this.options.json === undefined ? undefined : dataOf(part);
      if (data !== undefined) {
        this.data.append(key, data);
        return [];
      }
      this.others.note(key, part);
      return this.handOver(part, extra);
    });
    return [...thoughts, ...shown];
  }

  /** The whole artifact as it stands now: only what has not come out yet is new. */
  private acceptSnapshot(
    key: string,
    parts: Part[],
    extra: Record<string, string>,
    { isProgress = false } = {},
  ): StreamParts {
    // Only an answer can be the JSON that was asked for.
    const asJson = this.options.json !== undefined && !isProgress;
    if (asJson) this.data.replace(key, valuesIn(parts));
    const { spoken, thoughts } = this.thoughts.takeFrom(parts, key, 'say');
    const isNew = !this.text.has(key);
    let unseenText = this.text.newer(key, textOf(spoken));
    const isUnseen = this.others.inSnapshot(key);
    const shown = spoken.flatMap((part) => {
      if (part.content?.$case === 'text') {
        const delta = isNew ? part.content.value : unseenText;
        unseenText = '';
        return this.say(key, delta, extra);
      }
      if (asJson && dataOf(part) !== undefined) return [];
      return isUnseen(part) ? this.handOver(part, extra) : [];
    });
    return [...thoughts, ...shown];
  }

  private say(key: string, delta: string, extra: Record<string, string>): StreamParts {
    this.hasLeftMark ||= delta !== '';
    return this.text.append(key, delta, extra);
  }

  /** A file or data. */
  private handOver(part: Part, extra: Record<string, string>): StreamParts {
    const providerMetadata = this.providerMetadata(extra);
    const converted = convertFromA2APart(part, { ...this.options, providerMetadata });
    if (converted === undefined) return [];
    this.hasLeftMark ||= converted.type !== 'source';
    return [converted];
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
    if (metadata !== undefined) this.metadata = Object.assign(this.metadata ?? {}, metadata);
  }
}
