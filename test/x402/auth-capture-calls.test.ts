import { x402Client } from '@x402/core/client';
import { AuthCaptureEvmScheme } from '@x402/evm/auth-capture/client';
import { generateText, streamText } from 'ai';
import type { SettlementReceipt } from 'ai-sdk-a2a-settlement';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { NETWORK } from './chain';
import { type EscrowMarket, openEscrowMarket } from './escrow-market';
import { QUARTER } from './market';

warnWithoutAnvil('calls that are paid out of an escrow');

describe.skipIf(!hasAnvil)('a call that is paid out of an escrow, by the payer’s word', () => {
  let market: EscrowMarket;
  beforeAll(async () => {
    market = await openEscrowMarket();
  });
  afterAll(() => market?.chain.stop());

  describe.each(['1.0', '0.3'] as const)('protocol %s', (protocol) => {
    test('generateText: held while the agent works, then captured in full', async () => {
      const during: unknown[] = [];
      const buyer = await market.meet({
        protocol,
        seller: { afterWork: async () => during.push(await buyer.balances()) },
      });
      const { text, providerMetadata } = await generateText({
        model: buyer.model,
        prompt: 'Bake.',
      });
      expect(text).toBe('Bread for you.');
      expect(during).toEqual([{ gone: QUARTER, held: QUARTER, paid: 0n }]);
      expect(await buyer.balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
      const receipt = providerMetadata?.['settlement'] as SettlementReceipt;
      expect(receipt).toMatchObject({
        status: 'released',
        amount: '0.25',
        captured: '0.25',
        currency: 'USDC',
        payee: buyer.payee.address,
      });
      await expectProof(receipt, 2);
      // Not his gas.
      expect(await market.chain.publicClient.getBalance(buyer.payer)).toBe(0n);
    });

    test('streamText: a part is captured, and the rest comes back', async () => {
      const { model, balances } = await market.meet({
        protocol,
        settlement: { limits: { USDC: { perCall: 1 } }, meter: ({ text }) => text.length / 100 },
      });
      const { text, finalStep } = streamText({ model, prompt: 'Bake.' });
      expect(await text).toBe('Bread for you.');
      const receipt = (await finalStep).providerMetadata?.['settlement'] as SettlementReceipt;
      expect(receipt).toMatchObject({
        status: 'partially-released',
        captured: '0.14',
        returned: '0.11',
      });
      await expectProof(receipt, 3);
      expect(await balances()).toEqual({ gone: 140_000n, held: 0n, paid: 140_000n });
    });
  });

  test('an agent that fails: voided, and all of it is back at once', async () => {
    const { model, balances, settlement } = await market.meet({ seller: { work: 'fails' } });
    const refunded: SettlementReceipt[] = [];
    settlement.on('refunded', ({ receipt }) => refunded.push(receipt));
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    expect(refunded).toMatchObject([{ status: 'refunded', returned: '0.25' }]);
    for (const receipt of refunded) await expectProof(receipt, 2);
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
    expect(await settlement.reconcile()).toEqual({ settled: [], open: [], unresolved: [] });
  });

  test('an answer that `verify` refuses is not paid, and one that is worth nothing neither', async () => {
    for (const judge of [{ verify: () => false }, { meter: () => 0 }]) {
      const { model, balances } = await market.meet({
        settlement: { limits: { USDC: { perCall: 1 } }, ...judge },
      });
      const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
      expect(providerMetadata?.['settlement']).toMatchObject({ status: 'refunded' });
      expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
    }
  });

  test('an aborted call is back', async () => {
    const { model, balances, seller, settlement } = await market.meet({
      seller: { work: 'hangs' },
    });
    const refunded: unknown[] = [];
    settlement.on('refunded', ({ receipt }) => refunded.push(receipt.status));
    const controller = new AbortController();
    const calling = generateText({
      model,
      prompt: 'Bake.',
      abortSignal: controller.signal,
    }).catch((thrown: unknown) => thrown);
    await expect.poll(() => seller.seen.works).toBe(1);
    expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });
    controller.abort();
    await calling;
    await expect.poll(() => refunded).toEqual(['refunded']);
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('an agent that asks back is paid once, out of what it held', async () => {
    const { model, balances, seller } = await market.meet({ seller: { work: 'asks back' } });
    const first = await generateText({ model, prompt: 'Bake.' });
    expect(first.providerMetadata?.['settlement']).toMatchObject({ status: 'kept' });
    expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });
    const messages = [
      { role: 'user' as const, content: 'Bake.' },
      ...first.response.messages,
      { role: 'user' as const, content: 'White.' },
    ];
    const { text, providerMetadata } = await generateText({ model, messages });
    expect(text).toBe('Bread for you.');
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
    expect(seller.seen.payments).toHaveLength(1);
    expect(await balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
  });

  test('above the limit nothing is signed, and without one neither', async () => {
    for (const limits of [{ USDC: { perCall: 0.2 } }, { perCall: 50 }]) {
      const payer = await market.chain.newAccount({ usdc: '10' });
      const signTypedData = () => Promise.reject(new Error('It was to sign nothing.'));
      const { model, balances, seller } = await market.meet({
        payer: { ...payer, signTypedData },
        settlement: { limits },
      });
      await expect(generateText({ model, prompt: 'Bake.' })).rejects.toMatchObject({
        code: expect.stringMatching(/LIMIT/),
      });
      expect(seller.seen).toMatchObject({ works: 0, payments: [] });
      expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
    }
  });

  test('an offer that names another escrow is refused, and nothing is signed', async () => {
    const { model, balances, seller } = await market.meet({
      authCapture: { escrow: `0x${'44'.repeat(20)}` },
    });
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('authCapture.escrow'),
    });
    expect(seller.seen).toMatchObject({ works: 0, payments: [] });
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('an agent that never collected the payment is owed nothing yet', async () => {
    const { model, balances } = await market.meet({ seller: { collects: false } });
    const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  async function expectProof({ proof = [] }: SettlementReceipt, count: number) {
    expect(proof).toHaveLength(count);
    for (const { confirmedBy, network, transaction } of proof) {
      expect({ confirmedBy, network }).toEqual({ confirmedBy: 'ledger', network: NETWORK });
      const hash = transaction as `0x${string}`;
      const { status } = await market.chain.publicClient.getTransactionReceipt({ hash });
      expect(status).toBe('success');
    }
  }
});

describe.skipIf(!hasAnvil)('an escrow where the x402 packages look for it', () => {
  const at = {
    escrow: '0xf96815976523E00e65Be8f34cA5e64b4f41EB19c',
    collector: '0x8612dfdc421f80336cd14E8EF9cb1E765dB5ab88',
  } as const;
  let market: EscrowMarket;
  beforeAll(async () => {
    market = await openEscrowMarket(at);
  });
  afterAll(() => market?.chain.stop());

  test('is paid by an `x402Client`, and released by the account beside it', async () => {
    const payer = await market.chain.newAccount({ usdc: '10' });
    const scheme = new AuthCaptureEvmScheme(payer);
    const client = new x402Client().setSpendControls(false).register('eip155:*', scheme);
    const { model, balances } = await market.meet({
      payer,
      rail: { client },
      authCapture: { account: payer },
    });
    const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
    expect(await balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
  });
});

describe.skipIf(!hasAnvil)('a call that is paid out of an escrow, by the seller’s word', () => {
  let market: EscrowMarket;
  beforeAll(async () => {
    market = await openEscrowMarket();
  });
  afterAll(() => market?.chain.stop());

  const ZERO = `0x${'0'.repeat(40)}`;

  test.each<[string, bigint, object]>([
    ['all of it', QUARTER, { status: 'released', captured: '0.25' }],
    [
      'a part of it, and gives back the rest',
      100_000n,
      { status: 'partially-released', captured: '0.1', returned: '0.15' },
    ],
  ])('it captures %s', async (_, amount, expected) => {
    const { model, balances } = await market.meet({
      by: 'seller',
      seller: {
        async afterWork(payment, offer) {
          const info = market.infoOf(payment, offer);
          await market.own.act('capture', [info, amount, 0, ZERO]);
          if (amount < QUARTER) await market.own.act('void', [info]);
        },
      },
    });
    const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(providerMetadata?.['settlement']).toMatchObject({
      ...expected,
      proof: expect.arrayContaining([expect.objectContaining({ confirmedBy: 'ledger' })]),
    });
    expect(await balances()).toEqual({ gone: amount, held: 0n, paid: amount });
    expect(market.relayed).toEqual([]);
  });

  test('it fails and captures all the same: found out', async () => {
    const { model, settlement } = await market.meet({
      by: 'seller',
      seller: {
        work: 'fails',
        async afterWork(payment, offer) {
          await market.own.act('capture', [market.infoOf(payment, offer), QUARTER, 0, ZERO]);
        },
      },
    });
    const taken: SettlementReceipt[] = [];
    settlement.on('taken', ({ receipt }) => taken.push(receipt));
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    expect(taken).toMatchObject([{ status: 'taken', captured: '0.25' }]);
  });

  test('it fails and voids: back', async () => {
    const { model, balances, settlement } = await market.meet({
      by: 'seller',
      seller: {
        work: 'fails',
        afterWork: (payment, offer) => market.own.act('void', [market.infoOf(payment, offer)]),
      },
    });
    const refunded: SettlementReceipt[] = [];
    settlement.on('refunded', ({ receipt }) => refunded.push(receipt));
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    expect(refunded).toMatchObject([{ status: 'refunded', returned: '0.25' }]);
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('it captures, fails, and gives it back afterwards', async () => {
    const { model, balances, settlement } = await market.meet({
      by: 'seller',
      seller: {
        work: 'fails',
        async afterWork(payment, offer) {
          const info = market.infoOf(payment, offer);
          await market.own.act('capture', [info, QUARTER, 0, ZERO]);
          await market.own.approve(QUARTER);
          await market.own.act('refund', [info, QUARTER, ZERO, '0x']);
        },
      },
    });
    const ended: string[] = [];
    for (const name of ['taken', 'refunded'] as const) settlement.on(name, () => ended.push(name));
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    expect(ended).toEqual(['refunded']);
    expect(await balances()).toMatchObject({ gone: 0n, paid: QUARTER });
  });

  test('it fails and keeps it in the escrow: pending until the capture deadline', async () => {
    const { model, balances, settlement } = await market.meet({
      by: 'seller',
      seller: { work: 'fails' },
    });
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    const { open, unresolved } = await settlement.reconcile();
    const [left] = [...open, ...unresolved];
    expect(left).toMatchObject({ receipt: { status: 'pending' } });
    const until = new Date(left?.receipt?.expiresAt ?? 0).getTime();
    expect(until).toBeGreaterThan(Date.now() + 3_000_000);
    expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });
  });
});
