import type { Resolvable } from '@ai-sdk/provider-utils';
import type { A2AProviderSettings } from '../a2a-provider-settings';
import type { A2AProtocolVersion } from '../client/write-request';
import type { A2ATimeouts } from '../client/a2a-timeouts';

/** Headers, a promise of them, or a function that is called per request. */
export type LiteLLMHeaders = Resolvable<Record<string, string | undefined>>;

/** One agent of a LiteLLM gateway. */
export interface LiteLLMAgentSettings {
  /** The agent's name or id at the gateway. Default: its name in `agents`. */
  agent?: string;
  /** Headers for the agent, forwarded by the gateway. Added to the provider's; the same names override. */
  agentHeaders?: LiteLLMHeaders;
  /**
   * The agent's own URL, or its card's. The gateway's card contains no payment terms; with this URL, payee and
   * price are read from the agent's own card. It receives no message, and none of the gateway's headers (unless
   * it has the gateway's origin).
   */
  cardUrl?: string;
  /** Overrides the provider's `protocol`. */
  protocol?: A2AProtocolVersion;
  /** The default skill, unless the model id (`name#skill`) or the call names one. */
  skill?: string;
  /** `false`: never streams, for agents that the gateway cannot stream from. Default: `true`. */
  streaming?: boolean;
  /** `'stream'`: `generateText` reads a stream instead of waiting for one response. Default: `'send'`. */
  generate?: 'send' | 'stream';
  /** Overrides the provider's `timeouts`, each one separately. */
  timeouts?: A2ATimeouts;
}

export interface LiteLLMProviderSettings extends Omit<
  A2AProviderSettings,
  'agents' | 'auth' | 'protocol' | 'trustCardUrl'
> {
  /** The gateway's URL, with or without `/v1`. Default: the environment variable `LITELLM_PROXY_API_BASE`. */
  baseURL?: string;
  /** A virtual key. Default: the environment variable `LITELLM_PROXY_API_KEY`; without it no key is sent. */
  apiKey?: string;
  /**
   * The header of the key. With `x-litellm-api-key`, `authorization` is available for the gateway to forward.
   * Default: `authorization`.
   */
  apiKeyHeader?: 'authorization' | 'x-litellm-api-key';
  /** Agents with their own settings. Every other model id is the name or id of an agent at the gateway. */
  agents?: Record<string, LiteLLMAgentSettings>;
  /**
   * Headers for the agents, forwarded by the gateway: sent as `x-a2a-{agent}-{header}`. A function or a promise
   * is resolved per request.
   */
  agentHeaders?: LiteLLMHeaders;
  /** Default: `0.3`, which every version of the gateway accepts. Responses are accepted in either version. */
  protocol?: A2AProtocolVersion;
}
