import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { ConversationSeals } from '../../src/provider/message/conversation-seals';
import { readConversation } from '../../src/provider/message/read-conversation';

type AgentMetadata = Record<string, string | number>;

/** What the agent does with one turn. */
export interface Turn {
  /** Default: `completed`. The failed ones are thrown, as the A2A provider does it. */
  state?: string;
  taskId?: string;
  text?: string;
  /** What the agent attaches to its answer. */
  metadata?: AgentMetadata;
  /** Happens while the agent works. */
  work?: () => unknown;
  /** In a stream: works until the caller aborts. */
  hangs?: boolean;
  /** Instead of any answer. */
  throws?: unknown;
}

/** A task as the agent tells of it when it is asked. */
export interface TaskAnswer {
  state: string;
  text?: string;
  metadata?: AgentMetadata;
  /** When it entered its state, in milliseconds since 1970. */
  at?: number;
}

/** An agent that does what it is told turn by turn, and can be asked for its tasks. */
export class ScriptedAgent implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider = 'a2a';
  modelId = 'agent';
  readonly supportedUrls = {};
  readonly calls: LanguageModelV4CallOptions[] = [];
  /** The tasks it was asked for. */
  readonly askedFor: string[] = [];
  /** What it was asked for them with. */
  readonly askedWith: unknown[] = [];
  /** What it says of a task. It does not know any other. */
  readonly tasks = new Map<string, TaskAnswer>();
  private readonly turns: Turn[];

  constructor(...turns: Turn[]) {
    this.turns = turns;
  }

  async agentCard(): Promise<unknown> {
    return {};
  }

  /** As the A2A provider does it, but for the seals. */
  async conversation({
    prompt,
    providerOptions,
  }: Pick<LanguageModelV4CallOptions, 'prompt' | 'providerOptions'>) {
    const seals = new ConversationSeals({
      agent: this.modelId,
      address: '',
      options: 'unsealed',
    });
    const own = providerOptions?.['a2a'] ?? {};
    const subject = typeof own['subject'] === 'string' ? own['subject'] : undefined;
    const found = await readConversation(prompt, seals, subject);
    const { contextId, taskId } = found === 'unknown' ? {} : { ...found };
    return { contextId, taskId, ...own };
  }

  async task(
    taskId: string,
    { headers }: { headers?: unknown } = {},
  ): Promise<LanguageModelV4GenerateResult> {
    this.askedFor.push(taskId);
    this.askedWith.push(headers);
    const task = this.tasks.get(taskId);
    if (task === undefined) throw new Error('no such task');
    const { at, metadata = {}, state, text = '' } = task;
    return {
      ...end(state, { a2a: { taskId, contextId: 'talk', state, metadata } }),
      content: [{ type: 'text', text }],
      warnings: [],
      ...(at !== undefined && { response: { timestamp: new Date(at) } }),
    };
  }

  async doGenerate(call: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { state, text, providerMetadata, throws, work } = this.next(call);
    await work();
    if (throws !== undefined) throw throws;
    if (failed.has(state)) throw failureOf(state, providerMetadata);
    return {
      ...end(state, providerMetadata),
      content: [{ type: 'text', text, providerMetadata }],
      warnings: [],
    };
  }

  async doStream(call: LanguageModelV4CallOptions) {
    const { hangs, metadataIn, providerMetadata, state, text, throws, work } = this.next(call);
    if (throws !== undefined) throw throws;
    const { abortSignal } = call;
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      async start(controller) {
        controller.enqueue({ type: 'stream-start', warnings: [] });
        const begun = metadataIn('working');
        controller.enqueue({ type: 'text-start', id: '1', providerMetadata: begun });
        controller.enqueue({ type: 'text-delta', id: '1', delta: text });
        await work();
        if (hangs) {
          await new Promise((resolve) => abortSignal?.addEventListener('abort', resolve));
          controller.error(abortSignal?.reason);
          return;
        }
        controller.enqueue({ type: 'text-end', id: '1', providerMetadata });
        if (failed.has(state)) {
          controller.enqueue({ type: 'error', error: failureOf(state, providerMetadata) });
        }
        controller.enqueue({ type: 'finish', ...end(state, providerMetadata) });
        controller.close();
      },
    });
    return { stream };
  }

  private next(call: LanguageModelV4CallOptions) {
    this.calls.push(call);
    const turn = this.turns.shift() ?? {};
    const { hangs = false, metadata = {}, taskId = 'task-1', text = 'Hi', throws, work } = turn;
    const { state = 'completed' } = turn;
    const metadataIn = (at: string): SharedV4ProviderMetadata => ({
      a2a: { taskId, contextId: 'talk', state: at, metadata },
    });
    const providerMetadata = metadataIn(state);
    return {
      hangs,
      metadataIn,
      providerMetadata,
      state,
      text,
      throws,
      work: async () => work?.(),
    };
  }
}

/** The prompt of a first turn, or of one that goes on after these answers. */
export function promptAfter(...answers: LanguageModelV4GenerateResult[]): LanguageModelV4Prompt {
  const user = { role: 'user' as const, content: [{ type: 'text' as const, text: 'A question' }] };
  return [
    user,
    ...answers.flatMap(({ content }) => {
      const parts = content.flatMap((part) => {
        if (part.type !== 'text') return [];
        const { providerMetadata, text } = part;
        const providerOptions = providerMetadata && { providerOptions: providerMetadata };
        return [{ type: 'text' as const, text, ...providerOptions }];
      });
      return [{ role: 'assistant' as const, content: parts }, user];
    }),
  ];
}

export const settlementOf = (result: { providerMetadata?: SharedV4ProviderMetadata }) =>
  result.providerMetadata?.['settlement'];

/** As the A2A provider throws it: with what the agent attached. */
function failureOf(state: string, { a2a }: SharedV4ProviderMetadata): Error {
  const { metadata, taskId } = a2a ?? {};
  return Object.assign(new Error(state), { state, taskId, metadata });
}

const failed = new Set(['failed', 'rejected', 'canceled']);

const usage: LanguageModelV4Usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

function end(state: string, providerMetadata: SharedV4ProviderMetadata) {
  const unified = failed.has(state)
    ? ('error' as const)
    : state === 'completed'
      ? ('stop' as const)
      : ('other' as const);
  return { finishReason: { unified, raw: state }, usage, providerMetadata };
}
