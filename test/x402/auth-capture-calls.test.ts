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
      const { model, balances, payer, seller } = await market.meet({
        rail: { client: { ...(await market.chain.newAccount()), signTypedData: refusesToSign } },
        settlement: { limits },
      });
      expect(payer.address).not.toBe('');
      await expect(generateText({ model, prompt: 'Bake.' })).rejects.toMatchObject({
        code: expect.stringMatching(/LIMIT/),
      });
      expect(seller.seen).toMatchObject({ works: 0, payments: [] });
      expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
    }
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

function refusesToSign(): never {
  throw new Error('It was to sign nothing.');
}
