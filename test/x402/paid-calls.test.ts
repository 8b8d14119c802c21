import { inspect } from 'node:util';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, type SettlementReceipt } from 'ai-sdk-a2a-settlement';
import { x402 } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { NETWORK } from './chain';
import { type Market, openMarket, QUARTER } from './market';
import { startSeller } from './x402-seller';

warnWithoutAnvil('calls that are paid by x402 on a chain');

describe.skipIf(!hasAnvil)('a call that is paid by x402', () => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.chain.stop());

  describe.each(['1.0', '0.3'] as const)('protocol %s', (protocol) => {
    test('generateText pays 0.25 USDC, and its receipt has the transaction', async () => {
      const { model, balances, seller, payee } = await market.meet({ protocol });
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
      const { model, balances } = await market.meet({ protocol });
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
    const { model, balances } = await market.meet({ seller: { extensionUri } });
    await generateText({ model, prompt: 'Bake.' });
    expect(await balances()).toEqual({ payer: QUARTER, payee: QUARTER });
  });

  test('without a ledger the receipt says whose word it is', async () => {
    const { model } = await market.meet({ rail: { ledger: undefined } });
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
      const { model, balances, seller } = await market.meet({
        rail: { client },
        settlement: { limits },
      });
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
    const { model, balances, settlement } = await market.meet({ seller: { work: 'fails' } });
    const error = await generateText({ model, prompt: 'Bake.' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ message: 'The oven is cold.' });
    expect(await receiptOfFailure(settlement)).toMatchObject({ status: 'pending', amount: '0.25' });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test('an agent that fails and takes it all the same is found out', async () => {
    const receipts = () => [];
    const seller = { work: 'fails', settles: 'before', receipts } as const;
    const { model, balances, settlement } = await market.meet({ seller });
    const taken: SettlementReceipt[] = [];
    settlement.on('taken', ({ receipt }) => taken.push(receipt));
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    expect(taken).toMatchObject([{ status: 'taken', captured: '0.25' }]);
    for (const receipt of taken) await expectOnChain(receipt);
    expect(await balances()).toEqual({ payer: QUARTER, payee: QUARTER });
  });

  test('an agent that delivers and says nothing of the payment is read on the chain', async () => {
    const { model } = await market.meet({ seller: { receipts: () => [] } });
    const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      proof: [{ confirmedBy: 'ledger' }],
    });
  });

  test('a facilitator that lies: what did not move is not shown as paid', async () => {
    const transaction = `0x${'12'.repeat(32)}` as const;
    const settle = async () => ({ success: true, transaction, network: NETWORK }) as const;
    const { model, balances } = await market.meet({
      seller: { facilitator: market.clientOf({ settle }) },
    });
    const { text, providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(text).toBe('Bread for you.');
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
    expect(JSON.stringify(providerMetadata?.['settlement'])).not.toContain(transaction);
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test.each(['verify', 'settle'] as const)('a facilitator that is down at %s', async (call) => {
    const down = { [call]: () => Promise.reject(new Error('connect ECONNREFUSED')) };
    const { model, balances, settlement } = await market.meet({
      seller: { facilitator: market.clientOf(down) },
    });
    const error = await generateText({ model, prompt: 'Bake.' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'AI_A2ATaskError' });
    expect(await receiptOfFailure(settlement)).toMatchObject({ status: 'pending' });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test('an agent that asks for more than the buyer has', async () => {
    const { model, balances } = await market.meet({
      seller: { price: '$0.9' },
      rail: { client: await market.chain.newAccount({ usdc: '0.5' }) },
    });
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toMatchObject({
      message: expect.stringContaining('Payment refused'),
    });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
  });

  test('an aborted call', async () => {
    const { model, balances, settlement, seller } = await market.meet({
      seller: { work: 'hangs' },
    });
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
    const { model, settlement, seller } = await market.meet({
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

  /** What a look at the books says, when a call ended with an error. */
  async function receiptOfFailure(settlement: ReturnType<typeof createSettlement>) {
    const { settled, open, unresolved } = await settlement.reconcile();
    return [...settled, ...open, ...unresolved][0]?.receipt;
  }

  async function expectOnChain({ proof }: SettlementReceipt) {
    const hash = proof?.[0]?.transaction as `0x${string}`;
    const { status } = await market.chain.publicClient.getTransactionReceipt({ hash });
    expect(status).toBe('success');
  }
});

describe.skipIf(!hasAnvil)('a call whose signature ends unused', () => {
  test('is pending, and refunded by reconcile when the chain says so', async () => {
    // A chain of its own: its clock is moved.
    const { chain, clientOf } = await openMarket();
    try {
      const payer = await chain.newAccount({ usdc: '1' });
      const seller = await startSeller({
        facilitator: clientOf(),
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
