import type {
  LanguageModelV4,
  LanguageModelV4StreamPart,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';

/** What the agent does with one turn. */
export type AgentTurn =
  | 'completes'
  | 'fails'
  | 'asks back'
  | 'cuts the line'
  | 'throws at once'
  | 'hangs';

const usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};

/** An agent that does what it is told, and knows the real state of its tasks. */
export class ScriptedAgent {
  readonly states = new Map<string, string>();
  private count = 0;

  model(turn: AgentTurn, { taskId = `task-${this.count++}` }: { taskId?: string } = {}) {
    let seen: string | undefined;
    const see = (providerOptions: unknown) => {
      const text = JSON.stringify(providerOptions) ?? '';
      seen = /"escrowId":"([^"]+)"/.exec(text)?.[1];
    };
    const metadata = (state: string): SharedV4ProviderMetadata => ({
      a2a: { agent: 'agent', taskId, contextId: 'c', state },
    });
    const model: LanguageModelV4 & { taskState(id: string): Promise<string | undefined> } = {
      specificationVersion: 'v4',
      provider: 'a2a',
      modelId: 'agent',
      supportedUrls: {},
      taskState: async (id) => this.states.get(id),
      doGenerate: async () => {
        throw new Error('streams only');
      },
      doStream: async ({ abortSignal, providerOptions }) => {
        see(providerOptions);
        if (turn === 'throws at once') throw new Error('no route');
        this.states.set(taskId, 'working');
        const stream = new ReadableStream<LanguageModelV4StreamPart>({
          start: async (controller) => {
            controller.enqueue({ type: 'stream-start', warnings: [] });
            controller.enqueue({
              type: 'text-start',
              id: '1',
              providerMetadata: metadata('working'),
            });
            controller.enqueue({ type: 'text-delta', id: '1', delta: 'Hi' });
            await new Promise((resolve) => setTimeout(resolve, 1));
            if (abortSignal?.aborted === true || turn === 'hangs') {
              if (abortSignal?.aborted !== true) {
                await new Promise((resolve) => abortSignal?.addEventListener('abort', resolve));
              }
              this.states.set(taskId, 'canceled');
              controller.error(abortSignal?.reason);
              return;
            }
            if (turn === 'cuts the line') {
              this.states.set(taskId, 'failed');
              controller.error(new TypeError('terminated'));
              return;
            }
            const state = {
              completes: 'completed',
              fails: 'failed',
              'asks back': 'input-required',
            }[turn];
            this.states.set(taskId, state);
            controller.enqueue({ type: 'text-end', id: '1', providerMetadata: metadata(state) });
            if (turn === 'fails') controller.enqueue({ type: 'error', error: new Error('failed') });
            controller.enqueue({
              type: 'finish',
              usage,
              finishReason: {
                unified: turn === 'completes' ? 'stop' : turn === 'fails' ? 'error' : 'other',
                raw: state,
              },
              providerMetadata: metadata(state),
            });
            controller.close();
          },
        });
        return { stream };
      },
    };
    /** The escrow this turn was shown. */
    return { model, taskId, seen: () => seen };
  }
}
