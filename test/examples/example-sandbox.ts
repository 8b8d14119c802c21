import type { DemoAgentName } from 'ai-sdk-a2a-settlement/sandbox';
import { type ServedSandbox, serveSandbox } from '../../src/sandbox/serve-sandbox';

/** A served sandbox, and the environment an example needs to use it. */
export async function serveForExamples() {
  const sandbox = await serveSandbox({ agentDelayMs: 10 });
  return {
    sandbox,
    environmentFor: (agent: DemoAgentName) => ({
      A2A_EXCHANGE_URL: sandbox.exchangeUrl,
      A2A_PAYER_API_KEY: sandbox.payer.apiKey,
      A2A_AGENT_URL: sandbox.agents[agent].url,
    }),
    /** The payer's tokens, those of one agent, and the state of every escrow. */
    money: (agent: DemoAgentName) => moneyOf(sandbox, agent),
  };
}

function moneyOf({ ledger, payer, agents }: ServedSandbox, agent: DemoAgentName) {
  const { accounts, escrows } = ledger();
  const tokens = (accountId: string) => accounts.find(({ id }) => id === accountId)?.available;
  return {
    payer: tokens(payer.accountId),
    agent: tokens(agents[agent].accountId),
    escrows: escrows.map(({ status }) => status),
  };
}
