import type {
  LanguageModelV4Content,
  LanguageModelV4FinishReason,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';

/** The result of a model call, as passed to `verify` and `meter`. */
export interface FinishedGeneration {
  /** The model id. */
  agent: string;
  /** All text blocks, joined. */
  text: string;
  /** The values of the agent's data parts. With JSON output they are in `text` instead. */
  data: unknown[];
  /** The number of files, including files by URL. */
  files: number;
  /** `other` if the answer was aborted; its content is then partial. */
  finishReason: LanguageModelV4FinishReason['unified'];
  /** As reported by the agent; its fields are `undefined` if the agent did not report them. */
  usage: LanguageModelV4Usage;
  providerMetadata: SharedV4ProviderMetadata | undefined;
}

/** The agent's context id of the conversation. */
export function contextOf(metadata: SharedV4ProviderMetadata | undefined): string | undefined {
  const contextId = metadata?.['a2a']?.['contextId'];
  return typeof contextId === 'string' ? contextId : undefined;
}

/** Assembles a finished generation from its parts, streamed or not. */
export class GenerationCollector {
  private readonly agent: string;
  private readonly keepsContent: boolean;
  private text = '';
  private readonly data: unknown[] = [];
  private files = 0;

  /** Without `keepsContent`, text, data and files stay empty, because an answer can be large. */
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
        // For other models, a source is a citation and not a file of the answer.
        if (part.providerMetadata?.['a2a'] !== undefined) this.files++;
        break;
      default:
        break;
    }
  }

  /** The generation so far. Without a finish part, the answer counts as aborted. */
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

/** Converts the result of `doGenerate`. */
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
