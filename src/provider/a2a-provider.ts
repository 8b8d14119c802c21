import type { AgentCard } from '@a2a-js/sdk';
import { NoSuchModelError, type ProviderV4 } from '@ai-sdk/provider';
import {
  generateId as defaultGenerateId,
  resolve,
  withUserAgentSuffix,
  type FetchFunction,
} from '@ai-sdk/provider-utils';
import { VERSION } from '../version';
import { A2ALanguageModel } from './a2a-language-model';
import type { A2AAgentSettings, A2AProviderSettings } from './a2a-provider-settings';
import { assertProviderSettings } from './a2a-provider-settings-schema';
import { defaultTimeouts, type A2ATimeouts } from './client/a2a-timeouts';
import { mergeHeaders } from '../internal/merge-headers';
import { onDemand } from '../internal/on-demand';
import { A2AAgent } from './agent/a2a-agent';
import type { A2AConnection, A2AHealth } from './agent/a2a-connection';
import { agentByClient } from './agent/agent-by-client';
import { findAgent } from './agent/find-agent';
import { replicatedAgent } from './agent/replicated-agent';
import { ConversationSeals } from './message/conversation-seals';
import { defaultPolling } from './task/get-task';

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
   * Whether the agent can be called: its card is fetched again, or a request is sent to its `endpoint`. No
   * message is sent. Throws only for an invalid model id.
   *
   * @param options `timeoutMs`: milliseconds after which the agent counts as unhealthy. Default: 5000.
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
 * Creates a provider of A2A agents.
 *
 * @throws InvalidArgumentError for unknown or invalid settings.
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
export function createA2A(given?: A2AProviderSettings): A2AProvider {
  if (given !== undefined) assertProviderSettings(given);
  const settings = given ?? {};
  const connections = new Map<string, A2AConnection>();
  const fetch: FetchFunction = settings.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const generateId = settings.generateId ?? defaultGenerateId;
  const loadAuth = onDemand('credentials', async () => {
    const { createAuth } = await import('./agent/agent-auth');
    return createAuth({ fetch, now: Date.now });
  });

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
      generate: named?.generate ?? 'send',
      generateId,
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
        ? byClient(only, named)
        : replicatedAgent({ agent: id, url: urls[0] ?? id, agents, now: Date.now });
    connections.set(id, created);
    return created;
  };

  const byClient = (own: A2AAgent, named: A2AAgentSettings | undefined): A2AConnection => {
    if (named?.client === undefined) return own;
    const { connectMs } = defaultTimeouts;
    const timeouts = { connectMs, ...settings.timeouts, ...named.timeouts };
    return agentByClient({ own, client: named.client, timeouts });
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
      auth: auth && onDemand('credentials', async () => (await loadAuth())({ agent, url, auth })),
      cardKeys: named?.cardKeys ?? settings.cardKeys,
      fetch,
      cardTtlMs: settings.cardTtlMs ?? 300_000,
      now: Date.now,
      generateId,
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

/**
 * The provider with default settings.
 *
 * @example
 * ```ts
 * const { text } = await generateText({ model: a2a('https://agent.example.com'), prompt: 'Hello' });
 * ```
 */
export const a2a = /* @__PURE__ */ createA2A();
