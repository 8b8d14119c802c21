import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { toAtomic } from '../../../src/internal/decimal';
import type { AgentAnswer, Amount } from '../../../src/rails/rail';
import { serveSandbox } from '../../../src/sandbox/serve-sandbox';
import { asking, nvmOffer } from '../x402/offers';
import {
  exchangeCard,
  Line,
  newTaskId,
  type RailBench,
  type RailKind,
  x402Card,
} from './rail-bench';

interface Coin {
  code: string;
  decimals: number;
}

const common = {
  capturedBy: 'agent',
  credential: 'the same',
  most: 10n ** 18n,
  foreign: {
    cards: [exchangeCard('https://exchange.example.com', 'account')],
    answers: [asking([nvmOffer])],
  },
} as const;

export const x402Kinds: RailKind[] = [
  {
    ...common,
    name: 'x402 with a ledger',
    open: () => openX402({ hasLedger: true }),
    currency: 'USDC',
    decimals: 6,
    has: ['balance', 'challenge', 'look'],
    asks: ['balance', 'look', 'refund', 'release'],
    confirmedBy: 'ledger',
    afterCancel: 'refunded',
  },
  {
    ...common,
    name: 'x402 with a ledger, in a coin of 18 decimals',
    open: () => openX402({ hasLedger: true, coin: { code: 'FINE', decimals: 18 } }),
    currency: 'FINE',
    decimals: 18,
    has: ['balance', 'challenge', 'look'],
    asks: ['balance', 'look', 'refund', 'release'],
    confirmedBy: 'ledger',
    afterCancel: 'refunded',
  },
  {
    ...common,
    name: 'x402 without a ledger',
    open: () => openX402({ hasLedger: false }),
    currency: 'USDC',
    decimals: 6,
    has: ['challenge'],
    asks: [],
    confirmedBy: 'agent',
    // Nobody was told of the task, and nobody else can be asked.
    afterCancel: 'unresolved',
  },
];

/** Over the coin of the sandbox, and its facilitator. */
async function openX402({
  coin = { code: 'USDC', decimals: 6 },
  hasLedger,
}: {
  coin?: Coin;
  hasLedger: boolean;
}): Promise<RailBench> {
  const sandbox = await serveSandbox({ now: () => new Date() });
  const { asset, balanceOf, facilitatorUrl, fund, network, payee, rpcUrl } = sandbox.x402;
  const wealth = 10n ** 24n;
  const key = generatePrivateKey();
  const payer = privateKeyToAccount(key);
  fund(payer.address, wealth);
  let signatures = 0;
  const client = {
    address: payer.address,
    signTypedData: async (typed: Parameters<typeof payer.signTypedData>[0]) => {
      signatures++;
      return payer.signTypedData(typed);
    },
  };
  const line = new Line();
  const { fetch } = line;
  const railOf = (own: X402Options['client']) =>
    x402({
      client: own,
      fetch,
      assets: [{ asset, network, ...coin }],
      ...(hasLedger && { ledger: rpcUrl }),
    });
  const requirementsFor = (amount: Amount) => ({
    scheme: 'exact',
    network,
    amount: String(toAtomic(amount, coin.decimals)),
    asset,
    payTo: payee,
    maxTimeoutSeconds: 300,
    extra: { name: 'USDC', version: '2' },
  });
  const asksFor = (amount: Amount): AgentAnswer => ({
    state: 'input-required',
    metadata: {
      'x402.payment.status': 'payment-required',
      'x402.payment.required': {
        x402Version: 2,
        resource: { url: 'https://agent.example.com/' },
        accepts: [requirementsFor(amount)],
      },
    },
  });
  const rail = railOf(client);
  return {
    rail,
    elsewhere: () => railOf(client),
    stranger: () => railOf(privateKeyToAccount(generatePrivateKey())),
    unconfigured: () => railOf({} as never),
    line,
    signatures: () => signatures,
    card: x402Card,
    payee,
    asksFor,
    request(amount, changes) {
      const challenge = rail.challenge?.(asksFor(amount), { hasLimit: () => true });
      if (challenge === undefined) throw new Error('It is not asked for anything.');
      return { taskId: newTaskId(), ttlMinutes: 5, ...challenge, challenge, ...changes };
    },
    isPaid: ({ metadata }) => metadata['x402.payment.payload'] !== undefined,
    async deliver({ metadata }, amount) {
      const response = await globalThis.fetch(`${facilitatorUrl}/settle`, {
        method: 'POST',
        body: JSON.stringify({
          paymentPayload: metadata['x402.payment.payload'],
          paymentRequirements: requirementsFor(amount),
        }),
      });
      const settled = (await response.json()) as { success: boolean; errorReason?: string };
      if (!settled.success) throw new Error(settled.errorReason);
      return {
        state: 'completed',
        metadata: {
          'x402.payment.status': 'payment-completed',
          'x402.payment.receipts': [settled],
        },
      };
    },
    paid: async () => balanceOf(payee),
    spent: async () => wealth - balanceOf(payer.address),
    secrets: (shown) => {
      const payload = shown?.metadata['x402.payment.payload'] as
        | { payload: { signature: string } }
        | undefined;
      return [key, key.slice(2), ...(payload ? [payload.payload.signature.slice(2)] : [])];
    },
    close: sandbox.close,
  };
}
