import { inspect } from 'node:util';
import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, type SettlementReceipt } from 'ai-sdk-a2a-settlement';
import type { RelayLifecycle } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Hold } from '../../src/rails/rail';
import { inProcessFetch } from '../../src/sandbox/in-process-fetch';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { type EscrowMarket, openEscrowMarket } from './escrow-market';
import { QUARTER } from './market';

warnWithoutAnvil('escrowed payments whose relay fails');

const limits = { USDC: { perCall: 1 } };
const soon = { attempts: 1, initialMs: 1 };

describe.skipIf(!hasAnvil)('an escrowed payment', () => {
  let market: EscrowMarket;
  beforeAll(async () => {
    market = await openEscrowMarket();
  });
  afterAll(() => market?.chain.stop());

  /** Brings it on the chain, and loses the answer. */
  const deaf: RelayLifecycle = async (request, options) => {
    await market.relay(request, options);
    throw new Error('socket hang up');
  };
  const down: RelayLifecycle = async () => {
    throw new Error('connect ECONNREFUSED');
  };
  const liar: RelayLifecycle = async () => ({
    success: true,
    transaction: `0x${'12'.repeat(32)}`,
    network: 'eip155:84532',
  });

  test('a relay whose answer is lost: the chain is looked at, and nothing is done twice', async () => {
    const count = market.relayed.length;
    const { model, balances } = await market.meet({ authCapture: { relay: deaf } });
    const { providerMetadata } = await generateText({ model, prompt: 'Bake.' });
    expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released' });
    expect(await balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
    expect(market.relayed.length - count).toBe(1);
  });

  test('a relay that lies is not believed', async () => {
    const { hold, railOf, balances } = await market.held();
    const lying = railOf({ relay: liar });
    for (const settling of [() => lying.release(hold), () => lying.refund(hold)]) {
      await expect(settling()).rejects.toMatchObject({
        code: 'UNEXPECTED_ANSWER',
        isRetryable: true,
      });
    }
    expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });
  });

  test('released twice, and by two processes at once: captured once', async () => {
    const { hold, rail, railOf, balances } = await market.held();
    const other = railOf();
    const settled = await Promise.allSettled([
      rail.release(hold, { amount: '0.1' }),
      other.release(hold, { amount: '0.1' }),
    ]);
    expect(settled.map(({ status }) => status)).toContain('fulfilled');
    for (const again of [rail, other, railOf()]) {
      expect(await again.release(hold, { amount: '0.1' })).toMatchObject({
        status: 'partially-released',
        amount: '0.1',
        returned: '0.15',
      });
    }
    expect(await balances()).toEqual({ gone: 100_000n, held: 0n, paid: 100_000n });
    await expect(rail.refund(hold)).rejects.toMatchObject({ code: 'ALREADY_SETTLED' });
    expect(await rail.look?.(hold)).toMatchObject({
      isOurs: true,
      state: { type: 'settled', settled: { status: 'partially-released' } },
    });
  });

  test('refunded twice: voided once', async () => {
    const { hold, rail, balances } = await market.held();
    const refunded = await rail.refund(hold, { answer: { state: 'failed' } });
    expect(refunded).toMatchObject({ status: 'refunded', returned: '0.25' });
    expect(await rail.refund(hold)).toEqual(refunded);
    expect(await rail.release(hold)).toEqual(refunded);
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
  });

  test('a relay that captures and leaves the rest: it is asked for that alone', async () => {
    const { hold, railOf, balances } = await market.held();
    const lazy = railOf({
      relay(request, options) {
        const { paymentPayload } = request;
        const payload = { ...(paymentPayload['payload'] as object) };
        Reflect.deleteProperty(payload, 'voidAuthorizerSignature');
        const changed = { ...paymentPayload, payload };
        return market.relay({ ...request, paymentPayload: changed }, options);
      },
    });
    const settled = await lazy.release(hold, { amount: '0.1' });
    expect(settled).toMatchObject({ status: 'partially-released', amount: '0.1' });
    expect(await balances()).toEqual({ gone: 100_000n, held: 0n, paid: 100_000n });
  });

  test('another process settles it by the notes, which nobody else can use', async () => {
    const { hold, payer, payment, railOf, balances } = await market.held();
    const kept = reopened(hold);
    const { signature } = payment.payload as { signature: string };
    expect(JSON.stringify(kept)).not.toContain(signature.slice(2, 40));
    const { rail: stranger } = await market.meet();
    expect(await stranger.look?.(kept)).toMatchObject({ isOurs: false, state: { type: 'held' } });
    await expect(stranger.release(kept)).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    for (const other of [{ operators: [] }, { escrow: payer.address }, { relay: undefined }]) {
      await expect(railOf(other).release(kept)).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    }
    expect(await railOf().release(kept)).toMatchObject({ status: 'released' });
    expect(await balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
    expect(payer.address).toBe((kept.state as { from: string }).from);
  });

  test.each(['completes', 'fails'] as const)(
    'a relay that is down: journaled, and finished by `reconcile` (the agent %s)',
    async (work) => {
      const kept = new Map<string, unknown>();
      const journal = { storage: storageIn(kept) as never };
      const { balances, payer, railOf, seller } = await market.meet({ seller: { work } });
      const settlementWith = (relay: RelayLifecycle) =>
        createSettlement({ rails: [railOf({ relay })], limits, journal, retry: soon });
      const broken = settlementWith(down);
      const told: unknown[] = [];
      broken.on('unresolved', ({ error }) => told.push(error));
      const { fetch, url } = seller;
      const { middleware } = broken;
      const model = wrapLanguageModel({ model: createA2A({ fetch })(url), middleware });
      const called = await generateText({ model, prompt: 'Bake.' }).catch(() => undefined);
      if (work === 'completes') {
        expect(called?.providerMetadata?.['settlement']).toMatchObject({ status: 'pending' });
      }
      // On a busy machine the result does not wait for the last try.
      await vi.waitFor(() => expect(told).toMatchObject([{ code: 'NETWORK' }]));
      expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });
      const shown = inspect([kept, told], { depth: 20 });
      for (const { payload } of seller.seen.payments) {
        expect(shown).not.toContain(String(payload['signature']).slice(2, 40));
      }
      // It is still down, and nothing is claimed.
      expect(await settlementWith(down).reconcile()).toMatchObject({
        settled: [],
        unresolved: [{ receipt: { status: 'pending' } }],
      });
      const { settled } = await settlementWith(market.relay).reconcile();
      const expected: Partial<SettlementReceipt> =
        work === 'completes'
          ? { status: 'released', captured: '0.25' }
          : { status: 'refunded', returned: '0.25' };
      expect(settled).toMatchObject([{ receipt: expected }]);
      const gone = work === 'completes' ? QUARTER : 0n;
      expect(await balances()).toEqual({ gone, held: 0n, paid: gone });
      expect(await market.chain.publicClient.getBalance(payer)).toBe(0n);
      expect(await settlementWith(down).reconcile()).toEqual({
        settled: [],
        open: [],
        unresolved: [],
      });
    },
  );

  test('a process that died while the agent worked: the agent is asked, and then paid', async () => {
    const kept = new Map<string, unknown>();
    const journal = { storage: storageIn(kept) as never, writeAhead: true };
    let atDeath: [string, unknown][] = [];
    const { balances, railOf, seller } = await market.meet({
      seller: {
        async afterWork() {
          await expect.poll(() => [...kept.values()].join()).toContain('"task"');
          atDeath = [...kept];
        },
      },
    });
    const dead = createSettlement({
      rails: [railOf({ relay: down })],
      limits,
      journal,
      retry: soon,
    });
    const a2a = createA2A({ fetch: seller.fetch });
    const model = wrapLanguageModel({ model: a2a(seller.url), middleware: dead.middleware });
    expect(await streamText({ model, prompt: 'Bake.' }).text).toBe('Bread for you.');
    const { reconcile } = createSettlement({ rails: [railOf()], limits, journal });
    const released = [{ receipt: { status: 'released', captured: '0.25' } }];
    for (const provider of [a2a, undefined]) {
      kept.clear();
      for (const [key, value] of atDeath) kept.set(key, value);
      // The second time the payer's own word is in the books, and no agent is asked for more.
      const asking = provider === undefined ? {} : { provider };
      expect(await reconcile({ ...asking, graceMs: 0 })).toMatchObject({ settled: released });
    }
    expect(await balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
  });

  test('by HTTP: the body of `POST /settle`, at the relay that is configured', async () => {
    const asked: unknown[] = [];
    const fetch = inProcessFetch('http://relay.test', async (request) => {
      asked.push([request.method, new URL(request.url).pathname]);
      return Response.json(await market.relay(await request.json(), {}));
    });
    const { hold, railOf, balances } = await market.held({ rail: { fetch } });
    const rail = railOf({ relay: 'http://relay.test/facilitator/' });
    expect(await rail.release(hold)).toMatchObject({ status: 'released' });
    expect(asked).toEqual([['POST', '/facilitator/settle']]);
    expect(await balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
  });

  test.each<[string, () => Response | Promise<Response>, string]>([
    ['refuses', () => Response.json({ success: false, errorReason: 'no <gas>' }), 'UPSTREAM'],
    ['answers with a page', () => new Response('<html>', { status: 502 }), 'UPSTREAM'],
    ['is away', () => Promise.reject(new TypeError('fetch failed')), 'NETWORK'],
  ])('by HTTP: a relay that %s', async (_, respond, code) => {
    const fetch = inProcessFetch('http://relay.test', async () => respond());
    const { hold, railOf, balances } = await market.held({ rail: { fetch } });
    const error = await railOf({ relay: 'http://relay.test/?key=secret' })
      .refund(hold)
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, isRetryable: true });
    expect(String(error)).not.toMatch(/secret|<gas>/);
    expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });
  });

  test('one that was not collected can be canceled, and is back', async () => {
    const sponsor = market.chain.walletOf(await market.chain.newAccount({ gas: true }));
    const buyer = await market.held(
      {
        rail: {
          async cancel({ asset, authorizer, nonce, typedData }) {
            const signature = await buyer.payer.signTypedData(typedData);
            const hash = await sponsor.writeContract({
              address: asset,
              abi: market.chain.usdcAbi,
              functionName: 'cancelAuthorization',
              args: [authorizer, nonce, signature],
            });
            await sponsor.waitForTransactionReceipt({ hash });
          },
        },
      },
      { collect: false },
    );
    const { collect, hold, rail } = buyer;
    expect(await rail.refund(hold)).toMatchObject({ status: 'pending' });
    expect(await rail.refund(hold, { answer: { state: 'failed' } })).toMatchObject({
      status: 'refunded',
      proof: [{ confirmedBy: 'ledger' }],
    });
    expect(await collect()).toMatchObject({ success: false });
  });

  test('one that the agent has surely not seen is back at once', async () => {
    const { hold, rail } = await market.held({}, { collect: false });
    expect(await rail.refund(hold, { reason: 'not-dispatched' })).toEqual({
      status: 'refunded',
      returned: '0.25',
    });
  });
});

/** As it comes back out of a journal. */
function reopened(hold: Hold): Hold {
  const { expiresAt, ...kept } = JSON.parse(JSON.stringify(hold));
  return { ...kept, expiresAt: new Date(expiresAt) };
}

function storageIn(kept: Map<string, unknown>) {
  return {
    getItem: async (key: string) => kept.get(key) ?? null,
    setItem: async (key: string, value: unknown) => void kept.set(key, value),
    removeItem: async (key: string) => void kept.delete(key),
    getKeys: async (base = '') => [...kept.keys()].filter((key) => key.startsWith(base)),
  };
}
