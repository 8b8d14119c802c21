import { createAgentCard, createAgentHandler, settlementExtension, verifyEscrow } from '../agent';
import type { DemoAgent } from './agents/demo-agent';
import { demoExecutor } from './agents/demo-executor';

/** Creates one demo agent: card, escrow verification and request handler. */
export function createSandboxAgent({
  name,
  agent,
  url,
  exchange,
  required,
  delayMs,
  now,
}: {
  name: string;
  agent: DemoAgent;
  url: string;
  /** The exchange and the agent's own account there. */
  exchange: { url: string; accountId: string; apiKey: string; fetch: typeof globalThis.fetch };
  required: boolean;
  delayMs: number;
  now: () => Date;
}) {
  const { skill, price, description, outputModes } = agent;
  const executor = demoExecutor({
    agent,
    required,
    delayMs,
    verify: verifyEscrow({
      exchangeUrl: exchange.url,
      apiKey: exchange.apiKey,
      accountId: exchange.accountId,
      fetch: exchange.fetch,
      price,
      now,
    }),
  });
  const card = createAgentCard({
    url,
    name: `sandbox-${name}`,
    description,
    skills: [{ ...skill, tags: ['sandbox'] }],
    outputModes,
    pushNotifications: true,
    extensions: [
      settlementExtension({
        accountIds: { [`${exchange.url}/api/v1`]: exchange.accountId },
        pricing: { [skill.id]: { baseTokens: price } },
        required,
      }),
    ],
  });
  // In the sandbox, push notifications go to servers on this machine.
  const push = { trustedHosts: ['localhost', '127.0.0.1', '[::1]'] };
  return { handle: createAgentHandler({ card, executor, push }), close: executor.close };
}
