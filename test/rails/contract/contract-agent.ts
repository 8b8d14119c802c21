import type {
  JSONObject,
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type { AgentAnswer, Amount, MessageDecoration } from '../../../src/rails/rail';
import type { RailBench } from './rail-bench';

/** What becomes of the work that was paid for. */
export type Work = 'completes' | 'fails' | 'goes on' | 'hangs';

/** An agent that is paid on any rail, as the A2A provider would show it. */
export class ContractAgent implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider = 'a2a';
  readonly modelId = 'https://agent.example.com/';
  readonly supportedUrls = {};
  /** Messages that paid. */
  paidMessages = 0;
  canceled = false;
  private answer: AgentAnswer = { state: 'working', metadata: {} };
  private shown: MessageDecoration | undefined;

  constructor(
    private readonly bench: RailBench,
    private readonly price: Amount,
    private readonly work: Work,
  ) {}

  async agentCard(): Promise<unknown> {
    return this.bench.card;
  }

  async doGenerate({
    abortSignal,
    headers,
    providerOptions,
  }: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { bench, price } = this;
    const metadata = (providerOptions?.['a2a']?.['metadata'] ?? {}) as JSONObject;
    const shown = { metadata, extensions: [], headers: textsOf(headers) };
    if (!bench.isPaid(shown)) {
      const asked = bench.asksFor?.(price);
      if (asked === undefined) throw new Error('This agent is not called unpaid.');
      return resultOf(asked);
    }
    this.paidMessages++;
    this.shown = shown;
    switch (this.work) {
      case 'completes':
        await this.finish();
        return resultOf(this.answer);
      case 'goes on':
        return resultOf(this.answer);
      case 'fails':
        this.answer = { state: 'failed', metadata: {} };
        // As the A2A provider throws it.
        throw Object.assign(new Error('It failed.'), { ...this.answer, taskId, contextId });
      case 'hangs':
        return new Promise((_, reject) => {
          abortSignal?.addEventListener('abort', () => {
            this.canceled = true;
            this.answer = { state: 'canceled', metadata: {} };
            reject(abortSignal.reason);
          });
        });
    }
  }

  async doStream(): Promise<never> {
    throw new Error('It does not stream.');
  }

  async task(): Promise<LanguageModelV4GenerateResult> {
    return resultOf(this.answer);
  }

  /** Its work is done, and it takes what it was shown for it. */
  async finish(): Promise<void> {
    if (this.shown === undefined) throw new Error('It was shown no payment.');
    this.answer = await this.bench.deliver(this.shown, this.price);
  }
}

export const taskId = 'task-1';
const contextId = 'talk-1';

function textsOf(headers: LanguageModelV4CallOptions['headers'] = {}): Record<string, string> {
  const texts = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, value]],
  );
  return Object.fromEntries(texts);
}

function resultOf({ metadata, state }: AgentAnswer): LanguageModelV4GenerateResult {
  const said = JSON.parse(JSON.stringify(metadata)) as JSONObject;
  const a2a = { agent: 'https://agent.example.com/', taskId, contextId, metadata: said };
  const providerMetadata = { a2a: { ...a2a, ...(state !== undefined && { state }) } };
  const unified = state === 'completed' ? ('stop' as const) : ('other' as const);
  return {
    content: [{ type: 'text', text: 'Done.', providerMetadata }],
    finishReason: { unified, raw: state },
    usage,
    warnings: [],
    providerMetadata,
  };
}

const usage: LanguageModelV4Usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};
