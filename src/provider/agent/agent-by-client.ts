import { onDemand } from '../../internal/on-demand';
import type { A2AConnection } from './a2a-connection';
import type { ClientAgentConfig } from './client-agent';

/** One agent that the application's own client speaks to. What adapts that is loaded with the first request. */
export function agentByClient(config: ClientAgentConfig): A2AConnection {
  const { own } = config;
  const agent = onDemand("the A2A SDK's client", async () => {
    const { ClientAgent } = await import('./client-agent');
    return new ClientAgent(config);
  });
  return {
    config: own.config,
    cancellations: own.cancellations,
    card: async (options) => (await agent()).card(options),
    createClient: async (options) => (await agent()).createClient(options),
    checkHealth: async (options) => (await agent()).checkHealth(options),
    secrets: () => own.secrets(),
  };
}
