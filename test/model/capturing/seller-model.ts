import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4GenerateResult,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import type { A2ALanguageModel } from '../../../src/provider/a2a-language-model';
import { clock } from '../clock';
import { resultOf } from '../result-of';
import type { Message, Purchase, SoldTask, TaskState } from './purchase';
import type { Seller } from './seller';

/** What happens when the agent is called. */
export interface Visit {
  call: Purchase;
  /** It goes on when this ends. */
  gate: Promise<void>;
  /** The agent has the message. */
  onReached: (message: Message) => void;
}

/** The agent's model in one process. Without a visit it is only asked. */
export function sellerModel(
  seller: Seller,
  real: Pick<A2ALanguageModel, 'conversation'>,
  visit?: Visit,
): LanguageModelV4 {
  let tries = 0;
  const model = {
    specificationVersion: 'v4' as const,
    provider: 'a2a',
    modelId: seller.id,
    supportedUrls: {},
    conversation: (options: LanguageModelV4CallOptions) => real.conversation(options),
    agentCard: async () => seller.card(),
    async doStream(options: LanguageModelV4CallOptions) {
      return { stream: streamOf(await send(options), options.abortSignal) };
    },
    async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
      return resultOf((await model.doStream(options)).stream);
    },
    async task(taskId: string): Promise<LanguageModelV4GenerateResult> {
      const task = seller.task(taskId);
      if (task === undefined) throw new Error('Task not found');
      return {
        content: [{ type: 'text', text: textOf(task) }],
        finishReason: finishReasonOf(task.state),
        usage,
        providerMetadata: { a2a: metadataOf(task, task.state, { ...task.attached }) },
        response: { timestamp: new Date(clock.now()) },
        warnings: [],
      };
    },
    async cancelTask(taskId: string): Promise<void> {
      const task = seller.task(taskId);
      if (task?.state === 'input-required') task.state = 'canceled';
    },
  };
  return model;

  /** As the provider would. */
  async function send(options: LanguageModelV4CallOptions): Promise<Message> {
    if (visit === undefined) throw new Error('Only asked.');
    const { call } = visit;
    const { abortSignal } = options;
    abortSignal?.throwIfAborted();
    const { contextId, taskId } = conversationOf(await real.conversation(options));
    const message: Message = {
      call,
      task: undefined,
      payment: undefined,
      isPaying: false,
      isSent: false,
      isAsking: false,
      state: undefined,
      at: clock.now(),
      overAt: Infinity,
      abortedAt: undefined,
      ended: Promise.resolve(),
    };
    call.messages.push(message);
    const { count, from } = call.sale.refusals;
    const n = tries++;
    const isRefused = n >= from && n < from + count;
    abortSignal?.addEventListener('abort', () => {
      message.overAt = Math.min(message.overAt, clock.now());
      message.abortedAt ??= clock.now();
    });
    try {
      if (isRefused) throw failure('connection refused', { isRetryable: true });
      message.isSent = true;
      const metadata = Object(options.providerOptions?.['a2a']?.['metadata']);
      const incoming = { contextId, taskId, metadata, headers: options.headers ?? {} };
      const did = seller.receive(message, incoming);
      visit.onReached(message);
      if (did === 'asks' && message.task === undefined) {
        const required = Buffer.from(JSON.stringify(seller.required(message))).toString('base64');
        const responseHeaders = { 'payment-required': required };
        throw failure('payment required', { statusCode: 402, responseHeaders });
      }
      message.ended = did === 'asks' ? Promise.resolve() : work(message, abortSignal, visit.gate);
      return message;
    } catch (error) {
      message.overAt = clock.now();
      throw error;
    }
  }

  /** Does what the turn says, as far as nobody stops it. */
  async function work(
    message: Message,
    abortSignal: AbortSignal | undefined,
    gate: Promise<void>,
  ): Promise<void> {
    const { turn } = message.call.sale;
    await gate;
    const aborted = new Promise<void>((resolve) => {
      if (abortSignal?.aborted === true) resolve();
      else abortSignal?.addEventListener('abort', () => resolve());
    });
    if (turn.includes('stopped')) await aborted;
    if (abortSignal?.aborted === true) {
      seller.settle(message, turn.startsWith('completes') ? 'completed' : 'canceled');
    } else seller.settle(message, endOf[turn] ?? 'completed');
  }

  function streamOf(
    message: Message,
    abortSignal: AbortSignal | undefined,
  ): ReadableStream<LanguageModelV4StreamPart> {
    const { call, isAsking, task } = message;
    const { turn } = call.sale;
    if (task === undefined) throw new Error('No task.');
    return new ReadableStream<LanguageModelV4StreamPart>({
      start: async (controller) => {
        controller.enqueue({ type: 'stream-start', warnings: [] });
        const began = { a2a: metadataOf(task, isAsking ? 'input-required' : 'working', {}) };
        controller.enqueue({ type: 'text-start', id: '1', providerMetadata: began });
        controller.enqueue({
          type: 'text-delta',
          id: '1',
          delta: isAsking ? 'Pay me' : textOf(task),
        });
        await message.ended;
        message.overAt = Math.min(message.overAt, clock.now());
        if (abortSignal?.aborted === true) return controller.error(abortSignal.reason);
        if (!isAsking && turn === 'cuts the line')
          return controller.error(new TypeError('terminated'));
        if (!isAsking && turn === 'ends without a finish') return controller.close();
        const state = isAsking ? 'input-required' : (message.state ?? task.state);
        const a2a = metadataOf(task, state, seller.answer(message));
        controller.enqueue({ type: 'text-end', id: '1', providerMetadata: { a2a } });
        const finishReason = finishReasonOf(state);
        if (finishReason.unified === 'error') {
          const { contextId, id: taskId } = task;
          const said = { state, taskId, contextId, metadata: a2a.metadata };
          const error = Object.assign(new Error(`The task is ${state}`), said);
          controller.enqueue({ type: 'error', error });
        }
        controller.enqueue({ type: 'finish', usage, finishReason, providerMetadata: { a2a } });
        controller.close();
      },
      cancel() {
        message.overAt = Math.min(message.overAt, clock.now());
      },
    });
  }

  function metadataOf({ contextId, id: taskId }: SoldTask, state: TaskState, metadata: object) {
    return { agent: seller.id, taskId, contextId, state, metadata: { ...metadata } };
  }
}

const endOf: Partial<Record<string, TaskState>> = {
  'asks back': 'input-required',
  fails: 'failed',
  'cuts the line': 'failed',
  'ends without a finish': 'failed',
  rejects: 'rejected',
};

function textOf({ sale }: SoldTask): string {
  return sale.turn === 'delivers rubbish' ? 'rubbish' : 'Hi';
}

function conversationOf(said: unknown): {
  contextId: string | undefined;
  taskId: string | undefined;
} {
  const text = (name: string) => {
    const value: unknown = Reflect.get(Object(said), name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return { contextId: text('contextId'), taskId: text('taskId') };
}

function failure(
  message: string,
  facts: Partial<ConstructorParameters<typeof APICallError>[0]>,
): APICallError {
  return new APICallError({ message, url: 'http://agent.test', requestBodyValues: {}, ...facts });
}

function finishReasonOf(state: TaskState) {
  if (state === 'completed') return { unified: 'stop' as const, raw: state };
  const isFailure = state === 'failed' || state === 'canceled' || state === 'rejected';
  return { unified: isFailure ? ('error' as const) : ('other' as const), raw: state };
}

const usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};
