import type { FacilitatorClient } from '@x402/core/server';
import type { PaymentPayload } from '@x402/core/types';
import { wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, type SettlementOptions } from 'ai-sdk-a2a-settlement';
import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { startChain } from './chain';
import { createFacilitator } from './facilitator';
import { type SellerOptions, startSeller } from './x402-seller';

/** What the sellers here ask for, in the smallest unit. */
export const QUARTER = 250_000n;

export type Market = Awaited<ReturnType<typeof openMarket>>;

/** A chain, a facilitator, and buyers and sellers who meet there. */
export async function openMarket() {
  const chain = await startChain();
  const facilitator = await createFacilitator(chain);

  const clientOf = (changes: Partial<FacilitatorClient> = {}): FacilitatorClient => ({
    verify: (payload, requirements) => facilitator.verify(payload, requirements),
    settle: (payload, requirements) => facilitator.settle(payload, requirements),
    getSupported: async () => facilitator.getSupported() as never,
    ...changes,
  });

  /** A buyer with 10 USDC before a seller with none. */
  async function meet(
    options: {
      seller?: Partial<SellerOptions>;
      rail?: Partial<X402Options>;
      settlement?: SettlementOptions;
      protocol?: '0.3' | '1.0';
    } = {},
  ) {
    const payer = await chain.newAccount({ usdc: '10' });
    const payee = await chain.newAccount();
    const seller = await startSeller({
      facilitator: clientOf(),
      payTo: payee.address,
      ...options.seller,
    });
    const { fetch, url } = seller;
    const rail = x402({ client: payer, ledger: chain.url, ...options.rail });
    const settlement = createSettlement({
      rails: [rail],
      limits: { USDC: { perCall: 1 } },
      ...options.settlement,
    });
    const a2a = createA2A({ fetch, ...(options.protocol && { protocol: options.protocol }) });
    const model = wrapLanguageModel({ model: a2a(url), middleware: settlement.middleware });
    const balances = async () => ({
      payer: 10_000_000n - (await chain.balanceOf(payer.address)),
      payee: await chain.balanceOf(payee.address),
    });
    return { payer, payee, seller, settlement, model, a2a, balances, rail };
  }

  /** What a buyer signs for what a seller asks. */
  async function signFor(rail: ReturnType<typeof x402>, required: object) {
    const challenge = rail.challenge?.(
      { state: 'input-required', metadata: { 'x402.payment.required': required } },
      { hasLimit: () => true },
    );
    if (challenge === undefined) throw new Error('not asked');
    const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
    const { metadata } = await rail.decorate(hold, { isFirst: true });
    return { hold, payment: metadata['x402.payment.payload'] as never as PaymentPayload };
  }

  return { chain, facilitator, clientOf, meet, signFor };
}
