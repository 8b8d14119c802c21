import type {
  JSONObject,
  LanguageModelV4,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';

/** What the agent does with one turn. */
export type AgentTurn =
  | 'completes'
  | 'completes, and the line breaks after the finish'
  | 'delivers rubbish'
  | 'fails'
  | 'asks back'
  | 'cuts the line'
  | 'ends without a finish'
  | 'throws at once'
  | 'waits for the end of the call'
  | 'completes when it is canceled';

/** One turn of the agent, as it really went. */
export interface AgentRun {
  turn: AgentTurn;
  taskId: string;
  /** The escrow it was shown. */
  escrowId: string | undefined;
  /** Tokens it says it used. */
  credits: number | undefined;
  state: string | undefined;
  /** The task had ended before, or its hold had. */
  isRefused: boolean;
  /** Ends when the agent has gone to the end of its turn. */
  ended: Promise<void>;
}

/** An agent that does what it is told, and knows the real state of its tasks. */
export class ScriptedAgent {
  readonly id: string;
  private readonly tasks = new Map<string, AgentRun>();
  private readonly isHeld: (escrowId: string) => boolean;
  private count = 0;

  /** `isHeld`: whether it may believe the escrow it is shown. */
  constructor(id: string, isHeld: (escrowId: string) => boolean) {
    this.id = id;
    this.isHeld = isHeld;
  }

  /** For one turn. Without `taskId` it is a new task. */
  model(
    turn: AgentTurn,
    {
      credits,
      gate,
      taskId = `${this.id}-task-${this.count++}`,
    }: {
      /** Undefined: it says nothing of what it used. */
      credits: number | undefined;
      /** It goes on when this ends. */
      gate: Promise<void>;
      taskId?: string | undefined;
    },
  ): { model: LanguageModelV4; run: AgentRun } {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const run: AgentRun = {
      turn,
      taskId,
      credits,
      escrowId: undefined,
      state: undefined,
      isRefused: false,
      ended,
    };
    const model = this.asModel(async ({ abortSignal, providerOptions }) => {
      const shown = /"escrowId":"([^"]+)"/.exec(JSON.stringify(providerOptions) ?? '');
      run.escrowId = shown?.[1];
      const earlier = this.tasks.get(taskId)?.state ?? 'input-required';
      // No agent takes up a task that it has ended, or works for a hold that is none.
      const isPayable = run.escrowId === undefined || this.isHeld(run.escrowId);
      run.isRefused = earlier !== 'input-required' || !isPayable;
      if (turn === 'throws at once' || run.isRefused) {
        run.state = 'failed';
        end();
        throw new Error('no route');
      }
      run.state = 'working';
      this.tasks.set(taskId, run);
      return { stream: this.stream(run, { abortSignal, gate, end }) };
    });
    return { model, run };
  }

  /** For those who ask how tasks stand. */
  languageModel(): LanguageModelV4 {
    return this.asModel(() => Promise.reject(new Error('Only asked.')));
  }

  private asModel(doStream: LanguageModelV4['doStream']) {
    return {
      specificationVersion: 'v4' as const,
      provider: 'a2a',
      modelId: this.id,
      supportedUrls: {},
      doGenerate: () => Promise.reject(new Error('Streams only.')),
      doStream,
      task: async (taskId: string): Promise<LanguageModelV4GenerateResult> => {
        const run = this.tasks.get(taskId);
        if (run?.state === undefined) throw new Error('unknown task');
        return {
          content: [{ type: 'text', text: textOf(run) }],
          finishReason: finishReasonOf(run.state),
          usage,
          providerMetadata: this.metadata(run),
          warnings: [],
        };
      },
    };
  }

  private metadata({ credits, state, taskId }: AgentRun): SharedV4ProviderMetadata {
    const a2a: JSONObject = {
      agent: this.id,
      taskId,
      contextId: 'c',
      metadata: credits === undefined ? {} : { 'a2a-se': { creditsUsed: credits } },
    };
    if (state !== undefined) a2a['state'] = state;
    return { a2a };
  }

  private stream(
    run: AgentRun,
    {
      abortSignal,
      gate,
      end,
    }: { abortSignal: AbortSignal | undefined; gate: Promise<void>; end: () => void },
  ): ReadableStream<LanguageModelV4StreamPart> {
    const { turn } = run;
    return new ReadableStream<LanguageModelV4StreamPart>({
      start: async (controller) => {
        controller.enqueue({ type: 'stream-start', warnings: [] });
        const opening = this.metadata(run);
        controller.enqueue({ type: 'text-start', id: '1', providerMetadata: opening });
        controller.enqueue({ type: 'text-delta', id: '1', delta: textOf(run) });
        await gate;
        if (waitsForEnd(turn) && abortSignal?.aborted !== true) {
          await new Promise((resolve) => abortSignal?.addEventListener('abort', resolve));
        }
        if (run.state === 'canceled') return;
        if (abortSignal?.aborted === true) {
          run.state = turn === 'completes when it is canceled' ? 'completed' : 'canceled';
          controller.error(abortSignal.reason);
          return end();
        }
        if (turn === 'cuts the line' || turn === 'ends without a finish') {
          run.state = 'failed';
          if (turn === 'cuts the line') controller.error(new TypeError('terminated'));
          else controller.close();
          return end();
        }
        const { state } = ends(turn);
        run.state = state;
        const providerMetadata = this.metadata(run);
        controller.enqueue({ type: 'text-end', id: '1', providerMetadata });
        if (turn === 'fails') controller.enqueue({ type: 'error', error: new Error('failed') });
        const finishReason = finishReasonOf(state);
        controller.enqueue({ type: 'finish', usage, finishReason, providerMetadata });
        if (!turn.includes('breaks')) controller.close();
        end();
      },
      cancel: async () => {
        // The stream of an unpaid call is canceled with its reader.
        if (run.state === 'working') run.state = 'canceled';
        end();
        if (turn.includes('breaks')) throw new TypeError('terminated');
      },
    });
  }
}

/** It ends only when its caller aborts. */
export function waitsForEnd(turn: AgentTurn): boolean {
  return turn === 'waits for the end of the call' || turn === 'completes when it is canceled';
}

function ends(turn: AgentTurn): { state: string } {
  if (turn === 'fails') return { state: 'failed' };
  return { state: turn === 'asks back' ? 'input-required' : 'completed' };
}

function textOf({ turn }: AgentRun): string {
  return turn === 'delivers rubbish' ? 'rubbish' : 'Hi';
}

function finishReasonOf(state: string) {
  const unified =
    state === 'completed'
      ? ('stop' as const)
      : state === 'failed' || state === 'canceled'
        ? ('error' as const)
        : ('other' as const);
  return { unified, raw: state };
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
