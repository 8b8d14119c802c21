import type { AgentCard } from '@a2a-js/sdk';
import {
  ClientFactory,
  JsonRpcTransportFactory,
  RestTransportFactory,
  type Client,
} from '@a2a-js/sdk/client';
import { resolve, type FetchFunction, type Resolvable } from '@ai-sdk/provider-utils';
import { createA2AFetch } from './a2a-fetch';
import { fetchAgentCard } from './fetch-agent-card';
import { mergeHeaders } from './merge-headers';
import type { PartStash } from './part-stash';
import {
  cardForEndpoint,
  isRest,
  selectInterface,
  type A2AProtocolVersion,
} from './select-interface';

/** How one agent is reached. */
export interface A2AAgentConfig {
  /** The name it goes by: the model id. */
  agent: string;
  url: string;
  /** Sent to as it is, without discovery. */
  endpoint: string | undefined;
  protocol: 'auto' | A2AProtocolVersion;
  trustCardUrl: boolean | string[];
  headers: Resolvable<Record<string, string | undefined>>;
  fetch: FetchFunction;
  cardTtlMs: number;
  now: () => number;
}

/** One agent: its card, cached, and clients that speak to it. Shared by all models of that agent. */
export class A2AAgent {
  readonly config: A2AAgentConfig;
  private cached: { card: Promise<AgentCard>; expires: number } | undefined;

  constructor(config: A2AAgentConfig) {
    this.config = config;
  }

  /** The agent's card; undefined when the agent is called without discovery. */
  async card(
    options: { abortSignal?: AbortSignal | undefined } = {},
  ): Promise<AgentCard | undefined> {
    return this.config.endpoint === undefined ? this.fetchCard(options) : undefined;
  }

  /** A client for one call, over that call's stash. */
  async createClient({
    stash,
    abortSignal,
  }: {
    stash: PartStash;
    abortSignal?: AbortSignal | undefined;
  }): Promise<Client> {
    const { agent, endpoint, protocol, url } = this.config;
    const card =
      endpoint === undefined
        ? selectInterface(await this.fetchCard({ abortSignal }), this.config)
        : cardForEndpoint(endpoint, protocol);
    const [selected] = card.supportedInterfaces;
    const speaksRest = selected !== undefined && isRest(selected);
    const transportOptions = {
      legacyCompat: { enabled: true },
      fetchImpl: createA2AFetch({
        agent,
        fetch: this.config.fetch,
        stash,
        isRest: speaksRest,
        protobufJson: speaksRest && selected.protocolVersion === '0.3',
      }),
    };
    const factory = new ClientFactory({
      transports: [
        new JsonRpcTransportFactory(transportOptions),
        new RestTransportFactory(transportOptions),
      ],
    });
    return factory.createFromAgentCard({ ...card, name: card.name || url });
  }

  private async fetchCard({
    abortSignal,
  }: {
    abortSignal?: AbortSignal | undefined;
  }): Promise<AgentCard> {
    abortSignal?.throwIfAborted();
    const now = this.config.now();
    if (this.cached === undefined || this.cached.expires <= now) {
      // Shared by all who wait for it, so that one caller's abort does not take it from the others.
      const card = this.requestCard();
      const entry = { card, expires: now + this.config.cardTtlMs };
      this.cached = entry;
      card.catch(() => {
        if (this.cached === entry) this.cached = undefined;
      });
    }
    return raceWithAbort(this.cached.card, abortSignal);
  }

  private async requestCard(): Promise<AgentCard> {
    const { agent, url, fetch } = this.config;
    const headers = mergeHeaders(await resolve(this.config.headers));
    return fetchAgentCard({
      agent,
      url,
      fetch,
      headers,
      timeoutMs: cardTimeoutMs,
    });
  }
}

/** A card is a small document: an agent that needs longer for it is not there. */
const cardTimeoutMs = 15_000;

async function raceWithAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((fulfill, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(fulfill, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
