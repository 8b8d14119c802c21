import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4GenerateResult,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import type { A2ALanguageModel } from '../../src/provider/a2a-language-model';
import { a2aLanguageModelOptions } from '../../src/provider/message/a2a-language-model-options';
import type { ConversationSeals } from '../../src/provider/message/conversation-seals';
import { convertToA2AMessage } from '../../src/provider/message/convert-to-a2a-message';
import { readConversation } from '../../src/provider/message/read-conversation';
import { clock } from './clock';
import { resultOf } from './result-of';
import {
  newRun,
  textOf,
  waitsForEnd,
  type AgentRun,
  type AgentTask,
  type AgentTurn,
  type Call,
  type ScriptedAgent,
  type TaskState,
} from './scripted-agent';

/** The real provider's model of an agent, which sends nothing here, and its seals. */
export interface Known {
  model: Pick<A2ALanguageModel, 'conversation'>;
  seals: ConversationSeals;
}

/** What keeps a message from its agent. */
export type Refusal = 'connection refused' | '503';

/** What happens when the agent is called. */
export interface Script {
  call: Call;
  turn: AgentTurn;
  /** Undefined: it says nothing of what it used. */
  credits: number | undefined;
  /** It goes on when this ends. */
  gate: Promise<void>;
  /** Of the first tries. */
  refusals: Refusal[];
  /** The agent has the message. */
  onReached: () => void;
}

/** The agent's model in one process. Without a script it is only asked. */
export function agentModel(
  agent: ScriptedAgent,
  { model: real, seals }: Known,
  script?: Script,
): LanguageModelV4 {
  const model = {
    specificationVersion: 'v4' as const,
    provider: 'a2a',
    modelId: agent.id,
    supportedUrls: {},
    conversation: (options: LanguageModelV4CallOptions) => real.conversation(options),
    async doStream(options: LanguageModelV4CallOptions) {
      if (script === undefined) throw new Error('Only asked.');
      const run = await send(options, script);
      const seal = seals.sealer(optionsOf(options).subject);
      const sealing = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
        async transform(part, controller) {
          if (!('providerMetadata' in part)) return controller.enqueue(part);
          const providerMetadata = await seal(part.providerMetadata);
          controller.enqueue(providerMetadata === undefined ? part : { ...part, providerMetadata });
        },
      });
      const parts = streamOf(run, options.abortSignal);
      // A line that breaks when it is closed would not break through the transform.
      return {
        stream: run.turn.includes('breaks') ? breaking(parts, sealing) : parts.pipeThrough(sealing),
      };
    },
    async doGenerate(options: LanguageModelV4CallOptions) {
      const { stream } = await model.doStream(options);
      const run = script?.call.runs.at(-1);
      // Whoever waits for the whole of it does not hear of a task that it began.
      if (run !== undefined && run.task?.runs[0] === run) run.isBlind = true;
      return resultOf(stream);
    },
    async task(taskId: string): Promise<LanguageModelV4GenerateResult> {
      const task = agent.task(taskId);
      if (task === undefined) throw new Error('Task not found');
      return {
        content: [{ type: 'text', text: textOf(task.lastRun) }],
        finishReason: finishReasonOf(task.state),
        usage,
        providerMetadata: { a2a: agent.metadata(task, task.state) },
        response: { timestamp: new Date(clock.now()) },
        warnings: [],
      };
    },
  };
  return model;

  /** As the provider would. */
  async function send(options: LanguageModelV4CallOptions, { call, ...script }: Script) {
    const { abortSignal, prompt } = options;
    const run = newRun(call, script.turn, script.credits);
    const end = Promise.withResolvers<void>();
    run.ended = end.promise;
    const a2a = optionsOf(options);
    const shown = /"escrowId":"([^"]+)"/.exec(JSON.stringify(a2a.metadata) ?? '');
    run.escrowId = shown?.[1];
    const refusal = script.refusals.shift();
    run.isSent = refusal !== 'connection refused';
    const stop = () => {
      run.isOver = true;
      run.abortedAt ??= clock.now();
    };
    if (abortSignal?.aborted === true) stop();
    abortSignal?.addEventListener('abort', stop);
    try {
      if (refusal !== undefined) throw refused(refusal);
      const found = await readConversation(prompt, seals, a2a.subject);
      run.isResumed = a2a.resume !== undefined;
      const message = run.isResumed
        ? { contextId: '', taskId: a2a.resume?.taskId ?? '' }
        : convertToA2AMessage({
            prompt,
            agent: agent.id,
            conversation: found === 'unknown' ? undefined : found,
            options: a2a,
            messageId: crypto.randomUUID(),
          });
      run.isUnnamed = message.taskId === '';
      const task = agent.receive(run, message);
      script.onReached();
      const isFollowing = run.isResumed || (task.state === 'working' && task.runs.length > 1);
      if (!isFollowing) {
        task.state = 'working';
        task.lastRun = run;
        task.rested = run.ended;
      }
      void work(run, task, { abortSignal, isFollowing, gate: script.gate }).then(end.resolve);
      return run;
    } catch (error) {
      run.isOver = true;
      end.resolve();
      throw error;
    }
  }

  /** Does what the turn says, as far as nobody stops it. */
  async function work(
    run: AgentRun,
    task: AgentTask,
    {
      abortSignal,
      gate,
      isFollowing,
    }: { abortSignal: AbortSignal | undefined; gate: Promise<void>; isFollowing: boolean },
  ): Promise<void> {
    const { turn } = run;
    await gate;
    const aborted = new Promise<void>((resolve) => {
      if (abortSignal?.aborted === true) resolve();
      else abortSignal?.addEventListener('abort', () => resolve());
    });
    if (isFollowing) {
      await Promise.race([task.rested, aborted]);
      if (abortSignal?.aborted === true) agent.settle(run, 'canceled');
      else run.state = task.state;
      return;
    }
    if (waitsForEnd(turn)) await aborted;
    if (abortSignal?.aborted === true) {
      agent.settle(run, turn === 'completes when it is canceled' ? 'completed' : 'canceled');
    } else if (turn === 'asks back') agent.settle(run, 'input-required');
    else if (turn === 'fails' || turn === 'cuts the line' || turn === 'ends without a finish') {
      agent.settle(run, 'failed');
    } else agent.settle(run, 'completed');
  }

  function streamOf(
    run: AgentRun,
    abortSignal: AbortSignal | undefined,
  ): ReadableStream<LanguageModelV4StreamPart> {
    const { task, turn } = run;
    if (task === undefined) throw new Error('No task.');
    const metadata = (state: string) => ({ a2a: agent.metadata(task, state) });
    return new ReadableStream<LanguageModelV4StreamPart>({
      start: async (controller) => {
        controller.enqueue({ type: 'stream-start', warnings: [] });
        const opening = metadata('working');
        controller.enqueue({ type: 'text-start', id: '1', providerMetadata: opening });
        const isWorking = task.lastRun === run;
        if (isWorking) controller.enqueue({ type: 'text-delta', id: '1', delta: textOf(run) });
        await run.ended;
        run.isOver = true;
        if (!isWorking) {
          controller.enqueue({ type: 'text-delta', id: '1', delta: textOf(task.lastRun) });
        }
        if (abortSignal?.aborted === true) return controller.error(abortSignal.reason);
        if (isWorking && turn === 'cuts the line')
          return controller.error(new TypeError('terminated'));
        if (isWorking && turn === 'ends without a finish') return controller.close();
        const state = run.state ?? task.state;
        controller.enqueue({ type: 'text-end', id: '1', providerMetadata: metadata(state) });
        if (state === 'failed' || state === 'canceled') {
          const error = Object.assign(new Error(`The task is ${state}`), { state });
          controller.enqueue({ type: 'error', error });
        }
        const finishReason = finishReasonOf(state);
        const providerMetadata = metadata(state);
        controller.enqueue({ type: 'finish', usage, finishReason, providerMetadata });
        if (!turn.includes('breaks')) return controller.close();
        await clock.sleep(60_000);
        controller.error(new TypeError('terminated'));
      },
      cancel() {
        // The stream of an unpaid call is canceled with its reader.
        if (!run.isOver && task.lastRun === run) agent.settle(run, 'canceled');
        run.isOver = true;
      },
    });
  }
}

function breaking(
  parts: ReadableStream<LanguageModelV4StreamPart>,
  sealing: TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>,
): ReadableStream<LanguageModelV4StreamPart> {
  const reader = parts.pipeThrough(sealing).getReader();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: () => Promise.reject(new TypeError('terminated')),
  });
}

function refused(refusal: Refusal): APICallError {
  return new APICallError({
    message: refusal,
    url: 'http://agent.test',
    requestBodyValues: {},
    isRetryable: true,
    ...(refusal === '503' && { statusCode: 503 }),
  });
}

function optionsOf({ providerOptions }: LanguageModelV4CallOptions) {
  return a2aLanguageModelOptions.parse(providerOptions?.['a2a'] ?? {});
}

function finishReasonOf(state: TaskState) {
  if (state === 'completed') return { unified: 'stop' as const, raw: state };
  const isFailure = state === 'failed' || state === 'canceled';
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
