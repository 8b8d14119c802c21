import * as z from 'zod/v4';
import { createAgentCard, createAgentHandler } from '../../agent';
import { readRequirements, X402_EXTENSION_URIS } from '../../rails/x402/schemas';
import { streamer } from '../agents/streamer';
import { answerRpc } from './answer-rpc';
import { createCoin } from './coin';
import { createFacilitator } from './create-facilitator';
import { paidExecutor } from './paid-executor';

/** An agent that is paid by x402, and what it needs: the ledger of a chain, and a facilitator. */
export interface SandboxX402 {
  /** The paid agent. Its card requires the payment. */
  agentUrl: string;
  /** The price of one request, in USDC. */
  price: string;
  /** The payee of its payments. */
  payee: string;
  /** CAIP-2: the id of Base Sepolia. Nothing is sent to that chain. */
  network: string;
  /** The address of USDC there. */
  asset: string;
  /** For `x402({ ledger })`: the ledger as the JSON-RPC of a chain. */
  rpcUrl: string;
  /** Verifies and settles payments, for your own agents (`HTTPFacilitatorClient`). */
  facilitatorUrl: string;
  /** Adds USDC to an address, in its smallest unit: 1000000 is one USDC. Default: 10000000. */
  fund: (address: string, amount?: bigint) => void;
  /** In the smallest unit. */
  balanceOf: (address: string) => bigint;
}

const PLACE = {
  network: 'eip155:84532',
  chainId: 84_532,
  address: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
  name: 'USDC',
  version: '2',
};
const PAYEE = '0x5a11e75a11e75a11e75a11e75a11e75a11e75a11';

/** The x402 part of the sandbox: a facilitator and its ledger in memory, with real signatures. */
export function createX402Sandbox({
  delayMs,
  now,
  origin,
}: {
  delayMs: number;
  now: () => Date;
  origin: string;
}) {
  const coin = createCoin({ now });
  const facilitator = createFacilitator(coin, PLACE);
  const agentUrl = `${origin}/agents/paid/`;
  const offer = {
    scheme: 'exact',
    network: PLACE.network,
    amount: '250000',
    asset: PLACE.address,
    payTo: PAYEE,
    maxTimeoutSeconds: 300,
    extra: { name: PLACE.name, version: PLACE.version },
  };
  const executor = paidExecutor({ agent: streamer, delayMs, facilitator, offer, url: agentUrl });
  const card = createAgentCard({
    url: agentUrl,
    name: 'sandbox-paid',
    description: 'Answers any question, word by word, for 0.25 USDC by x402.',
    skills: [{ ...streamer.skill, tags: ['sandbox', 'x402'] }],
    extensions: X402_EXTENSION_URIS.slice(0, 1).map((uri) => ({
      uri,
      description: 'Payment by x402, 0.25 USDC a request.',
      required: true,
      params: undefined,
    })),
  });

  const settlement = async (request: Request, what: string) => {
    const parsed = bodySchema.safeParse(await request.json().catch(() => undefined));
    const asked = readRequirements(parsed.data?.paymentRequirements, 2);
    if (
      parsed.data === undefined ||
      asked === undefined ||
      !(what === 'verify' || what === 'settle')
    ) {
      return Response.json({ detail: 'Bad Request' }, { status: 400 });
    }
    return Response.json(await facilitator[what](parsed.data.paymentPayload, asked));
  };

  const x402: SandboxX402 = {
    agentUrl,
    price: '0.25',
    payee: PAYEE,
    network: PLACE.network,
    asset: PLACE.address,
    rpcUrl: `${origin}/x402/rpc`,
    facilitatorUrl: `${origin}/x402/facilitator`,
    fund: (address, amount = 10_000_000n) => void coin.mint(address, amount),
    balanceOf: coin.balanceOf,
  };
  return {
    x402,
    agent: createAgentHandler({ card, executor }),
    /** Handles the paths under `/x402`. */
    async handle(request: Request): Promise<Response> {
      const [, room, what = ''] = new URL(request.url).pathname.split('/').filter(Boolean);
      if (room === 'rpc' && request.method === 'POST')
        return answerRpc(request, { ...PLACE, coin });
      if (room === 'facilitator' && what === 'supported') {
        return Response.json(facilitator.getSupported());
      }
      return room === 'facilitator' && request.method === 'POST'
        ? settlement(request, what)
        : Response.json({ detail: 'Not Found' }, { status: 404 });
    },
    close: executor.close,
  };
}

const bodySchema = z.looseObject({
  paymentPayload: z.unknown(),
  paymentRequirements: z.unknown(),
});
