import type { AgentCard } from '@a2a-js/sdk';
import { resolve, type FetchFunction, type Resolvable } from '@ai-sdk/provider-utils';
import { onDemand } from '../../internal/on-demand';
import type { AgentAuth } from './agent-auth';
import { fetchAgentCard, type FetchedCard } from './fetch-agent-card';
import { fetchExtendedCard } from './fetch-extended-card';
import type { PublishedCard } from './parse-agent-card';
import { cardForEndpoint, isRest, selectInterface } from './select-interface';
import type { A2ACardKeys } from './verify-card-signature';
import { HttpClient, type LearnedProtocol } from '../client/http-client';
import type { A2AProtocolVersion } from '../client/write-request';
import { A2AAgentCardError } from '../client/a2a-error';
import type { A2ALimits } from '../client/a2a-limits';
import type { A2ATimeouts } from '../client/a2a-timeouts';
import { mergeHeaders } from '../../internal/merge-headers';
import { raceWithAbort } from '../../internal/race-with-abort';
import type { Cancellations } from '../client/task-state';
import type { A2AConnection, A2AHealth } from './a2a-connection';
import { checkHealth } from './check-health';
import { traceHeaders } from './trace-context';

/** How one agent is reached. */
export interface A2AAgentConfig {
  /** The name it goes by: the model id. */
  agent: string;
  url: string;
  /** Sent to as it is, without discovery. */
  endpoint: string | undefined;
  protocol: 'auto' | A2AProtocolVersion;
  /** `false`: it is never asked to stream, whatever its card says. */
  streaming: boolean | undefined;
  trustCardUrl: boolean | string[];
  timeouts: A2ATimeouts;
  limits: A2ALimits;
  headers: Resolvable<Record<string, string | undefined>>;
  /** Loads what shows the agent the caller's credentials; undefined where there are none. */
  auth: (() => Promise<AgentAuth>) | undefined;
  cardKeys: A2ACardKeys | undefined;
  fetch: FetchFunction;
  cardTtlMs: number;
  now: () => number;
  /** Makes request ids. */
  generateId: () => string;
}

/** One agent: its card, cached, and clients that speak to it. Shared by all models of that agent. */
export class A2AAgent implements A2AConnection {
  readonly config: A2AAgentConfig;
  readonly cancellations: Cancellations = new Map();
  private cached: { card: Promise<PublishedCard>; expires: number } | undefined;
  private lastFetched: FetchedCard | undefined;
  /** The interface of the card that was used last, because each call connects anew. */
  private selected: { from: AgentCard; card: AgentCard } | undefined;
  private isCardGuarded = false;
  private readonly learned: LearnedProtocol = {};
  /** Loaded before the card or a client is handed out. */
  private auth: AgentAuth | undefined;

  constructor(config: A2AAgentConfig) {
    this.config = config;
  }

  async card(
    options: { abortSignal?: AbortSignal | undefined } = {},
  ): Promise<AgentCard | undefined> {
    // A settled call asks for the card before it holds anything: an `endpoint` needs what is loaded too.
    await this.load();
    return this.config.endpoint === undefined ? (await this.published(options)).card : undefined;
  }

  async createClient({
    abortSignal,
  }: {
    abortSignal?: AbortSignal | undefined;
  } = {}): Promise<HttpClient> {
    await this.load();
    const isDiscovered = this.config.endpoint === undefined;
    return this.connect(isDiscovered ? await this.published({ abortSignal }) : undefined);
  }

  async checkHealth({
    timeoutMs,
    abortSignal,
  }: {
    timeoutMs: number;
    abortSignal?: AbortSignal | undefined;
  }): Promise<A2AHealth> {
    const { endpoint, headers, now } = this.config;
    return checkHealth({ agent: this.config.agent, url: endpoint ?? this.config.url, now }, () =>
      raceWithAbort(
        endpoint === undefined
          ? this.renew(timeoutMs).then((published) => selectInterface(published.card, this.config))
          : Promise.all([resolve(headers), this.load()]).then(([given]) =>
              this.authorized(undefined)(endpoint, {
                headers: mergeHeaders(given),
                redirect: 'manual',
                signal: AbortSignal.timeout(timeoutMs),
              }),
            ),
        abortSignal,
      ),
    );
  }

  secrets(): [string, string][] {
    return this.auth?.secrets() ?? [];
  }

  private async published({
    abortSignal,
  }: {
    abortSignal?: AbortSignal | undefined;
  }): Promise<PublishedCard> {
    abortSignal?.throwIfAborted();
    const isFresh = this.cached !== undefined && this.cached.expires > this.config.now();
    // Shared by all who wait for it, so that one caller's abort does not take it from the others.
    const card =
      isFresh && this.cached !== undefined ? this.cached.card : this.renew(cardTimeoutMs);
    return raceWithAbort(card, abortSignal);
  }

  private renew(timeoutMs: number): Promise<PublishedCard> {
    const card = this.requestCard(timeoutMs);
    const entry = { card, expires: this.config.now() + this.config.cardTtlMs };
    this.cached = entry;
    card.catch(() => {
      if (this.cached === entry) this.cached = undefined;
    });
    return card;
  }

  private async requestCard(timeoutMs: number): Promise<PublishedCard> {
    await this.load();
    const { agent, url } = this.config;
    const headers = mergeHeaders(await resolve(this.config.headers));
    const fetched = await fetchAgentCard({
      agent,
      url,
      fetch: this.fetchCard,
      headers,
      timeoutMs,
      known: this.lastFetched,
    });
    const { published } = fetched;
    if (fetched !== this.lastFetched) await this.verify(published, fetched.url);
    this.lastFetched = fetched;
    if (published.card.capabilities?.extendedAgentCard !== true || !this.isKnown(headers)) {
      return published;
    }
    const extended = await fetchExtendedCard({
      client: this.connect(published),
      headers,
      timeoutMs,
    });
    if (extended === undefined) return published;
    await this.verify(extended, fetched.url);
    const isSilent = extended.security.schemes.size === 0;
    return isSilent ? { ...extended, security: published.security } : extended;
  }

  private async verify(published: PublishedCard, url: string): Promise<void> {
    const { agent, cardKeys } = this.config;
    if (cardKeys === undefined) return;
    const { verifyCardSignature } = await loadCardSignatures();
    const verdict = await verifyCardSignature(published, cardKeys);
    if (verdict === 'valid') return;
    const what =
      verdict === 'unsigned'
        ? 'is not signed, and `cardKeys` asks for a signature'
        : 'bears no valid signature by one of the `cardKeys`';
    const message = `The card of agent "${agent}" at ${url} ${what}.`;
    throw new A2AAgentCardError({ agent, url, message });
  }

  /** A client over the one interface that the card may send it to. */
  private connect(published: PublishedCard | undefined): HttpClient {
    const { agent, generateId, limits, protocol, timeouts } = this.config;
    const endpoint = this.config.endpoint ?? this.config.url;
    const { capabilities, supportedInterfaces } =
      published === undefined ? cardForEndpoint(endpoint, protocol) : this.select(published.card);
    const [selected] = supportedInterfaces;
    const declared = selected?.protocolVersion === '0.3' ? '0.3' : '1.0';
    return new HttpClient({
      line: { agent, fetch: this.authorized(published), limits, timeouts },
      interface: {
        url: selected?.url ?? endpoint,
        isRest: selected !== undefined && isRest(selected),
        tenant: selected?.tenant ?? '',
      },
      streams: this.config.streaming !== false && capabilities?.streaming === true,
      version: protocol === 'auto' ? (this.learned.version ?? declared) : protocol,
      cardExtensions: published?.card.capabilities?.extensions.map(({ uri }) => uri),
      mayChange: protocol === 'auto',
      learned: this.learned,
      generateId,
    });
  }

  private select(card: AgentCard): AgentCard {
    if (this.selected?.from !== card) {
      this.selected = { from: card, card: selectInterface(card, this.config) };
    }
    return this.selected.card;
  }

  private authorized(published: PublishedCard | undefined): FetchFunction {
    return this.auth?.authorize(this.fetch, published?.security) ?? this.fetch;
  }

  private async load(): Promise<void> {
    this.auth ??= await this.config.auth?.();
  }

  /** Cards are public as a rule: what `auth` has is shown only when the agent asks for it. */
  private readonly fetchCard: FetchFunction = async (input, init) => {
    if (this.auth === undefined) return this.fetch(input, init);
    if (!this.isCardGuarded) {
      const response = await this.fetch(input, init);
      if (response.status !== 401) return response;
      await response.body?.cancel();
    }
    this.isCardGuarded = true;
    return this.authorized(undefined)(input, init);
  };

  private readonly fetch: FetchFunction = async (input, init) => {
    const trace = traceHeaders();
    const { fetch } = this.config;
    if (trace['traceparent'] === undefined) return fetch(input, init);
    const given = Object.fromEntries(new Headers(init?.headers));
    // A state goes with its own parent only.
    const isTraced = given['traceparent'] !== undefined;
    return fetch(input, { ...init, headers: isTraced ? given : { ...given, ...trace } });
  };

  private isKnown(headers: Record<string, string>): boolean {
    return this.auth !== undefined || Object.keys(headers).some(isCredential);
  }
}

const loadCardSignatures = /* @__PURE__ */ onDemand(
  'card signatures',
  () => import('./verify-card-signature'),
);

/** A card is a small document: an agent that needs longer for it is not there. */
const cardTimeoutMs = 15_000;

function isCredential(header: string): boolean {
  return /authorization|cookie|api-?key|token/.test(header);
}
