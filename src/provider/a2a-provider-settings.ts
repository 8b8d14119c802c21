import type { FetchFunction, IdGenerator, Resolvable } from '@ai-sdk/provider-utils';
import type { A2ASdkClient } from './agent/a2a-sdk-client';
import type { A2AAuthOptions } from './agent/auth-options';
import type { A2AProtocolVersion } from './client/write-request';
import type { A2ACardKeys } from './agent/verify-card-signature';
import type { A2ALimits } from './client/a2a-limits';
import type { A2ATimeouts } from './client/a2a-timeouts';
import type { A2AConversationSealing } from './message/conversation-seals';
import type { A2APolling } from './task/get-task';

/**
 * The address of one named agent. `url`: the agent is discovered through its card. `urls`: replicas of one
 * agent; a message goes to the least busy reachable one. `endpoint`: requests go to this URL, without a card.
 */
export type A2AAgentSettings = (
  | { url: string; urls?: undefined; endpoint?: undefined }
  | { urls: string[]; url?: undefined; endpoint?: undefined; client?: undefined }
  | { endpoint: string; url?: undefined; urls?: undefined }
) & {
  /** Added to the provider's headers; the same names override. */
  headers?: Resolvable<Record<string, string | undefined>>;
  /** Overrides the provider's `protocol`. */
  protocol?: 'auto' | A2AProtocolVersion;
  /** The default skill, unless the model id (`name#skill`) or the call names one. */
  skill?: string;
  /** Replaces the provider's `auth`. */
  auth?: A2AAuthOptions;
  /** Replaces the provider's `cardKeys`. */
  cardKeys?: A2ACardKeys;
  /** Overrides the provider's `timeouts`, each one separately. */
  timeouts?: A2ATimeouts;
  /** Overrides the provider's `limits`, each one separately. */
  limits?: A2ALimits;
  /** `false`: never streams, whatever the card declares. Default: the card's value; without a card, `true`. */
  streaming?: boolean;
  /**
   * How `generateText` gets its response: `'send'` waits for one blocking request; `'stream'` reads a stream,
   * and so is not limited by the five minutes of Node's `fetch`, sends a cancel request on abort, and survives
   * a lost connection, with the same result. For an agent whose card declares no streaming, a blocking request
   * is used, with a warning. Not together with `streaming: false`. Default: `'send'`.
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
  /** Agents by name, for `a2a('name')`. A URL is a valid model id without being listed. */
  agents?: Record<string, A2AAgentSettings>;
  /** Sent with every request, also for the card. A function or a promise is resolved per request. */
  headers?: Resolvable<Record<string, string | undefined>>;
  /** Used for every request, also for the card. Default: the global `fetch`. */
  fetch?: FetchFunction;
  /**
   * Default: `auto`, which uses the version that the card declares, preferably 1.0 (without a card, 1.0), and
   * the other version if the agent reports that it does not know this one. Responses are accepted in either
   * version.
   */
  protocol?: 'auto' | A2AProtocolVersion;
  /**
   * Whether a card may direct messages, and the headers with them, to another origin than the card's own: to
   * any origin, or to the listed ones. Default: `false`.
   */
  trustCardUrl?: boolean | string[];
  /**
   * Credentials for agents that require authentication, sent in the way that each card declares. Sent to the
   * same places as `headers`, and nowhere else. Default: only `headers`.
   */
  auth?: A2AAuthOptions;
  /**
   * Public keys, one of which must have signed an agent's card. A card without such a signature throws
   * `A2AAgentCardError`. Default: signatures are not verified.
   */
  cardKeys?: A2ACardKeys;
  /**
   * Milliseconds for which an agent card is cached before it is revalidated (with its ETag, if it has one).
   * Default: 300000.
   */
  cardTtlMs?: number;
  /** How a task is followed that outlives its request. */
  polling?: Partial<A2APolling>;
  /** Timeouts of the agent. Default: 60 s to connect, 5 min without a byte. */
  timeouts?: A2ATimeouts;
  /** Maximum response sizes. Default: 32 MiB per event, 256 MiB per stream. */
  limits?: A2ALimits;
  /**
   * How a conversation in returned messages is verified, since a browser may have changed them. A conversation
   * that this application did not seal, or sealed for another `providerOptions.a2a.subject`, is not continued:
   * a new one starts with all the messages, with a warning. Default: sealed with `A2A_CONVERSATION_SECRET`,
   * else with a random secret of this process.
   */
  conversation?: A2AConversationSealing;
  /** Appended to the model's provider name after `a2a.`. Default: none. */
  name?: string;
  /** Generates the ids of messages and of JSON-RPC requests. Default: random ids of 16 characters. */
  generateId?: IdGenerator;
}
