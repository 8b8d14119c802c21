import { generateText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import type { ReclaimPayment, RelayLifecycle } from 'ai-sdk-a2a-settlement/x402';
import { zeroAddress } from 'viem';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { escrowAbi } from './escrow-contracts';
import { type EscrowMarket, openEscrowMarket } from './escrow-market';
import { QUARTER } from './market';

warnWithoutAnvil('escrowed payments after their capture deadline');

/** Each on a chain of its own: its clock is moved. */
describe.skipIf(!hasAnvil)('after the capture deadline', () => {
  let market: EscrowMarket;
  beforeEach(async () => {
    market = await openEscrowMarket();
  });
  afterEach(() => market?.chain.stop());

  const down: RelayLifecycle = async () => {
    throw new Error('connect ECONNREFUSED');
  };

  const moveTo = async (seconds: number) => {
    await market.chain.test.setNextBlockTimestamp({ timestamp: BigInt(seconds) });
    await market.chain.test.mine({ blocks: 1 });
  };

  const reclaimWith =
    (payer: Parameters<EscrowMarket['chain']['walletOf']>[0]): ReclaimPayment =>
    async ({ data, from, network, to }) => {
      expect({ from, network }).toEqual({ from: payer.address, network: 'eip155:84532' });
      const wallet = market.chain.walletOf(payer);
      const hash = await wallet.sendTransaction({ to, data });
      await wallet.waitForTransactionReceipt({ hash });
    };

  test('the payer reclaims what nobody moved, and before it says that it cannot', async () => {
    const kept = new Map<string, unknown>();
    const gas = true;
    const buyer = await market.meet({ gas, seconds: 300, seller: { work: 'fails' } });
    const { balances, payer, railOf, seller } = buyer;
    const settlementWith = (reclaim?: ReclaimPayment) =>
      createSettlement({
        rails: [railOf({ relay: down, reclaim })],
        limits: { USDC: { perCall: 1 } },
        journal: { storage: storageIn(kept) as never },
        retry: { attempts: 1, initialMs: 1 },
      });
    const { middleware } = settlementWith();
    const a2a = createA2A({ fetch: seller.fetch });
    const model = wrapLanguageModel({ model: a2a(seller.url), middleware });
    await expect(generateText({ model, prompt: 'Bake.' })).rejects.toThrow('The oven is cold.');
    expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });
    // Before it nobody is asked for that.
    await settlementWith(reclaimWith(payer)).reconcile();
    expect(await balances()).toMatchObject({ held: QUARTER });

    const [offer] = seller.offers;
    await moveTo(Number(offer?.extra['captureDeadline']));
    const honest = settlementWith();
    const told: unknown[] = [];
    honest.on('unresolved', ({ error }) => told.push(error));
    expect(await honest.reconcile()).toMatchObject({
      settled: [],
      unresolved: [{ receipt: { status: 'pending' } }],
    });
    expect(told).toMatchObject([
      { code: 'NOT_CONFIGURED', message: expect.stringContaining('authCapture.reclaim') },
    ]);
    expect(await settlementWith(reclaimWith(payer)).reconcile()).toMatchObject({
      settled: [{ receipt: { status: 'refunded', returned: '0.25' } }],
    });
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('a process died, and its agent cannot be asked: back, once the time is over', async () => {
    const kept = new Map<string, unknown>();
    const journal = { storage: storageIn(kept) as never, writeAhead: true };
    const limits = { USDC: { perCall: 1 } };
    let atDeath: [string, unknown][] = [];
    const { balances, railOf, seller } = await market.meet({
      seconds: 300,
      seller: { afterWork: () => (atDeath = [...kept]) },
    });
    const dead = createSettlement({
      rails: [railOf({ relay: down })],
      limits,
      journal,
      retry: { attempts: 1, initialMs: 1 },
    });
    const a2a = createA2A({ fetch: seller.fetch });
    const model = wrapLanguageModel({ model: a2a(seller.url), middleware: dead.middleware });
    await generateText({ model, prompt: 'Bake.' });
    kept.clear();
    for (const [key, value] of atDeath) kept.set(key, value);
    const reconcile = () =>
      createSettlement({ rails: [railOf()], limits, journal }).reconcile({ graceMs: 0 });
    expect(await reconcile()).toMatchObject({ settled: [], unresolved: [{}] });
    expect(await balances()).toMatchObject({ held: QUARTER });
    const deadline = Number(seller.offers[0]?.extra['captureDeadline']);
    await moveTo(deadline);
    vi.useFakeTimers({ toFake: ['Date'], now: (deadline + 1) * 1000 });
    try {
      expect(await reconcile()).toMatchObject({
        settled: [{ receipt: { status: 'refunded', returned: '0.25' } }],
      });
    } finally {
      vi.useRealTimers();
    }
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('nothing is captured any more: what was delivered comes back by the relay, `late`', async () => {
    const { balances, hold, rail, railOf, info } = await market.held({ seconds: 900 });
    await moveTo(info.authorizationExpiry);
    await expect(railOf({ relay: down }).release(hold)).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
      message: expect.stringContaining('0.25'),
    });
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'held' } });
    expect(await rail.release(hold)).toEqual({ status: 'late' });
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('a seller who never captured, nor gave back: the payer reclaims it', async () => {
    const { balances, hold, info, payer, railOf } = await market.held({
      by: 'seller',
      gas: true,
      seconds: 1800,
    });
    const rail = railOf({ reclaim: reclaimWith(payer) });
    expect(await rail.refund(hold)).toEqual({ status: 'pending', until: hold.expiresAt });
    const { publicClient } = market.chain;
    const address = market.contracts.escrow;
    const reclaiming = { address, abi: escrowAbi, functionName: 'reclaim', args: [info] };
    const account = payer.address;
    await expect(publicClient.simulateContract({ ...reclaiming, account })).rejects.toThrow(
      /BeforeAuthorizationExpiry/,
    );
    await moveTo(info.authorizationExpiry);
    await expect(market.own.act('capture', [info, QUARTER, 0, zeroAddress])).rejects.toThrow(
      /AfterAuthorizationExpiry/,
    );
    const thief = market.own.address;
    await expect(publicClient.simulateContract({ ...reclaiming, account: thief })).rejects.toThrow(
      /InvalidSender/,
    );
    await expect(railOf().refund(hold)).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    expect(await rail.refund(hold)).toMatchObject({ status: 'refunded', returned: '0.25' });
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('one that was never collected is worth nothing', async () => {
    const { hold, info, rail, collect } = await market.held({ seconds: 3600 }, { collect: false });
    await moveTo(info.preApprovalExpiry + 3000);
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'lapsed' } });
    expect(await rail.refund(hold)).toEqual({ status: 'refunded', returned: '0.25' });
    expect(await rail.release(hold)).toEqual({ status: 'late' });
    expect(await collect()).toMatchObject({ success: false });
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
