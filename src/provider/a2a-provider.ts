import { NoSuchModelError, type ProviderV4 } from '@ai-sdk/provider';
import {
  generateId as defaultGenerateId,
  resolve,
  withUserAgentSuffix,
  type FetchFunction,
  type IdGenerator,
  type Resolvable,
} from '@ai-sdk/provider-utils';
import { VERSION } from '../version';
import { A2AAgent } from './a2a-agent';
import { A2ALanguageModel } from './a2a-language-model';
import type { A2APolling } from './follow-up-task';
import { mergeHeaders } from './merge-headers';
import type { A2AProtocolVersion } from './select-interface';

/** One named agent. `url` is discovered through its card; `endpoint` is sent to as it is. */
export type A2AAgentSettings = (
  | { url: string; endpoint?: undefined }
  | { endpoint: string; url?: undefined }
) & {
  /** Added to the provider's headers; same names win. */
  headers?: Resolvable<Record<string, string | undefined>>;
  /** Overrides the provider's `protocol`. */
  protocol?: 'auto' | A2AProtocolVersion;
  /** The skill to ask for, unless the call names one. */
  skill?: string;
};

export interface A2AProviderSettings {
  /** Agents by name, for `a2a('name')`. A URL is a model id too, without being listed. */
  agents?: Record<string, A2AAgentSettings>;
  /** Sent with every request, the card's included. A function or a promise is asked per request. */
  headers?: Resolvable<Record<string, string | undefined>>;
  /** Reaches every request, the card's included. Default: the global `fetch`. */
  fetch?: FetchFunction;
  /** Default: `auto`, which takes what the card declares, 1.0 first; without a card it means 1.0. */
  protocol?: 'auto' | A2AProtocolVersion;
  /**
   * Whether a card may send messages, and the headers with them, to another origin than the card's
   * own: any, or those listed. Default: `false`.
   */
  trustCardUrl?: boolean | string[];
  /** Milliseconds an agent card is kept. Default: 300000. */
  cardTtlMs?: number;
  /** How a task is followed that outlives its request. */
  polling?: Partial<A2APolling>;
  /** Shown as the model's provider, after `a2a.`. Default: none. */
  name?: string;
  /** Makes message ids. */
  generateId?: IdGenerator;
}

export interface A2AProvider extends ProviderV4 {
  /** @param modelId the agent's URL, or a name from `agents`. */
  (modelId: string): A2ALanguageModel;
  /** @param modelId the agent's URL, or a name from `agents`. */
  languageModel(modelId: string): A2ALanguageModel;
}

/**
 * A provider of A2A agents.
 *
 * @throws NoSuchModelError for a model id that is neither an http(s) URL nor a named agent.
 *
 * @example
 * ```ts
 * const agents = createA2A({
 *   agents: { scraper: { url: 'https://scraper.example.com', headers: { authorization: `Bearer ${token}` } } },
 * });
 * const { text } = await generateText({ model: agents('scraper'), prompt: 'Scrape example.com' });
 * ```
 */
export function createA2A(settings: A2AProviderSettings = {}): A2AProvider {
  const connections = new Map<string, A2AAgent>();

  const createLanguageModel = (modelId: string): A2ALanguageModel => {
    const named = Object.hasOwn(settings.agents ?? {}, modelId)
      ? settings.agents?.[modelId]
      : undefined;
    const url = named?.endpoint ?? named?.url ?? modelId;
    if (!isHttpUrl(url)) {
      throw new NoSuchModelError({
        modelId,
        modelType: 'languageModel',
        message: `No A2A agent "${modelId}". A model id is the agent's http(s) URL or a name from createA2A({ agents }).`,
      });
    }
    const headers = async () =>
      withUserAgentSuffix(
        mergeHeaders(
          settings.headers && (await resolve(settings.headers)),
          named?.headers && (await resolve(named.headers)),
        ),
        `ai-sdk-a2a-settlement/${VERSION}`,
      );
    return new A2ALanguageModel(modelId, {
      provider: settings.name === undefined ? 'a2a' : `a2a.${settings.name}`,
      agent: connect(modelId, { url, named, headers }),
      headers,
      skill: named?.skill,
      generateId: settings.generateId ?? defaultGenerateId,
      polling: { intervalMs: 500, timeoutMs: 60_000, ...settings.polling },
    });
  };

  const connect = (
    modelId: string,
    {
      url,
      named,
      headers,
    }: {
      url: string;
      named: A2AAgentSettings | undefined;
      headers: () => Promise<Record<string, string>>;
    },
  ): A2AAgent => {
    const known = connections.get(modelId);
    if (known !== undefined) return known;
    const created = new A2AAgent({
      agent: modelId,
      url,
      endpoint: named?.endpoint,
      protocol: named?.protocol ?? settings.protocol ?? 'auto',
      trustCardUrl: settings.trustCardUrl ?? false,
      headers,
      fetch: settings.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      cardTtlMs: settings.cardTtlMs ?? 300_000,
      now: Date.now,
    });
    connections.set(modelId, created);
    return created;
  };

  const provider = (modelId: string) => createLanguageModel(modelId);
  return Object.assign(provider, {
    specificationVersion: 'v4' as const,
    languageModel: createLanguageModel,
    embeddingModel: (modelId: string) => {
      throw new NoSuchModelError({ modelId, modelType: 'embeddingModel' });
    },
    imageModel: (modelId: string) => {
      throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
    },
  });
}

/**
 * The provider with default settings.
 *
 * @example
 * ```ts
 * const { text } = await generateText({ model: a2a('https://agent.example.com'), prompt: 'Hello' });
 * ```
 */
export const a2a = createA2A();

function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}
