import type { AgentCard } from '@a2a-js/sdk';
import type { A2AClient } from '../client/a2a-client';
import { A2AAgentCardError } from '../client/a2a-error';
import { toSortedJson } from '../../internal/to-sorted-json';
import type { A2AAgent } from './a2a-agent';
import type { A2AHealth } from './a2a-connection';
import { createReplicaClient, type ReplicaHandle } from './replica-client';

interface Replica {
  agent: A2AAgent;
  /** Number of running requests. */
  busy: number;
  downUntil: number;
}

/**
 * Several replicas of one agent.
 *
 * The card is taken from the first replica that has one, and a message is sent only to replicas whose cards
 * declare the same extensions: a payment according to the card must be valid at each of them.
 */
export class ReplicaSet {
  private readonly agent: string;
  private readonly replicas: Replica[];
  private readonly now: () => number;
  /** The replica of each task and conversation, as far as this process knows. */
  private readonly whereabouts = new Map<string, Replica>();
  private turn: number;

  constructor({ agent, agents, now }: { agent: string; agents: A2AAgent[]; now: () => number }) {
    this.agent = agent;
    this.replicas = agents.map((one) => ({ agent: one, busy: 0, downUntil: 0 }));
    this.now = now;
    // Random, so that many short-lived processes do not all start with the same replica.
    this.turn = Math.floor(Math.random() * agents.length);
  }

  async card(options: { abortSignal?: AbortSignal | undefined } = {}): Promise<AgentCard> {
    const failures: A2AAgentCardError[] = [];
    for (const replica of this.replicas.toSorted((one, other) => this.compareDown(one, other))) {
      try {
        const card = await replica.agent.card(options);
        if (card !== undefined) return card;
      } catch (error) {
        if (!A2AAgentCardError.isInstance(error)) throw error;
        this.markDown(replica);
        failures.push(error);
      }
    }
    throw failures.find(({ isRetryable }) => isRetryable) ?? failures[0];
  }

  async createClient({
    abortSignal,
  }: {
    abortSignal?: AbortSignal | undefined;
  } = {}): Promise<A2AClient> {
    const card = await this.card({ abortSignal });
    const clients = new Map<Replica, Promise<A2AClient>>();
    const handles = new Map(
      this.replicas.map((replica): [Replica, ReplicaHandle] => [
        replica,
        {
          open: async () => {
            const known = clients.get(replica);
            if (known !== undefined) return known;
            await this.assertAgrees(replica, card);
            const client = replica.agent.createClient({ abortSignal });
            clients.set(replica, client);
            return client;
          },
          begin: () => {
            replica.busy++;
            return () => void replica.busy--;
          },
          markDown: () => this.markDown(replica),
          remember: ({ taskId, contextId }) => {
            replica.downUntil = 0;
            this.remember(taskId, replica);
            this.remember(contextId, replica);
          },
        },
      ]),
    );
    return createReplicaClient(({ taskId, contextId }) => {
      const owner = this.whereabouts.get(taskId || '') ?? this.whereabouts.get(contextId || '');
      const others = this.leastBusyFirst().filter((replica) => replica !== owner);
      const replicas = (owner === undefined ? others : [owner, ...others]).flatMap(
        (replica) => handles.get(replica) ?? [],
      );
      return { replicas, isKnown: owner !== undefined };
    });
  }

  async checkHealth(options: {
    timeoutMs: number;
    abortSignal?: AbortSignal | undefined;
  }): Promise<A2AHealth> {
    const replicas = await Promise.all(
      this.replicas.map(async (replica) => {
        const health = await replica.agent.checkHealth(options);
        if (health.isHealthy) replica.downUntil = 0;
        else this.markDown(replica);
        return { url: replica.agent.config.url, ...health };
      }),
    );
    const [first] = replicas.toSorted(
      (one, other) =>
        Number(other.isHealthy) - Number(one.isHealthy) || one.latencyMs - other.latencyMs,
    );
    const { url: _, ...best } = first ?? { url: '', isHealthy: false, latencyMs: 0 };
    return { ...best, replicas };
  }

  private leastBusyFirst(): Replica[] {
    const start = this.turn++ % this.replicas.length;
    return [...this.replicas.slice(start), ...this.replicas.slice(0, start)].sort(
      (one, other) => this.compareDown(one, other) || one.busy - other.busy,
    );
  }

  private compareDown(one: Replica, other: Replica): number {
    const now = this.now();
    return Number(one.downUntil > now) - Number(other.downUntil > now);
  }

  private markDown(replica: Replica): void {
    replica.downUntil = this.now() + downMs;
  }

  private async assertAgrees(replica: Replica, reference: AgentCard): Promise<void> {
    const card = await replica.agent.card();
    if (card === undefined || extensionsOf(card) === extensionsOf(reference)) return;
    const { agent } = this;
    const { url } = replica.agent.config;
    const message = `The card of agent "${agent}" at ${url} declares other extensions than the card of another replica, so an agreement with one replica may not be valid for the other. Replicas must serve the same card.`;
    throw new A2AAgentCardError({ agent, url, message });
  }

  private remember(id: string, replica: Replica): void {
    if (id === '') return;
    this.whereabouts.delete(id);
    this.whereabouts.set(id, replica);
    const [oldest] = this.whereabouts.keys();
    if (this.whereabouts.size > maxRemembered && oldest !== undefined) {
      this.whereabouts.delete(oldest);
    }
  }
}

/** Milliseconds for which an unreachable replica is tried last. */
const downMs = 10_000;

const maxRemembered = 10_000;

function extensionsOf({ capabilities }: AgentCard): string {
  const extensions = capabilities?.extensions ?? [];
  return extensions
    .map(({ uri, params }) => toSortedJson([uri, params ?? {}]))
    .sort()
    .join();
}
