import { exchangeRail } from 'ai-sdk-a2a-settlement';
import { nevermined } from 'ai-sdk-a2a-settlement/nevermined';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { ledger, payer } from './dollars';
import { fetch, sandbox } from './sandbox';

/** Tokens in escrow on an exchange. */
const exchange = exchangeRail({
  apiKey: sandbox?.payer.apiKey,
  exchangeUrl: sandbox?.exchangeUrl,
  fetch,
});

/** USDC, which the agent takes with your signature. */
const dollars = payer && x402({ client: payer, ledger, fetch });

/** Credits of a plan, which the agent takes as far as the delegation allows. */
const credits =
  (sandbox ?? process.env.NVM_API_KEY) &&
  nevermined({
    ...(sandbox && {
      apiKey: sandbox.nevermined.buyer.apiKey,
      backendUrl: sandbox.nevermined.backendUrl,
      environment: 'custom',
      planId: sandbox.nevermined.agent.planId,
    }),
    delegation: { spendingLimitCents: 1000, durationSecs: 3600, currency: 'usdc' },
    // The plan is ordered with the first call that it pays for: until then there are 0 credits.
    autoOrder: true,
    fetch,
  });

/**
 * In the order in which they are preferred. The agent's card selects one of them. Those that are not set up are
 * left out: an error names the rail that an agent asks for.
 */
export const rails = [exchange, ...(dollars ? [dollars] : []), ...(credits ? [credits] : [])];
