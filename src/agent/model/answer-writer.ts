import { type Part, Role, TaskState } from '@a2a-js/sdk';
import { AgentEvent, type ExecutionEventBus, type RequestContext } from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { FinishReason, LanguageModelUsage, ModelMessage, TextStreamPart, ToolSet } from 'ai';
import { findJson } from '../../internal/find-json';
import { toJson } from '../../internal/to-json';
import { artifactOf, dataPart, filePart, linkPart, textPart, thoughtPart } from './a2a-parts';
import { reportedUsage } from './add-usage';
import { ThoughtPieces } from './thought-pieces';

/** A tool call that waits for approval. */
interface Approval {
  approvalId: string;
  toolName: string;
  input: unknown;
}

export interface AnswerWriterOptions {
  /** If set, the JSON in the text of the last step is sent as data at the end. */
  wantsJson: boolean;
  sendReasoning: boolean;
  sendSources: boolean;
  /** The tools whose results are sent as data. */
  sendResultsOf: readonly string[];
}

/** Converts the stream of an AI SDK agent to events of a task. */
export class AnswerWriter {
  readonly approvals: Approval[] = [];
  failure: { error: unknown } | undefined;
  usage: LanguageModelUsage | undefined;
  finishReason: FinishReason | undefined;
  /** Whether there is an answer of any kind. */
  hasAnswered = false;
  private readonly request: RequestContext;
  private readonly bus: ExecutionEventBus;
  private readonly options: AnswerWriterOptions;
  /** The open text blocks by id. */
  private readonly blocks = new Map<string, Block>();
  private readonly thoughts = new Map<string, ThoughtPieces>();
  private hasData = false;
  private artifacts = 0;
  private text = '';
  /** The start of the current step's text. */
  private stepAt = 0;
  private isOver = false;

  constructor(request: RequestContext, bus: ExecutionEventBus, options: AnswerWriterOptions) {
    this.request = request;
    this.bus = bus;
    this.options = options;
    // Artifact ids continue if the task does: its second turn needs artifacts of its own.
    this.artifacts = request.task?.artifacts.length ?? 0;
  }

  /** Every response starts with its task. */
  open(): void {
    const { contextId, task, taskId, userMessage } = this.request;
    const begun = { id: taskId, contextId, artifacts: [], history: [userMessage], metadata: {} };
    const status = statusOf(TaskState.TASK_STATE_WORKING);
    this.bus.publish(AgentEvent.task({ ...(task ?? begun), status }));
  }

  add(part: TextStreamPart<ToolSet>): void {
    switch (part.type) {
      case 'start-step':
        this.stepAt = this.text.length;
        break;
      case 'text-delta':
        this.say(part.id, part.text);
        break;
      case 'text-end':
        this.endBlock(part.id);
        break;
      case 'reasoning-delta':
        this.think(part.id, (pieces) => pieces.add(part.text));
        break;
      case 'reasoning-end':
        this.think(part.id, (pieces) => pieces.end());
        this.thoughts.delete(part.id);
        break;
      case 'file':
        this.hand(filePart(part.file));
        break;
      case 'source':
        if (part.sourceType === 'url' && this.options.sendSources) {
          this.show(linkPart(part.url, part.title));
        }
        break;
      case 'custom': {
        // A downstream agent has answered with data.
        const data = dataSchema.safeParse(part.providerMetadata?.['a2a']).data?.data;
        if (part.kind === 'a2a.data' && data !== undefined) this.hand(dataPart(data));
        break;
      }
      case 'tool-result':
        if (this.options.sendResultsOf.includes(part.toolName) && part.preliminary !== true) {
          this.hand(dataPart(toJson(part.output)));
        }
        break;
      case 'tool-approval-request':
        if (part.isAutomatic !== true) {
          const { approvalId, toolCall } = part;
          const { input, toolName } = toolCall;
          this.approvals.push({ approvalId, toolName, input });
        }
        break;
      case 'error':
        this.failure ??= { error: part.error };
        break;
      case 'abort':
        // The agent's own timeout: after a cancel, no parts arrive here.
        this.failure ??= { error: new Error(part.reason ?? 'The generation was aborted.') };
        break;
      case 'finish':
        this.usage = part.totalUsage;
        this.finishReason = part.finishReason;
        break;
      default:
        break;
    }
  }

  /** The text that was sent instead of the requested JSON. */
  get textInsteadOfJson(): string | undefined {
    const isText = this.options.wantsJson && this.text !== '' && !this.hasData;
    return isText && this.json() === undefined ? this.text : undefined;
  }

  /** The messages for the conversation, if the source does not provide them. */
  messages(): ModelMessage[] {
    return this.text === '' ? [] : [{ role: 'assistant', content: this.text }];
  }

  askForApproval(): void {
    const calls = this.approvals.map(callOf);
    const question =
      calls.length === 1
        ? `May it run ${calls[0]}? Answer yes or no.`
        : `May it run these tools?\n${calls.map((call) => `- ${call}\n`).join('')}Answer yes to all, or no.`;
    const parts = [textPart(question), dataPart({ approvals: toJson(this.approvals) })];
    this.end(TaskState.TASK_STATE_INPUT_REQUIRED, { parts });
  }

  /** Publishes the end of the turn. No events follow. */
  end(
    state: TaskState,
    { parts = [], metadata = {} }: { parts?: Part[]; metadata?: JSONObject } = {},
  ): void {
    if (this.isOver) return;
    for (const id of this.blocks.keys()) this.endBlock(id);
    const isAnswer = state === TaskState.TASK_STATE_COMPLETED;
    if (isAnswer && this.options.wantsJson && this.text !== '') {
      for (const part of this.json() ?? [textPart(this.text)]) this.hand(part);
    }
    const usage = this.usage === undefined ? {} : { usage: reportedUsage(this.usage) };
    const how =
      isAnswer && this.finishReason !== undefined ? { finishReason: this.finishReason } : {};
    this.tell(state, parts, { ...usage, ...how, ...metadata });
    this.isOver = true;
  }

  private say(id: string, delta: string): void {
    if (delta === '') return;
    this.text += delta;
    this.hasAnswered = true;
    if (this.options.wantsJson) return;
    const block = this.blocks.get(id) ?? {
      artifactId: `text-${++this.artifacts}`,
      held: '',
      isBegun: false,
    };
    this.blocks.set(id, block);
    const text = block.held + delta;
    // Both halves of a surrogate pair.
    block.held = /[\uDC00-\uDFFF]$/.test(text) ? text.slice(-2) : text.slice(-1);
    const told = text.slice(0, text.length - block.held.length);
    if (told !== '') this.publishText(block, told, { lastChunk: false });
  }

  private endBlock(id: string): void {
    const block = this.blocks.get(id);
    if (block === undefined) return;
    this.blocks.delete(id);
    this.publishText(block, block.held, { lastChunk: true });
  }

  private publishText(block: Block, text: string, { lastChunk }: { lastChunk: boolean }): void {
    const flags = { append: block.isBegun, lastChunk };
    block.isBegun = true;
    this.publishArtifact(block.artifactId, textPart(text), flags);
  }

  private think(id: string, next: (pieces: ThoughtPieces) => string[]): void {
    if (!this.options.sendReasoning) return;
    const pieces = this.thoughts.get(id) ?? new ThoughtPieces();
    this.thoughts.set(id, pieces);
    for (const piece of next(pieces)) {
      this.tell(TaskState.TASK_STATE_WORKING, [thoughtPart(piece)]);
    }
  }

  /** Sends a part of the answer. */
  private hand(part: Part): void {
    this.hasAnswered = true;
    this.hasData ||= part.content?.$case === 'data';
    this.show(part);
  }

  private show(part: Part): void {
    const flags = { append: false, lastChunk: true };
    this.publishArtifact(`part-${++this.artifacts}`, part, flags);
  }

  /** The last step's text, if it is JSON. Earlier steps may contain explanations. */
  private json(): Part[] | undefined {
    const { values } = findJson(this.text.slice(this.stepAt));
    const found = values.length > 0 ? values : findJson(this.text).values;
    return found.length > 0 ? found.map(dataPart) : undefined;
  }

  private publishArtifact(
    artifactId: string,
    part: Part,
    flags: { append: boolean; lastChunk: boolean },
  ): void {
    if (this.isOver) return;
    const { contextId, taskId } = this.request;
    const artifact = artifactOf(artifactId, part);
    this.bus.publish(
      AgentEvent.artifactUpdate({ taskId, contextId, artifact, ...flags, metadata: undefined }),
    );
  }

  private tell(state: TaskState, parts: Part[], metadata: JSONObject = {}): void {
    if (this.isOver) return;
    const { contextId, taskId } = this.request;
    const message = {
      messageId: crypto.randomUUID(),
      taskId,
      contextId,
      role: Role.ROLE_AGENT,
      parts,
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
    };
    const status = { ...statusOf(state), ...(parts.length > 0 && { message }) };
    this.bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status, metadata }));
  }
}

/** A tool call on one line, for the approver. The data part has the complete input. */
function callOf({ input, toolName }: Approval): string {
  const json = JSON.stringify(toJson(input)) ?? '';
  const shown = json.slice(0, mostInputChars).replaceAll(/\p{C}/gu, '\uFFFD');
  return `${toolName} with ${shown}${json.length > mostInputChars ? '…' : ''}`;
}

const mostInputChars = 200;

interface Block {
  artifactId: string;
  /**
   * The last character of the block, sent when the block ends. The last chunk is unknown before that. Some
   * clients (Google's ADK) display nothing before the chunk marked as last, or pass an empty chunk to models
   * that refuse it.
   */
  held: string;
  isBegun: boolean;
}

const dataSchema = z.looseObject({ data: z.json() });

function statusOf(state: TaskState) {
  return { state, timestamp: new Date().toISOString(), message: undefined };
}
