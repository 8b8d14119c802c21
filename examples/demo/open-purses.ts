import type { SettlementOptions } from 'ai-sdk-a2a-settlement';
import { nevermined } from 'ai-sdk-a2a-settlement/nevermined';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { ServedSandbox } from '../../src/sandbox/serve-sandbox';
import type { OtherAgent } from './demo-figures';

/** Your balances and rails for agents that take the money themselves. */
export async function openPurses(sandbox: ServedSandbox) {
  const client = privateKeyToAccount(generatePrivateKey());
  sandbox.x402.fund(client.address);
  const { agent, backendUrl, buyer } = sandbox.nevermined;
  const credits = nevermined({
    apiKey: buyer.apiKey,
    environment: 'custom',
    backendUrl,
    delegation: { spendingLimitCents: 1000, durationSecs: 600, currency: 'usdc' },
  });
  await credits.order(agent.planId);
  const options = {
    rails: [x402({ client, ledger: sandbox.x402.rpcUrl }), credits],
    limits: { USDC: { perCall: 0.5 }, credits: { perCall: 10 } },
    // Set here, so that environment variables of the shell have no effect.
    enabled: true,
    ttlMinutes: 10,
  } satisfies SettlementOptions;

  async function balance(name: OtherAgent): Promise<string> {
    if (name === 'x402') return inDollars(sandbox.x402.balanceOf(client.address));
    const [plan] = await credits.balance({ planIds: [agent.planId] });
    return String(plan?.amount);
  }

  return {
    options,
    balance,
    urls: { x402: sandbox.x402.agentUrl, nevermined: agent.url } satisfies Record<
      OtherAgent,
      string
    >,
  };
}

function inDollars(smallest: bigint): string {
  const digits = String(smallest).padStart(7, '0');
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`.replace(/\.?0+$/, '');
}
