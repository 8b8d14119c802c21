import { onDemand } from '../../internal/on-demand';
import type { A2AAgent } from './a2a-agent';
import type { A2AConnection } from './a2a-connection';

/** One agent with several replicas. The code that selects a replica is loaded with the first request. */
export function replicatedAgent({
  agent,
  url,
  agents,
  now,
}: {
  agent: string;
  /** The URL of the first replica. */
  url: string;
  agents: A2AAgent[];
  now: () => number;
}): A2AConnection {
  const replicas = onDemand('replicas', async () => {
    const { ReplicaSet } = await import('./replica-set');
    return new ReplicaSet({ agent, agents, now });
  });
  return {
    config: { url, endpoint: undefined },
    cancellations: new Map(),
    card: async (options) => (await replicas()).card(options),
    createClient: async (options) => (await replicas()).createClient(options),
    checkHealth: async (options) => (await replicas()).checkHealth(options),
    secrets: () => agents.flatMap((one) => one.secrets()),
  };
}
