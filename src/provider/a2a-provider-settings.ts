import type { FetchFunction, IdGenerator, Resolvable } from '@ai-sdk/provider-utils';
import type { A2ASdkClient } from './agent/a2a-sdk-client';
import type { A2AAuthOptions } from './agent/auth-options';
import type { A2AProtocolVersion } from './client/write-request';
import type { A2ACardKeys } from './agent/verify-card-signature';
import type { A2ALimits } from './client/a2a-limits';
import type { A2ATimeouts } from './client/a2a-timeouts';
import type { A2AConversationSealing } from './message/conversation-seals';
import type { A2APolling } from './task/ask-task';

/**
 * One named agent. `url` is discovered through its card; `urls` are replicas of one agent, of which a
 * message goes to the least busy one that can be reached; `endpoint` is sent to as it is.
 */
export type A2AAgentSettings = (
  | { url: string; urls?: undefined; endpoint?: undefined }
  | { urls: string[]; url?: undefined; endpoint?: undefined; client?: undefined }
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
  /**
   * How `generateText` gets its answer: `'send'` waits for it in one blocking request; `'stream'` listens,
   * and so outlives the five minutes of Node's `fetch`, has the agent cancel on abort, and survives a cut
   * line, with the same result. An agent whose card says that it does not stream is waited for, with a
   * warning. Not together with `streaming: false`. Default: `'send'`.
   */
  generate?: 'send' | 'stream';
  /**
   * The A2A SDK's own `Client`, a promise of one, or a function that makes one when it is needed first:
   * messages go by it, over its transport (gRPC, for one) and through its interceptors. It is loaded and
   * made before anything is sent. It decides where messages and `headers` go: `fetch`, `trustCardUrl`,
   * and the provider's `auth`, `protocol` and `limits` do not apply to it. Its card is the agent's, unless
   * `cardKeys` are set. Not together with `urls`, nor with the agent's own `auth`, `protocol` or `limits`.
   * Default: this package's own client.
   *
   * @example
   * ```ts
   * import { ClientFactory } from '@a2a-js/sdk/client';
   *
   * const url = 'https://agent.example.com';
   * const agents = createA2A({
   *   agents: { scraper: { url, client: () => new ClientFactory().createFromUrl(url) } },
   * });
   * ```
   */
  client?: Resolvable<A2ASdkClient>;
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
  /** Makes the ids of messages and of JSON-RPC requests. Default: random ids of 16 characters. */
  generateId?: IdGenerator;
}
