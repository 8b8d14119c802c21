import type { x402Facilitator } from '@x402/core/facilitator';
import type { FacilitatorClient } from '@x402/core/server';
import type { PaymentPayload } from '@x402/core/types';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import {
  createA2A,
  createSettlement,
  type SettlementOptions,
  type SettlementReceipt,
} from 'ai-sdk-a2a-settlement';
import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAgentCard, createAgentHandler } from '../../src/agent';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { answering } from '../agent/served-agent';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { type Chain, NETWORK, startChain } from './chain';
import { createFacilitator } from './facilitator';
import { SELLER_URL, type SellerOptions, startSeller } from './x402-seller';

warnWithoutAnvil('calls that are paid by x402 on a chain');

const QUARTER = 250_000n;

describe.skipIf(!hasAnvil)('a call that is paid by x402', () => {
  let chain: Chain;
  let facilitator: x402Facilitator;
  beforeAll(async () => {
    chain = await startChain();
    facilitator = await createFacilitator(chain);
  });
  afterAll(() => chain?.stop());

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

  describe.each(['1.0', '0.3'] as const)('protocol %s', (protocol) => {
    test('generateText pays 0.25 USDC, and its receipt has the transaction', async () => {
      const { model, balances, seller, payee } = await meet({ protocol });
      const { text, providerMetadata } = await generateText({ model, prompt: 'Bake.' });
      expect(text).toBe('Bread for you.');
      expect(await balances()).toEqual({ payer: QUARTER, payee: QUARTER });
      const receipt = providerMetadata?.['settlement'];
      expect(receipt).toMatchObject({
        status: 'released',
        amount: '0.25',
        captured: '0.25',
        currency: 'USDC',
        payee: payee.address,
        proof: [{ network: NETWORK, confirmedBy: 'ledger' }],
      });
      await expectOnChain(receipt as SettlementReceipt);
      expect(seller.seen.works).toBe(1);
    });

    test('streamText does as well', async () => {
      const { model, balances } = await meet({ protocol });
      const { text, finalStep } = streamText({ model, prompt: 'Bake.' });
      expect(await text).toBe('Bread for you.');
      const receipt = (await finalStep).providerMetadata?.['settlement'];
      expect(receipt).toMatchObject({ status: 'released', captured: '0.25' });
      await expectOnChain(receipt as SettlementReceipt);
      expect(await balances()).toEqual({ payer: QUARTER, payee: QUARTER });
    });
  });

  test('the older URI of the extension is as good', async () => {
    const extensionUri = 'https://github.com/google-a2a/a2a-x402/v0.1';
    const { model, balances } = await meet({ seller: { extensionUri } });
    await generateText({ model, prompt: 'Bake.' });
    expect(await balances()).toEqual({ payer: QUARTER, payee: QUARTER });
  });

  test('without a ledger the receipt says whose word it is', async () => {
    const { model } = await meet({ rail: { ledger: undefined } });
    const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      proof: [{ confirmedBy: 'agent' }],
    });
  });

  test('above the limit nothing is signed', async () => {
    let count = 0;
    const client = { createPaymentPayload: async () => void count++ };
    for (const limits of [{ USDC: { perCall: 0.2 } }, { perCall: 50 }, {}]) {
      const { model, balances, seller } = await meet({ rail: { client }, settlement: { limits } });
      const error = await generateText({ model, prompt: 'Bake.' }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: expect.stringMatching(/LIMIT/) });
      expect(await balances()).toEqual({ payer: 0n, payee: 0n });
      expect(seller.seen).toMatchObject({ works: 0, payments: [] });
    }
    expect(count).toBe(0);
  });

  test('an agent that fails takes nothing: pending until the signature ends', async () => {
    const { model, balances, settlement } = await meet({ seller: { work: 'fails' } });
    const error = await generateText({ model, prompt: 'Bake.' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'The oven is cold.' });
    expect(await receiptOfFailure(settlement)).toMatchObject({ status: 'pending', amount: '0.25' });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test('an agent that fails and takes it all the same is found out', async () => {
    const receipts = () => [];
    const seller = { work: 'fails', settles: 'before', receipts } as const;
    const { model, balances, settlement } = await meet({ seller });
    const taken: SettlementReceipt[] = [];
    settlement.on('taken', ({ receipt }) => taken.push(receipt));
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    expect(taken).toMatchObject([{ status: 'taken', captured: '0.25' }]);
    for (const receipt of taken) await expectOnChain(receipt);
    expect(await balances()).toEqual({ payer: QUARTER, payee: QUARTER });
  });

  test('an agent that delivers and says nothing of the payment is read on the chain', async () => {
    const { model } = await meet({ seller: { receipts: () => [] } });
    const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      proof: [{ confirmedBy: 'ledger' }],
    });
  });

  test('a facilitator that lies: what did not move is not shown as paid', async () => {
    const transaction = `0x${'12'.repeat(32)}` as const;
    const settle = async () => ({ success: true, transaction, network: NETWORK }) as const;
    const { model, balances } = await meet({ seller: { facilitator: clientOf({ settle }) } });
    const { text, providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(text).toBe('Bread for you.');
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
    expect(JSON.stringify(providerMetadata?.['settlement'])).not.toContain(transaction);
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test.each(['verify', 'settle'] as const)('a facilitator that is down at %s', async (call) => {
    const down = { [call]: () => Promise.reject(new Error('connect ECONNREFUSED')) };
    const { model, balances, settlement } = await meet({ seller: { facilitator: clientOf(down) } });
    const error = await generateText({ model, prompt: 'Bake.' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AI_A2ATaskError' });
    expect(await receiptOfFailure(settlement)).toMatchObject({ status: 'pending' });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test('an agent that asks for more than the buyer has', async () => {
    const { model, balances } = await meet({
      seller: { price: '$0.9' },
      rail: { client: await chain.newAccount({ usdc: '0.5' }) },
    });
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toMatchObject({
      message: expect.stringContaining('Payment refused'),
    });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test('an aborted call', async () => {
    const { model, balances, settlement, seller } = await meet({ seller: { work: 'hangs' } });
    const controller = new AbortController();
    const calling = generateText({
      model,
      prompt: 'Bake.',
      abortSignal: controller.signal,
    }).catch((thrown: unknown) => thrown);
    await expect.poll(() => seller.seen.works).toBe(1);
    controller.abort();
    await calling;
    expect(await receiptOfFailure(settlement)).toMatchObject({ status: 'pending', amount: '0.25' });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test('no error, event, receipt, journal or warning has the signature', async () => {
    const kept = new Map<string, unknown>();
    const seen: unknown[] = [];
    const { model, settlement, seller } = await meet({
      seller: { work: 'fails' },
      settlement: { journal: { storage: storageIn(kept) as never, writeAhead: true } },
    });
    for (const name of ['held', 'released', 'refunded', 'unresolved', 'taken'] as const) {
      settlement.on(name, (event) => seen.push(event));
    }
    seen.push(await generateText({ model, prompt: 'Bake.' }).catch((thrown: unknown) => thrown));
    expect(kept.size).toBeGreaterThan(0);
    const [paid] = seller.seen.payments;
    const { signature = '' } = { ...(paid?.payload as { signature: string } | undefined) };
    expect(signature).toMatch(/^0x[0-9a-f]{130}$/);
    const told = inspect([seen, kept, settlement, model], { depth: 20, showHidden: true });
    expect(told).not.toContain(signature.slice(2, 30));
  });

  describe('an agent behind an HTTP 402', () => {
    test.each([true, false])('whose card speaks of x402: %s', async (isDeclared) => {
      const buyer = await meet();
      const { accepts } = buyer.seller.required;
      const [requirements] = accepts;
      if (requirements === undefined) throw new Error('no offer');
      const card = createAgentCard({
        url: SELLER_URL,
        name: 'gated',
        description: 'Behind a gate.',
        skills: [],
        extensions: isDeclared ? buyer.seller.card.capabilities?.extensions : [],
      });
      const handle = createAgentHandler({ card, executor: answering({ pieces: 2 }) });
      const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64');
      const fetch = inProcessFetch('http://seller.test', async (request) => {
        if (request.method === 'GET') return handle(request);
        const header = request.headers.get('payment-signature');
        if (header === null) {
          const headers = { 'payment-required': base64(buyer.seller.required) };
          return new Response('{}', { status: 402, headers });
        }
        const payment = JSON.parse(Buffer.from(header, 'base64').toString());
        const settled = await facilitator.settle(payment, requirements);
        return settled.success ? handle(request) : new Response('{}', { status: 402 });
      });
      const model = wrapLanguageModel({
        model: createA2A({ fetch })(SELLER_URL),
        middleware: buyer.settlement.middleware,
      });
      const { text, providerMetadata } = await generateText({ model, prompt: 'Bake.' });
      expect(text).toBe('0 1 ');
      expect(providerMetadata?.['settlement']).toMatchObject({
        status: 'released',
        proof: [{ confirmedBy: 'ledger' }],
      });
      expect(await buyer.balances()).toEqual({ payer: QUARTER, payee: QUARTER });
    });
  });

  describe('what the seller’s side refuses', () => {
    /** The buyer's client after somebody changed what it signed. */
    const forging = async (change: (payment: PaymentPayload) => void) => {
      const { payer, seller, balances, rail } = await meet();
      const challenge = rail.challenge?.(
        { state: 'input-required', metadata: { 'x402.payment.required': seller.required } },
        { hasLimit: () => true },
      );
      if (challenge === undefined) throw new Error('not asked');
      const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
      const { metadata } = await rail.decorate(hold, { isFirst: true });
      const payment = structuredClone(metadata['x402.payment.payload']) as never as PaymentPayload;
      change(payment);
      const { accepted } = payment;
      const verified = await facilitator.verify(payment, {
        ...accepted,
        ...seller.required.accepts[0],
      });
      const settled = await facilitator
        .settle(payment, { ...accepted, ...seller.required.accepts[0] })
        .catch(() => ({ success: false }));
      return { verified, settled, balances, payer, hold, rail };
    };

    const authorizationOf = (payment: PaymentPayload) =>
      (payment.payload as { authorization: Record<string, string> }).authorization;

    test.each<[string, (payment: PaymentPayload) => void]>([
      ['underpaid', (payment) => Object.assign(authorizationOf(payment), { value: '1' })],
      [
        'for another payee',
        (payment) =>
          Object.assign(authorizationOf(payment), {
            to: '0x1111111111111111111111111111111111111111',
          }),
      ],
      [
        'forged',
        (payment) => Object.assign(payment.payload, { signature: `0x${'11'.repeat(65)}` }),
      ],
      ['expired', (payment) => Object.assign(authorizationOf(payment), { validBefore: '1' })],
    ])('%s', async (_, change) => {
      const { verified, settled, balances, rail, hold } = await forging(change);
      expect(verified).toMatchObject({ isValid: false });
      expect(settled).toMatchObject({ success: false });
      expect(await balances()).toEqual({ payer: 0n, payee: 0n });
      expect(await rail.release(hold)).toMatchObject({ status: 'pending' });
    });

    test('replayed, and at two machines at once: the work is done once', async () => {
      const payee = await chain.newAccount();
      const bound = new Set<string>();
      const machine = () => startSeller({ facilitator: clientOf(), payTo: payee.address, bound });
      const machines = [await machine(), await machine()];
      const buyer = await meet();
      const [first, second] = machines;
      if (first === undefined || second === undefined) throw new Error('no machines');
      const { accepts } = first.required;
      const signed = await buyerPayment(buyer.rail, first.required);
      const paid = (machine: typeof first) =>
        generateText({
          model: createA2A({ fetch: machine.fetch })(machine.url),
          prompt: 'Bake.',
          providerOptions: {
            a2a: {
              extensions: [
                'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
              ],
              metadata: {
                'x402.payment.status': 'payment-submitted',
                'x402.payment.payload': signed as never,
              },
            },
          },
        }).then(
          () => 'delivered',
          () => 'refused',
        );
      expect(accepts).toHaveLength(1);
      const ends = await Promise.all([paid(first), paid(second)]);
      expect(ends.toSorted()).toEqual(['delivered', 'refused']);
      expect(await paid(first)).toBe('refused');
      expect(first.seen.works + second.seen.works).toBe(1);
      expect(await chain.balanceOf(payee.address)).toBe(QUARTER);
    });
  });

  async function buyerPayment(rail: ReturnType<typeof x402>, required: object) {
    const challenge = rail.challenge?.(
      { state: 'input-required', metadata: { 'x402.payment.required': required } },
      { hasLimit: () => true },
    );
    if (challenge === undefined) throw new Error('not asked');
    const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
    return (await rail.decorate(hold, { isFirst: true })).metadata['x402.payment.payload'];
  }

  /** What a look at the books says, when a call ended with an error. */
  async function receiptOfFailure(settlement: ReturnType<typeof createSettlement>) {
    const { settled, open, unresolved } = await settlement.reconcile();
    return [...settled, ...open, ...unresolved][0]?.receipt;
  }

  async function expectOnChain({ proof }: SettlementReceipt) {
    const hash = proof?.[0]?.transaction as `0x${string}`;
    const { status } = await chain.publicClient.getTransactionReceipt({ hash });
    expect(status).toBe('success');
  }
});

describe.skipIf(!hasAnvil)('a call whose signature ends unused', () => {
  test('is pending, and refunded by reconcile when the chain says so', async () => {
    // A chain of its own: its clock is moved.
    const chain = await startChain();
    try {
      const facilitator = await createFacilitator(chain);
      const payer = await chain.newAccount({ usdc: '1' });
      const seller = await startSeller({
        facilitator: {
          verify: (payload, requirements) => facilitator.verify(payload, requirements),
          settle: (payload, requirements) => facilitator.settle(payload, requirements),
          getSupported: async () => facilitator.getSupported() as never,
        },
        payTo: (await chain.newAccount()).address,
        maxTimeoutSeconds: 60,
        work: 'fails',
      });
      const kept = new Map<string, unknown>();
      const settlementOf = () =>
        createSettlement({
          rails: [x402({ client: payer, ledger: chain.url })],
          limits: { USDC: { perCall: 1 } },
          journal: { storage: storageIn(kept) as never },
        });
      const { fetch, url } = seller;
      const { middleware, reconcile } = settlementOf();
      const model = wrapLanguageModel({ model: createA2A({ fetch })(url), middleware });
      await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
      const { settled, open, unresolved } = await reconcile();
      expect(settled).toEqual([]);
      const [pending] = [...open, ...unresolved];
      expect(pending).toMatchObject({ receipt: { status: 'pending', amount: '0.25' } });
      const until = new Date(pending?.receipt?.expiresAt ?? 0).getTime() / 1000;
      await chain.test.setNextBlockTimestamp({ timestamp: BigInt(until) });
      await chain.test.mine({ blocks: 1 });
      // By another process, which has the journal alone.
      expect(await settlementOf().reconcile()).toMatchObject({
        settled: [{ receipt: { status: 'refunded', returned: '0.25' } }],
      });
      expect(await settlementOf().reconcile()).toEqual({ settled: [], open: [], unresolved: [] });
      expect(await chain.balanceOf(payer.address)).toBe(1_000_000n);
    } finally {
      await chain.stop();
    }
  });
});

function storageIn(kept: Map<string, unknown>) {
  return {
    getItem: async (key: string) => kept.get(key) ?? null,
    setItem: async (key: string, value: unknown) => void kept.set(key, value),
    removeItem: async (key: string) => void kept.delete(key),
    getKeys: async (base = '') => [...kept.keys()].filter((key) => key.startsWith(base)),
  };
}
