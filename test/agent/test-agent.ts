import {
  type AgentHandlerOptions,
  createAgentCard,
  createAgentHandler,
  settlementExtension,
} from '../../src/agent';
import { demoAgents, type DemoAgentName } from '../../src/sandbox/agents/demo-agents';
import { demoExecutor } from '../../src/sandbox/agents/demo-executor';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';

export const AGENT_URL = 'http://agent.test/a2a/demo/';

/** One demo agent behind `createAgentHandler`, with no exchange: every caller is unpaid. */
export function testAgent(
  name: DemoAgentName,
  {
    delayMs = 1,
    required = false,
    ...options
  }: { delayMs?: number; required?: boolean } & Partial<AgentHandlerOptions> = {},
) {
  const executor = demoExecutor({
    agent: demoAgents[name],
    required,
    delayMs,
    verify: async () => ({ verified: false, reason: 'missing', message: 'No escrow.' }),
  });
  const card = createAgentCard({
    url: AGENT_URL,
    name,
    description: 'A test agent.',
    skills: [demoAgents[name].skill],
    extensions: [
      settlementExtension({
        accountIds: { 'http://exchange.test/api/v1': 'acc-1' },
        pricing: { [demoAgents[name].skill.id]: { baseTokens: 10 } },
        required,
      }),
    ],
  });
  const handle = createAgentHandler({ card, executor, ...options });
  return { handle, card, executor, fetch: inProcessFetch('http://agent.test', handle) };
}
