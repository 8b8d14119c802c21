import type { AgentCard } from '@a2a-js/sdk';
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
import { A2ALanguageModel } from './a2a-language-model';
import { A2ACredentials } from './auth/auth-credentials';
import type { A2AAuthOptions } from './auth/auth-options';
import { A2ATokens } from './auth/auth-tokens';
import type { A2AProtocolVersion } from './card/select-interface';
import type { A2ACardKeys } from './card/verify-card-signature';
import type { A2ALimits } from './common/a2a-limits';
import { defaultTimeouts, type A2ATimeouts } from './common/a2a-timeouts';
import { assertSettings } from './common/assert-settings';
import { mergeHeaders } from './common/merge-headers';
import { A2AAgent } from './connection/a2a-agent';
import type { A2AConnection, A2AHealth } from './connection/a2a-connection';
import { findAgent } from './connection/find-agent';
import { ReplicaSet } from './connection/replica-set';
import { ConversationSeals, type A2AConversationSealing } from './message/conversation-seals';
import { defaultPolling, type A2APolling } from './task/ask-task';

/**
 * One named agent. `url` is discovered through its card; `urls` are replicas of one agent, of which a
 * message goes to the least busy one that can be reached; `endpoint` is sent to as it is.
 */
export type A2AAgentSettings = (
  | { url: string; urls?: undefined; endpoint?: undefined }
  | { urls: string[]; url?: undefined; endpoint?: undefined }
  | { endpoint: string; url?: undefined; urls?: undefined }
) & {
  /** Added to the provider's headers; same names win. */
  headers?: Resolvable<Record<string, string | undefined>>;
  /** Overrides the provider's `protocol`. */
  protocol?: 'auto' | A2AProtocolVersion;
  /** The skill to ask for, unless the model id (`name#skill`) or the call names one. */
  skill?: string;
  /** Takes the place of the provider's `auth`. */
  auth?: A2AAuthOptions;
  /** Takes the place of the provider's `cardKeys`. */
  cardKeys?: A2ACardKeys;
  /** Overrides the provider's `timeouts`, each by itself. */
  timeouts?: A2ATimeouts;
  /** Overrides the provider's `limits`, each by itself. */
  limits?: A2ALimits;
  /** `false`: never streams, whatever the card says. Default: what the card says; without one, `true`. */
  streaming?: boolean;
};

export interface A2AProviderSettings {
  /** Agents by name, for `a2a('name')`. A URL is a model id too, without being listed. */
  agents?: Record<string, A2AAgentSettings>;
  /** Sent with every request, the card's included. A function or a promise is asked per request. */
  headers?: Resolvable<Record<string, string | undefined>>;
  /** Reaches every request, the card's included. Default: the global `fetch`. */
  fetch?: FetchFunction;
  /**
   * Default: `auto`, which takes what the card declares, 1.0 first (without a card it means 1.0), and
   * the other version when the agent says that it does not know this one. Answers may come in either,
   * whatever was asked for.
   */
  protocol?: 'auto' | A2AProtocolVersion;
  /**
   * Whether a card may send messages, and the headers with them, to another origin than the card's
   * own: any, or those listed. Default: `false`.
   */
  trustCardUrl?: boolean | string[];
  /**
   * What agents may be shown that ask for authentication, in the way each card asks for it. Goes where
   * `headers` go, and nowhere else. Default: nothing but `headers`.
   */
  auth?: A2AAuthOptions;
  /**
   * Public keys, one of which must have signed an agent's card. A card without such a signature is an
   * `A2AAgentCardError`. Default: signatures are not asked for.
   */
  cardKeys?: A2ACardKeys;
  /**
   * Milliseconds an agent card is kept before the agent is asked whether it has changed (by its ETag,
   * if it has one). Default: 300000.
   */
  cardTtlMs?: number;
  /** How a task is followed that outlives its request. */
  polling?: Partial<A2APolling>;
  /** How long an agent may stay silent. Default: 60 s to connect, 5 min without a byte. */
  timeouts?: A2ATimeouts;
  /** How much of an answer is taken in. Default: 32 MiB of one event, 256 MiB of one stream. */
  limits?: A2ALimits;
  /**
   * How a conversation is known again when it returns in messages, of which a browser may have changed
   * any. One that this application did not seal, or sealed for another `providerOptions.a2a.subject`,
   * is not gone on with: a new one begins with all the messages, and a warning says so. Default: sealed
   * with `A2A_CONVERSATION_SECRET`, else with a secret of this process.
   */
  conversation?: A2AConversationSealing;
  /** Shown as the model's provider, after `a2a.`. Default: none. */
  name?: string;
  /** Makes message ids. */
  generateId?: IdGenerator;
}

export interface A2AProvider extends ProviderV4 {
  /** @param modelId the agent's URL, or a name from `agents`; either may end in `#` and a skill. */
  (modelId: string): A2ALanguageModel;
  /** @param modelId the agent's URL, or a name from `agents`; either may end in `#` and a skill. */
  languageModel(modelId: string): A2ALanguageModel;
  /**
   * The agent's card, in the shape of protocol 1.0; undefined for an agent with an `endpoint`. Fetched
   * once and cached.
   *
   * @throws A2AAgentCardError
   */
  agentCard(
    modelId: string,
    options?: { abortSignal?: AbortSignal },
  ): Promise<AgentCard | undefined>;
  /**
   * Whether the agent can be called: its card is fetched anew, or its `endpoint` asked for anything.
   * No message is sent. Throws only for a model id that is none.
   *
   * @param options `timeoutMs`: milliseconds after which it is not healthy. Default: 5000.
   *
   * @example
   * ```ts
   * const { isHealthy, latencyMs, error } = await a2a.checkHealth('https://agent.example.com');
   * ```
   */
  checkHealth(
    modelId: string,
    options?: { timeoutMs?: number; abortSignal?: AbortSignal },
  ): Promise<A2AHealth>;
}

/**
 * A provider of A2A agents.
 *
 * @throws InvalidArgumentError for a setting that does not exist.
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
  assertSettings('createA2A', settings, providerSettings);
  for (const [name, agent] of Object.entries(settings.agents ?? {})) {
    assertSettings(`createA2A: agents["${name}"]`, agent, agentSettings);
  }
  const connections = new Map<string, A2AConnection>();
  const fetch: FetchFunction = settings.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const tokens = new A2ATokens({ fetch, now: Date.now });

  const createLanguageModel = (modelId: string): A2ALanguageModel => {
    const { id, skill, named, urls } = findAgent(modelId, settings.agents);
    return new A2ALanguageModel(id, {
      provider: settings.name === undefined ? 'a2a' : `a2a.${settings.name}`,
      agent: connect(modelId),
      conversations: new ConversationSeals({
        agent: id,
        address: urls[0] ?? id,
        options: settings.conversation,
      }),
      headers: headersFor(named),
      skill,
      generateId: settings.generateId ?? defaultGenerateId,
      polling: {
        intervalMs: settings.polling?.intervalMs ?? defaultPolling.intervalMs,
        timeoutMs: settings.polling?.timeoutMs ?? defaultPolling.timeoutMs,
      },
      timeouts: timeoutsFor(named),
    });
  };

  const connect = (modelId: string): A2AConnection => {
    const { id, urls, named } = findAgent(modelId, settings.agents);
    const known = connections.get(id);
    if (known !== undefined) return known;
    const agents = urls.map((url) => createAgent(id, { url, named }));
    const [only] = agents;
    const created =
      only !== undefined && agents.length === 1
        ? only
        : new ReplicaSet({ agent: id, url: urls[0] ?? id, agents, now: Date.now });
    connections.set(id, created);
    return created;
  };

  const createAgent = (
    agent: string,
    { url, named }: { url: string; named: A2AAgentSettings | undefined },
  ): A2AAgent => {
    const auth = named?.auth ?? settings.auth;
    return new A2AAgent({
      agent,
      url,
      endpoint: named?.endpoint,
      protocol: named?.protocol ?? settings.protocol ?? 'auto',
      streaming: named?.streaming,
      trustCardUrl: settings.trustCardUrl ?? false,
      timeouts: timeoutsFor(named),
      limits: { ...settings.limits, ...named?.limits },
      headers: headersFor(named),
      credentials: auth && new A2ACredentials({ agent, url, auth, tokens }),
      cardKeys: named?.cardKeys ?? settings.cardKeys,
      fetch,
      cardTtlMs: settings.cardTtlMs ?? 300_000,
      now: Date.now,
    });
  };

  const timeoutsFor = (named: A2AAgentSettings | undefined): A2ATimeouts => ({
    ...defaultTimeouts,
    ...settings.timeouts,
    ...named?.timeouts,
  });

  const headersFor = (named: A2AAgentSettings | undefined) => async () =>
    withUserAgentSuffix(
      mergeHeaders(
        settings.headers && (await resolve(settings.headers)),
        named?.headers && (await resolve(named.headers)),
      ),
      `ai-sdk-a2a-settlement/${VERSION}`,
    );

  const provider = (modelId: string) => createLanguageModel(modelId);
  return Object.assign(provider, {
    specificationVersion: 'v4' as const,
    languageModel: createLanguageModel,
    agentCard: async (modelId: string, options?: { abortSignal?: AbortSignal }) =>
      connect(modelId).card(options),
    checkHealth: async (
      modelId: string,
      { timeoutMs = 5000, abortSignal }: { timeoutMs?: number; abortSignal?: AbortSignal } = {},
    ) => connect(modelId).checkHealth({ timeoutMs, abortSignal }),
    embeddingModel: (modelId: string) => {
      throw new NoSuchModelError({ modelId, modelType: 'embeddingModel' });
    },
    imageModel: (modelId: string) => {
      throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
    },
  });
}

const providerSettings = {
  agents: true,
  headers: true,
  fetch: true,
  protocol: true,
  trustCardUrl: true,
  auth: true,
  cardKeys: true,
  cardTtlMs: true,
  polling: true,
  timeouts: true,
  limits: true,
  conversation: true,
  name: true,
  generateId: true,
} satisfies Record<keyof A2AProviderSettings, true>;

const agentSettings = {
  url: true,
  urls: true,
  endpoint: true,
  headers: true,
  protocol: true,
  skill: true,
  auth: true,
  cardKeys: true,
  timeouts: true,
  limits: true,
  streaming: true,
} satisfies Record<keyof A2AAgentSettings, true>;

/**
 * The provider with default settings.
 *
 * @example
 * ```ts
 * const { text } = await generateText({ model: a2a('https://agent.example.com'), prompt: 'Hello' });
 * ```
 */
export const a2a = createA2A();
