import { x402Facilitator } from '@x402/core/facilitator';
import type { FacilitatorClient } from '@x402/core/server';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, type SettlementOptions } from 'ai-sdk-a2a-settlement';
import {
  x402,
  type RelayLifecycle,
  type X402AuthCapture,
  type X402LifecycleRequest,
  type X402Options,
} from 'ai-sdk-a2a-settlement/x402';
import type { Address, Hex } from 'viem';
import { type Chain, NETWORK, startChain } from './chain';
import { deployEscrow, escrowAbi } from './escrow-contracts';
import { createEscrowFacilitator, infoOf } from './escrow-facilitator';
import { type EscrowSellerOptions, startEscrowSeller } from './escrow-seller';

const ZERO: Address = `0x${'0'.repeat(40)}`;

/** What a seller's offers say of the escrow. */
interface OfferOptions {
  /** Who captures. Default: the payer. */
  by?: 'payer' | 'seller';
  /** From now to the capture deadline. Default: an hour. */
  seconds?: number;
  extra?: Record<string, unknown>;
}

export type EscrowMarket = Awaited<ReturnType<typeof openEscrowMarket>>;

/** A chain with an escrow, a facilitator, and buyers and sellers who meet there. */
export async function openEscrowMarket(at?: { escrow: Address; collector: Address }) {
  const chain: Chain = await startChain();
  const contracts = await deployEscrow(chain, at);
  const own = await createEscrowFacilitator(chain, contracts);
  const facilitator = new x402Facilitator().register(NETWORK, own.scheme);
  const client: FacilitatorClient = {
    verify: (payload, requirements) => facilitator.verify(payload, requirements),
    settle: (payload, requirements) => facilitator.settle(payload, requirements),
    getSupported: async () => facilitator.getSupported() as never,
  };

  /** `POST /settle` of the facilitator. */
  const relayed: X402LifecycleRequest[] = [];
  const relay: RelayLifecycle = async (request) => {
    relayed.push(request);
    return facilitator.settle(
      request.paymentPayload as never as PaymentPayload,
      request.paymentRequirements as never as PaymentRequirements,
    );
  };

  /** What a seller's offers say: the payer's word, or else the seller's own. */
  const extraFor = ({ by = 'payer', extra: more, seconds = 3600 }: OfferOptions) =>
    function extra(payer: string | undefined) {
      const captureDeadline = Math.floor(Date.now() / 1000) + seconds;
      return {
        authCaptureEscrow: contracts.escrow,
        captureAuthorizer: by === 'payer' ? contracts.operator : own.address,
        ...(by === 'payer' && { receiverAuthorizer: payer, operatorType: 'policy' }),
        captureMode: 'deferred',
        captureDeadline,
        refundDeadline: captureDeadline + 3600,
        feeRecipient: ZERO,
        minFeeBps: 0,
        maxFeeBps: 0,
        ...more,
      };
    };

  /** A buyer with 10 USDC and no gas before a seller with none. */
  async function meet(
    options: OfferOptions & {
      gas?: boolean;
      payer?: Awaited<ReturnType<Chain['newAccount']>>;
      seller?: Partial<EscrowSellerOptions>;
      rail?: Partial<X402Options>;
      authCapture?: Partial<X402AuthCapture>;
      settlement?: SettlementOptions;
      protocol?: '0.3' | '1.0';
    } = {},
  ) {
    const { gas = false, protocol } = options;
    const payer = options.payer ?? (await chain.newAccount({ usdc: '10', gas }));
    const payee = await chain.newAccount();
    const seller = await startEscrowSeller({
      facilitator: client,
      payTo: payee.address,
      extra: extraFor(options),
      ...options.seller,
    });
    const railOf = (own: Partial<X402AuthCapture> = {}) =>
      x402({
        client: payer,
        ledger: chain.publicClient,
        authCapture: {
          escrow: contracts.escrow,
          collector: contracts.collector,
          operators: [contracts.operator],
          relay,
          ...options.authCapture,
          ...own,
        },
        ...options.rail,
      });
    const rail = railOf();
    const settlement = createSettlement({
      rails: [rail],
      limits: { USDC: { perCall: 1 } },
      ...options.settlement,
    });
    const { fetch, url } = seller;
    const a2a = createA2A({ fetch, ...(protocol && { protocol }) });
    const model = wrapLanguageModel({ model: a2a(url), middleware: settlement.middleware });
    /** What left the payer, what is in the escrow, and what came to the payee. */
    const balances = async () => {
      const gone = 10_000_000n - (await chain.balanceOf(payer.address));
      const paid = await chain.balanceOf(payee.address);
      return { gone, held: gone - paid, paid };
    };
    return { payer, payee, seller, rail, railOf, settlement, model, a2a, balances };
  }

  type Buyer = Awaited<ReturnType<typeof meet>>;

  /** A payment that is collected, without an agent: the rail signs, the facilitator collects. */
  async function held(options: Parameters<typeof meet>[0] = {}, { collect = true } = {}) {
    const buyer: Buyer = await meet(options);
    const { payee, payer, rail } = buyer;
    const offer = {
      scheme: 'auth-capture',
      network: NETWORK,
      asset: '0x036CbD53842c5426634e7929541eC2318f3dCF7e',
      amount: '250000',
      payTo: payee.address,
      maxTimeoutSeconds: 60,
      extra: {
        name: 'USDC',
        version: '2',
        ...extraFor(options)(payer.address),
      },
    } satisfies PaymentRequirements;
    const required = { x402Version: 2, resource: { url: 'http://x' }, accepts: [offer] };
    const challenge = rail.challenge?.(
      { state: 'input-required', metadata: { 'x402.payment.required': required } },
      { hasLimit: () => true },
    );
    if (challenge === undefined) throw new Error('not asked');
    const taskId = crypto.randomUUID();
    const hold = await rail.hold({ taskId, ttlMinutes: 5, ...challenge, challenge });
    const { metadata } = await rail.decorate(hold, { isFirst: true });
    const payment = metadata['x402.payment.payload'] as never as PaymentPayload;
    const collected = () => facilitator.settle(payment, offer);
    if (collect) {
      const { success, errorReason } = await collected();
      if (!success) throw new Error(errorReason);
    }
    return { ...buyer, hold, payment, offer, info: infoOf(payment, offer), collect: collected };
  }

  /** As the escrow has it. */
  async function stateOf(hash: string) {
    const [isCollected, capturable, refundable] = (await chain.publicClient.readContract({
      address: contracts.escrow,
      abi: escrowAbi,
      functionName: 'paymentState',
      args: [hash as Hex],
    })) as [boolean, bigint, bigint];
    return { isCollected, capturable, refundable };
  }

  return { chain, contracts, own, facilitator, relay, relayed, meet, held, stateOf, infoOf };
}
