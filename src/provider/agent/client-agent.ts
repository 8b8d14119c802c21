import type { AgentCard } from '@a2a-js/sdk';
import { InvalidArgumentError } from '@ai-sdk/provider';
import { resolve, type Resolvable } from '@ai-sdk/provider-utils';
import { mergeHeaders } from '../../internal/merge-headers';
import { raceWithAbort } from '../../internal/race-with-abort';
import type { A2AClient } from '../client/a2a-client';
import { A2AAgentCardError, A2AProtocolError } from '../client/a2a-error';
import type { A2ATimeouts } from '../client/a2a-timeouts';
import type { A2AAgent } from './a2a-agent';
import type { A2AHealth } from './a2a-connection';
import type { A2ASdkClient } from './a2a-sdk-client';
import { checkHealth } from './check-health';
import { SdkClient } from './sdk-client';
import { fromSdkError } from './sdk-error';

export interface ClientAgentConfig {
  /** The same agent without the client: its settings, and its card where the client has none. */
  own: A2AAgent;
  client: Resolvable<A2ASdkClient>;
  /** As the application set them: of `idleMs` there is no default, since pings cannot be seen. */
  timeouts: A2ATimeouts;
}

/** One agent that the application's own client speaks to. */
export class ClientAgent {
  private readonly config: ClientAgentConfig;
  private made: Promise<A2ASdkClient> | undefined;
  private cached: { card: Promise<AgentCard>; expires: number } | undefined;

  constructor(config: ClientAgentConfig) {
    this.config = config;
  }

  /**
   * The client's card. Where `cardKeys` are set it is the agent's own, by `url`: a signature is over the
   * card as it was published.
   */
  async card({ abortSignal }: { abortSignal?: AbortSignal | undefined } = {}): Promise<
    AgentCard | undefined
  > {
    const { own } = this.config;
    const { cardKeys, cardTtlMs, now } = own.config;
    // A settled call asks for the card before it holds anything: from here on nothing is to be loaded.
    const client = await raceWithAbort(this.makeOnce(), abortSignal);
    if (cardKeys !== undefined || client.getAgentCard === undefined)
      return own.card({ abortSignal });
    if (this.cached === undefined || this.cached.expires <= now()) {
      const entry = { card: this.askForCard(client), expires: now() + cardTtlMs };
      this.cached = entry;
      entry.card.catch(() => {
        if (this.cached === entry) this.cached = undefined;
      });
    }
    return raceWithAbort(this.cached.card, abortSignal);
  }

  async createClient({
    abortSignal,
  }: {
    abortSignal?: AbortSignal | undefined;
  }): Promise<A2AClient> {
    return this.adapt(await raceWithAbort(this.makeOnce(), abortSignal));
  }

  /** Asks for a task that does not exist: an agent that says so is there, over whatever transport. */
  async checkHealth({
    abortSignal,
    timeoutMs,
  }: {
    timeoutMs: number;
    abortSignal?: AbortSignal | undefined;
  }): Promise<A2AHealth> {
    const { agent, now } = this.config.own.config;
    const signal = AbortSignal.timeout(timeoutMs);
    const ask = async () => {
      const client = this.adapt(await raceWithAbort(this.makeOnce(), signal));
      try {
        await client.getTask('no-such-task', { headers: await this.headers(), signal });
      } catch (error) {
        const isAnswer =
          A2AProtocolError.isInstance(error) &&
          (error.statusCode === undefined ? error.code !== undefined : error.statusCode < 500);
        if (!isAnswer) throw error;
      }
    };
    return checkHealth({ agent, url: this.url, now }, () => raceWithAbort(ask(), abortSignal));
  }

  private get url(): string {
    const { endpoint, url } = this.config.own.config;
    return endpoint ?? url;
  }

  private adapt(client: A2ASdkClient): SdkClient {
    const { own, timeouts } = this.config;
    const { agent, streaming } = own.config;
    return new SdkClient({ client, agent, url: this.url, streams: streaming !== false, timeouts });
  }

  private async headers(): Promise<Record<string, string>> {
    return mergeHeaders(await resolve(this.config.own.config.headers));
  }

  private makeOnce(): Promise<A2ASdkClient> {
    this.made ??= this.make().catch((error: unknown) => {
      this.made = undefined;
      throw error;
    });
    return this.made;
  }

  private async make(): Promise<A2ASdkClient> {
    const { client: given, own } = this.config;
    const { agent } = own.config;
    const client = await resolve(given).catch(async (error: unknown) => {
      throw await fromSdkError(error, { agent, url: this.url, options: { headers: {} } });
    });
    const lacking = methods.filter((name) => !hasMethod(client, name));
    if (lacking.length === 0) return client;
    throw new InvalidArgumentError({
      argument: 'client',
      message: `createA2A: the \`client\` of agent "${agent}" is not the A2A SDK's Client: it is missing ${lacking.join(', ')}.`,
    });
  }

  private async askForCard(client: A2ASdkClient): Promise<AgentCard> {
    const { agent } = this.config.own.config;
    const { url } = this;
    const headers = await this.headers();
    const signal = AbortSignal.timeout(cardTimeoutMs);
    const message = `The client of agent "${agent}" did not get its card.`;
    try {
      const asked = client.getAgentCard?.({ serviceParameters: headers, signal });
      const card = await raceWithAbort(Promise.resolve(asked), signal);
      if (card !== undefined) return card;
    } catch (error) {
      const cause = await fromSdkError(error, { agent, url, options: { headers } });
      if (!A2AProtocolError.isInstance(cause)) throw cause;
      const { isRetryable, statusCode } = cause;
      const why = `${message} ${cause.message}`;
      throw new A2AAgentCardError({ agent, url, isRetryable, statusCode, message: why, cause });
    }
    throw new A2AAgentCardError({ agent, url, message });
  }
}

/** What a client must have. */
const methods: (keyof A2ASdkClient)[] = [
  'sendMessage',
  'sendMessageStream',
  'resubscribeTask',
  'getTask',
  'cancelTask',
  'listTasks',
  'createTaskPushNotificationConfig',
];

/** As for a card that is fetched. */
const cardTimeoutMs = 15_000;

function hasMethod(value: unknown, name: string): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  );
}
