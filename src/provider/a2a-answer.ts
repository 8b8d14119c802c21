import type { Artifact, Message, Part, StreamResponse, Task, TaskStatus } from '@a2a-js/sdk';
import type { LanguageModelV4StreamPart, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { takeAppendMark } from './append-mark';
import { convertFromA2APart, isJsonObject, textOf } from './convert-from-a2a-part';
import type { PartStash } from './part-stash';
import { isFailure, isPaused, isTerminal, taskStateName, type A2ATaskState } from './task-state';
import { TextBlocks } from './text-blocks';

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
  /** The caller asked for JSON: the data parts alone, without the prose around them. */
  dataText = '';
  /** The agent's words about the state it ended in. */
  statusText: string | undefined;

  private readonly options: { agent: string; stash: PartStash; asJson: boolean };
  private readonly text: TextBlocks;
  private readonly othersSeen = new Map<string, number>();
  private ending: Message | undefined;
  private reasoning = '';
  private reasoningCount = 0;

  constructor(options: {
    agent: string;
    stash: PartStash;
    /** The caller asked for JSON: data parts become its text. */
    asJson: boolean;
  }) {
    this.options = options;
    this.text = new TextBlocks(() => this.providerMetadata());
  }

  /** The agent has said its last word, or waits for the caller. */
  get isOver(): boolean {
    return this.state === 'message' || isTerminal(this.state) || isPaused(this.state);
  }

  get isFailure(): boolean {
    return isFailure(this.state);
  }

  accept({ payload }: StreamResponse): LanguageModelV4StreamPart[] {
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
  finish(): LanguageModelV4StreamPart[] {
    const parts: LanguageModelV4StreamPart[] = [];
    const isQuestion = isPaused(this.state);
    if (this.ending !== undefined && (isQuestion || this.text.isEmpty) && !this.isFailure) {
      parts.push(...this.acceptParts(`status:${this.ending.messageId}`, this.ending.parts));
    }
    if (isQuestion && parts.length === 0 && this.text.isEmpty) {
      // The next turn finds the task by what this one leaves in the messages.
      const providerMetadata = this.providerMetadata();
      parts.push({ type: 'custom', kind: 'a2a.state', providerMetadata });
    }
    return [...parts, ...this.text.end()];
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
    return { a2a: isJsonObject(this.metadata) ? { ...own, metadata: this.metadata } : { ...own } };
  }

  private acceptMessage(message: Message): LanguageModelV4StreamPart[] {
    this.identify(message);
    this.messageId = message.messageId || undefined;
    this.state = 'message';
    return this.acceptParts(`message:${message.messageId}`, message.parts);
  }

  private acceptTask(task: Task): LanguageModelV4StreamPart[] {
    this.identify({ ...task, taskId: task.id });
    const parts = task.artifacts.flatMap((artifact) => this.acceptArtifact(artifact, false));
    parts.push(...this.acceptStatus(task.status));
    const lastWord = task.history.at(-1);
    // Some agents answer in the history alone.
    if (
      this.isOver &&
      this.ending === undefined &&
      lastWord !== undefined &&
      !isFromUser(lastWord)
    ) {
      this.ending = lastWord;
    }
    return parts;
  }

  private acceptStatus(status: TaskStatus | undefined): LanguageModelV4StreamPart[] {
    if (status === undefined) return [];
    this.state = taskStateName(status.state);
    const { message } = status;
    if (message === undefined) return [];
    this.messageId = message.messageId || this.messageId;
    if (this.isOver) {
      this.ending = message;
      this.statusText = textOf(message.parts) || undefined;
      return [];
    }
    const progress = this.acceptProgress(textOf(message.parts));
    const files = message.parts.filter((part) => part.content?.$case !== 'text');
    return [...progress, ...this.acceptParts(`progress:${message.messageId}`, files)];
  }

  /** Progress is the agent thinking aloud; agents that repeat it with more get only the more shown. */
  private acceptProgress(text: string): LanguageModelV4StreamPart[] {
    const delta = text.startsWith(this.reasoning) ? text.slice(this.reasoning.length) : text;
    if (delta === '') return [];
    this.reasoning = text;
    const id = `reasoning-${this.reasoningCount++}`;
    const providerMetadata = this.providerMetadata();
    return [
      { type: 'reasoning-start', id, providerMetadata },
      { type: 'reasoning-delta', id, delta },
      { type: 'reasoning-end', id, providerMetadata },
    ];
  }

  private acceptArtifact(artifact: Artifact, append: boolean): LanguageModelV4StreamPart[] {
    if (isJsonObject(artifact.metadata)) this.metadata = { ...this.metadata, ...artifact.metadata };
    const key = `artifact:${artifact.artifactId}`;
    return append
      ? this.acceptParts(key, artifact.parts, { artifactId: artifact.artifactId })
      : this.acceptSnapshot(key, artifact.parts, { artifactId: artifact.artifactId });
  }

  private acceptParts(
    key: string,
    parts: Part[],
    extra: Record<string, string> = {},
  ): LanguageModelV4StreamPart[] {
    return parts.flatMap((part) => {
      const converted = convertFromA2APart(part, {
        ...this.options,
        providerMetadata: this.providerMetadata(extra),
      });
      if (converted === undefined) return [];
      if (converted.type === 'text') {
        if (part.content?.$case === 'data') this.dataText += converted.text;
        return this.text.append(key, converted.text, extra);
      }
      this.othersSeen.set(key, (this.othersSeen.get(key) ?? 0) + 1);
      return [converted];
    });
  }

  /** The whole artifact as it stands now: only what has not come out yet is new. */
  private acceptSnapshot(
    key: string,
    parts: Part[],
    extra: Record<string, string>,
  ): LanguageModelV4StreamPart[] {
    let unseenText = this.text.newer(key, this.textOfAll(parts));
    let othersToSkip = this.othersSeen.get(key) ?? 0;
    const isNew = othersToSkip === 0 && !this.text.has(key);
    if (isNew) return this.acceptParts(key, parts, extra);
    return parts.flatMap((part) => {
      const converted = convertFromA2APart(part, {
        ...this.options,
        providerMetadata: this.providerMetadata(extra),
      });
      if (converted === undefined) return [];
      if (converted.type === 'text') {
        const delta = unseenText;
        unseenText = '';
        return this.text.append(key, delta, extra);
      }
      if (othersToSkip-- > 0) return [];
      this.othersSeen.set(key, (this.othersSeen.get(key) ?? 0) + 1);
      return [converted];
    });
  }

  private textOfAll(parts: Part[]): string {
    return parts
      .map((part) => convertFromA2APart(part, { ...this.options, providerMetadata: {} }))
      .map((converted) => (converted?.type === 'text' ? converted.text : ''))
      .join('');
  }

  private identify(event: {
    contextId: string;
    taskId: string;
    metadata: Record<string, unknown> | undefined;
  }): void {
    this.contextId = event.contextId || this.contextId;
    this.taskId = event.taskId || this.taskId;
    if (event.metadata !== undefined) this.metadata = { ...this.metadata, ...event.metadata };
  }
}

function isFromUser({ role }: Message): boolean {
  return role === 1;
}
