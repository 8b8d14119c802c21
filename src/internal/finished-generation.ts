import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';

/** What a model answered, for those who judge it: `verify` and `meter`. */
export interface FinishedGeneration {
  /** The model id. */
  agent: string;
  /** All text blocks, joined. */
  text: string;
  /** The values of the agent's data parts. With JSON output they are in `text` instead. */
  data: unknown[];
  /** How many files came, those by URL included. */
  files: number;
  /** `other` for an answer that was aborted: it is as long as it got. */
  finishReason: LanguageModelV4FinishReason['unified'];
  /** As the agent reported it; `undefined` where it did not. */
  usage: LanguageModelV4Usage;
  providerMetadata: SharedV4ProviderMetadata | undefined;
}

/** The conversation, as the agent names it. */
export function contextOf(metadata: SharedV4ProviderMetadata | undefined): string | undefined {
  const contextId = metadata?.['a2a']?.['contextId'];
  return typeof contextId === 'string' ? contextId : undefined;
}

/** Puts a generation together out of its parts, streamed or not. */
export class GenerationCollector {
  private readonly agent: string;
  private readonly keepsContent: boolean;
  private text = '';
  private readonly data: unknown[] = [];
  private files = 0;

  /** Without `keepsContent`, text, data and files stay empty: an answer may be long. */
  constructor(agent: string, { keepsContent }: { keepsContent: boolean }) {
    this.agent = agent;
    this.keepsContent = keepsContent;
  }

  add(part: LanguageModelV4Content | LanguageModelV4StreamPart): void {
    if (!this.keepsContent) return;
    switch (part.type) {
      case 'text':
        this.text += part.text;
        break;
      case 'text-delta':
        this.text += part.delta;
        break;
      case 'custom':
        if (part.kind === 'a2a.data') this.data.push(part.providerMetadata?.['a2a']?.['data']);
        break;
      case 'file':
        this.files++;
        break;
      case 'source':
        // What other models cite is no file of theirs.
        if (part.providerMetadata?.['a2a'] !== undefined) this.files++;
        break;
      default:
        break;
    }
  }

  /** What came until now. Without an end, an answer is as long as it got. */
  finish({
    finishReason,
    providerMetadata,
    usage,
  }: {
    finishReason?: LanguageModelV4FinishReason;
    usage?: LanguageModelV4Usage;
    providerMetadata?: SharedV4ProviderMetadata;
  } = {}): FinishedGeneration {
    const { agent, data, files, text } = this;
    return {
      agent,
      text,
      data,
      files,
      finishReason: finishReason?.unified ?? 'other',
      usage: usage ?? noUsage,
      providerMetadata,
    };
  }
}

/** A generation that was not streamed. */
export function finishGeneration(
  agent: string,
  result: LanguageModelV4GenerateResult,
): FinishedGeneration {
  const collector = new GenerationCollector(agent, { keepsContent: true });
  for (const part of result.content) collector.add(part);
  return collector.finish(result);
}

const noUsage: LanguageModelV4Usage = {
  inputTokens: {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  },
  outputTokens: { total: undefined, text: undefined, reasoning: undefined },
};
