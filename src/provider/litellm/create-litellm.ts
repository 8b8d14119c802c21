import type { AgentCard } from '@a2a-js/sdk';
import {
  InvalidArgumentError,
  LoadSettingError,
  NoSuchModelError,
  type ProviderV4,
} from '@ai-sdk/provider';
import {
  loadOptionalSetting,
  loadSetting,
  resolve,
  withUserAgentSuffix,
  type FetchFunction,
} from '@ai-sdk/provider-utils';
import { VERSION } from '../../version';
import { createA2A, type A2AProvider } from '../a2a-provider';
import { mergeHeaders } from '../../internal/merge-headers';
import type { A2AHealth } from '../agent/a2a-connection';
import { isHttpUrl } from '../agent/find-agent';
import {
  listLiteLLMAgents,
  type ListLiteLLMAgentsOptions,
  type LiteLLMAgent,
} from './litellm-agents';
import { createLiteLLMFetch, fitsHeaderName, toAgentHeaders } from './litellm-fetch';
import { checkLiteLLMHealth, type LiteLLMHealthOptions } from './litellm-health';
import { ConversationSeals } from '../message/conversation-seals';
import { LiteLLMLanguageModel } from './litellm-language-model';
import type { LiteLLMHeaders, LiteLLMProviderSettings } from './litellm-provider-settings';
import { assertLiteLLMSettings } from './litellm-provider-settings-schema';

export interface LiteLLMProvider extends ProviderV4 {
  /**
   * @param modelId the agent's name in the gateway, its id there, or a name from `agents`; each may end in `#`
   * and a skill.
   */
  (modelId: string): LiteLLMLanguageModel;
  /**
   * @param modelId the agent's name in the gateway, its id there, or a name from `agents`; each may end
   * in `#` and a skill.
   */
  languageModel(modelId: string): LiteLLMLanguageModel;
  /**
   * The agents that the key may use, from the gateway's registry.
   *
   * @throws A2AProtocolError
   */
  agents(options?: ListLiteLLMAgentsOptions): Promise<LiteLLMAgent[]>;
  /**
   * The agent's own card, from its `cardUrl`; undefined without one.
   *
   * @throws A2AAgentCardError
   */
  agentCard(
    modelId: string,
    options?: { abortSignal?: AbortSignal },
  ): Promise<AgentCard | undefined>;
  /**
   * Whether the gateway is reachable and returns the agent's card for the key. No message is sent. It does not
   * check whether the gateway reaches the agent: use `agents({ healthCheck: true })`.
   */
  checkHealth(modelId: string, options?: LiteLLMHealthOptions): Promise<A2AHealth>;
}

/**
 * Creates a provider of the A2A agents behind a LiteLLM gateway.
 *
 * @throws InvalidArgumentError for unknown or invalid settings.
 * @throws LoadSettingError if a model is requested and `baseURL` is missing, or is not an http(s) URL.
 * @throws InvalidArgumentError if a call has `agentHeaders` for an agent whose name is not valid in a header.
 *
 * @example
 * ```ts
 * const litellm = createLiteLLM({ baseURL: 'https://gateway.example.com', apiKey: virtualKey });
 * const agent = wrapLanguageModel({
 *   model: litellm('researcher'),
 *   middleware: settlementMiddleware({ agents: { researcher: { accountId: 'acc_1', price: 25 } } }),
 * });
 * const { text } = await generateText({ model: agent, prompt: 'Who was Ada Lovelace?' });
 * ```
 */
export function createLiteLLM(given?: LiteLLMProviderSettings): LiteLLMProvider {
  if (given !== undefined) assertLiteLLMSettings(given);
  const settings = given ?? {};
  const { agents, agentHeaders, apiKey, apiKeyHeader, baseURL, protocol, ...a2aSettings } =
    settings;
  const fetch: FetchFunction = settings.fetch ?? ((input, init) => globalThis.fetch(input, init));
  const connections = new Map<string, LiteLLMConnection>();

  const languageModel = (modelId: string): LiteLLMLanguageModel => {
    const { name, skill } = nameAndSkill(modelId);
    const { endpoint, gateway, origin } = connect(name);
    return new LiteLLMLanguageModel({
      conversations: new ConversationSeals({
        agent: name,
        address: endpoint,
        options: settings.conversation,
      }),
      gateway: gateway(skill === undefined ? name : `${name}#${skill}`),
      origin: origin?.(name),
    });
  };

  const provider = (modelId: string) => languageModel(modelId);
  return Object.assign(provider, {
    specificationVersion: 'v4' as const,
    languageModel,
    agents: async (options: ListLiteLLMAgentsOptions = {}) =>
      listLiteLLMAgents(options, {
        baseURL: gatewayURL(),
        fetch,
        headers: withUserAgentSuffix(await gatewayHeaders(), `ai-sdk-a2a-settlement/${VERSION}`),
      }),
    agentCard: async (modelId: string, options?: { abortSignal?: AbortSignal }) =>
      languageModel(modelId).agentCard(options),
    checkHealth: async (modelId: string, options: LiteLLMHealthOptions = {}) => {
      const { name } = nameAndSkill(modelId);
      return checkLiteLLMHealth(
        { agent: name, endpoint: connect(name).endpoint, fetch, headers: await gatewayHeaders() },
        options,
      );
    },
    embeddingModel: (modelId: string) => {
      throw new NoSuchModelError({ modelId, modelType: 'embeddingModel' });
    },
    imageModel: (modelId: string) => {
      throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
    },
  });

  /** A listed name may contain a `#`. */
  function nameAndSkill(modelId: string): { name: string; skill?: string | undefined } {
    if (Object.hasOwn(agents ?? {}, modelId)) return { name: modelId };
    const [, name, skill] = /^(.+)#([\w.:-]+)$/s.exec(modelId) ?? [];
    if (name !== undefined) return { name, skill };
    return { name: modelId };
  }

  function connect(name: string): LiteLLMConnection {
    const known = connections.get(name);
    if (known !== undefined) return known;
    const own = Object.hasOwn(agents ?? {}, name) ? agents?.[name] : undefined;
    const { agent = name, cardUrl, generate, skill, streaming, timeouts } = own ?? {};
    // These names would address other paths of the gateway.
    if (/^\.{0,2}$/.test(agent)) {
      throw new NoSuchModelError({ modelId: name, modelType: 'languageModel' });
    }
    const base = gatewayURL();
    const endpoint = `${base}/a2a/${encodeURIComponent(agent)}`;
    const gateway = createA2A({
      name: 'litellm',
      ...a2aSettings,
      headers: gatewayHeaders,
      fetch: createLiteLLMFetch({ fetch, agent }),
      agents: {
        [name]: {
          endpoint,
          headers: () => headersForAgent(agent, own?.agentHeaders),
          protocol: own?.protocol ?? protocol ?? '0.3',
          ...(skill !== undefined && { skill }),
          ...(streaming !== undefined && { streaming }),
          ...(generate !== undefined && { generate }),
          ...(timeouts !== undefined && { timeouts }),
        },
      },
    });
    const origin =
      cardUrl === undefined
        ? undefined
        : createA2A({
            ...a2aSettings,
            headers: isSameOrigin(cardUrl, base) ? gatewayHeaders : {},
            agents: { [name]: { url: cardUrl } },
          });
    const created = { endpoint, gateway, origin };
    connections.set(name, created);
    return created;
  }

  function gatewayURL(): string {
    const url = loadSetting({
      settingValue: baseURL,
      settingName: 'baseURL',
      environmentVariableName: 'LITELLM_PROXY_API_BASE',
      description: "LiteLLM gateway's base URL",
    });
    if (!isHttpUrl(url)) {
      throw new LoadSettingError({
        message: `The LiteLLM gateway's base URL must begin with https:// or http://. Check 'baseURL' or LITELLM_PROXY_API_BASE.`,
      });
    }
    return url.replace(/(?<!\/)\/+$/, '').replace(/\/v1$/, '');
  }

  async function gatewayHeaders(): Promise<Record<string, string>> {
    const key = loadOptionalSetting({
      settingValue: apiKey,
      environmentVariableName: 'LITELLM_PROXY_API_KEY',
    });
    return mergeHeaders(
      key === undefined ? undefined : { [apiKeyHeader ?? 'authorization']: `Bearer ${key}` },
      settings.headers && (await resolve(settings.headers)),
    );
  }

  async function headersForAgent(
    agent: string,
    own: LiteLLMHeaders | undefined,
  ): Promise<Record<string, string | undefined>> {
    const headers = {
      ...(agentHeaders && toAgentHeaders(await resolve(agentHeaders), agent)),
      ...(own && toAgentHeaders(await resolve(own), agent)),
    };
    if (Object.keys(headers).length > 0 && !fitsHeaderName(agent)) {
      throw new InvalidArgumentError({
        argument: 'agentHeaders',
        message: `The name of agent "${agent}" is not valid in a header. Use its id in the gateway: createLiteLLM({ agents: { "${agent}": { agent: id } } }).`,
      });
    }
    return headers;
  }
}

/** The connections to one agent. */
interface LiteLLMConnection {
  /** The agent's URL at the gateway. */
  endpoint: string;
  gateway: A2AProvider;
  /** The agent itself. */
  origin: A2AProvider | undefined;
}

function isSameOrigin(url: string, base: string): boolean {
  return URL.canParse(url) && new URL(url).origin === new URL(base).origin;
}
