import type { Resolvable } from '@ai-sdk/provider-utils';
import type { A2AProviderSettings } from '../a2a-provider-settings';
import type { A2AProtocolVersion } from '../client/write-request';
import type { A2ATimeouts } from '../client/a2a-timeouts';

/** As they are, to come, or asked for per request. */
export type LiteLLMHeaders = Resolvable<Record<string, string | undefined>>;

/** One agent of a LiteLLM gateway. */
export interface LiteLLMAgentSettings {
  /** The name or id the gateway knows it by. Default: its name in `agents`. */
  agent?: string;
  /** For the agent, not for the gateway, which passes them on. The provider's go along; same names win. */
  agentHeaders?: LiteLLMHeaders;
  /**
   * The agent's own URL, or its card's. The card that the gateway serves names no payment; with this one
   * the payee and the price are read from the agent's own. It gets no message, and none of the gateway's
   * headers (unless it is at the gateway's origin).
   */
  cardUrl?: string;
  /** Overrides the provider's `protocol`. */
  protocol?: A2AProtocolVersion;
  /** The skill to ask for, unless the model id (`name#skill`) or the call names one. */
  skill?: string;
  /** `false`: never streams, for agents that the gateway cannot stream from. Default: `true`. */
  streaming?: boolean;
  /** `'stream'`: `generateText` listens to the answer, instead of waiting for it. Default: `'send'`. */
  generate?: 'send' | 'stream';
  /** Overrides the provider's `timeouts`, each by itself. */
  timeouts?: A2ATimeouts;
}

export interface LiteLLMProviderSettings extends Omit<
  A2AProviderSettings,
  'agents' | 'auth' | 'protocol' | 'trustCardUrl'
> {
  /** The gateway, with or without `/v1`. Default: `LITELLM_PROXY_API_BASE` of the environment. */
  baseURL?: string;
  /** A virtual key. Default: `LITELLM_PROXY_API_KEY` of the environment; without one none is sent. */
  apiKey?: string;
  /**
   * The header the key goes in. With `x-litellm-api-key`, `authorization` is free for what the gateway is
   * told to pass on. Default: `authorization`.
   */
  apiKeyHeader?: 'authorization' | 'x-litellm-api-key';
  /** Agents with settings of their own. Every other model id is the name or id of an agent, too. */
  agents?: Record<string, LiteLLMAgentSettings>;
  /**
   * For the agents, not for the gateway, which passes them on: sent as `x-a2a-{agent}-{header}`. A
   * function or a promise is asked per request.
   */
  agentHeaders?: LiteLLMHeaders;
  /** Default: `0.3`, which every version of the gateway takes. Answers may come in either. */
  protocol?: A2AProtocolVersion;
}
