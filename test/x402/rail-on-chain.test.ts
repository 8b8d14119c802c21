import { x402Client } from '@x402/core/client';
import type { x402Facilitator } from '@x402/core/facilitator';
import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import { ExactEvmScheme } from '@x402/evm/exact/client';
import { x402, type X402Options } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Hold } from '../../src/rails/rail';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { type Chain, NETWORK, startChain, USDC } from './chain';
import { createFacilitator } from './facilitator';

warnWithoutAnvil('the x402 rail on a chain');

type Account = Awaited<ReturnType<Chain['newAccount']>>;

describe.skipIf(!hasAnvil)('the x402 rail on a chain', () => {
  let chain: Chain;
  let facilitator: x402Facilitator;
  beforeAll(async () => {
    chain = await startChain();
    facilitator = await createFacilitator(chain);
  });
  afterAll(() => chain?.stop());

  /** A payer with 10 USDC who holds 0.25 of them for a payee. */
  async function held(
    options: Partial<X402Options> = {},
    offer: Partial<PaymentRequirements> = {},
  ) {
    const payer = await chain.newAccount({ usdc: '10' });
    const payee = await chain.newAccount();
    const rail = x402({ client: payer, ledger: chain.url, ...options });
    const requirements = requirementsFor(payee, offer);
    const challenge = rail.challenge?.(asking(requirements), { hasLimit: () => true });
    if (challenge === undefined) throw new Error('not asked');
    const { amount, currency } = challenge;
    const taskId = crypto.randomUUID();
    const request = { taskId, payee: challenge.payee, amount, currency, ttlMinutes: 5, challenge };
    const hold = await rail.hold(request);
    const { metadata } = await rail.decorate(hold, { isFirst: true });
    const payment = metadata['x402.payment.payload'] as unknown as PaymentPayload;
    const settle = () => facilitator.settle(payment, requirements);
    return { payer, payee, rail, requirements, hold: reopened(hold), payment, settle };
  }

  test.each(['a URL', 'a public client'])('a payment that was taken, by %s', async (kind) => {
    const ledger = kind === 'a URL' ? chain.url : chain.publicClient;
    const { payer, payee, rail, hold, settle } = await held({ ledger });
    expect(hold).toMatchObject({ amount: '0.25', currency: 'USDC', decimals: 6, fee: '0' });
    expect(hold).toMatchObject({ exchangeUrl: NETWORK, payee: payee.address, rail: 'x402' });
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'held' }, isOurs: true });
    expect(await rail.release(hold)).toEqual({ status: 'pending', until: hold.expiresAt });

    const { transaction } = await settle();
    expect(await chain.balanceOf(payee.address)).toBe(250_000n);
    expect(await chain.balanceOf(payer.address)).toBe(9_750_000n);
    const proof = [{ transaction, network: NETWORK, confirmedBy: 'ledger' }];
    const released = { status: 'released', amount: '0.25', fee: '0', proof };
    expect(await rail.release(hold)).toEqual(released);
    expect(await rail.refund(hold)).toEqual({ ...released, status: 'taken' });
    expect(await rail.look?.(hold)).toMatchObject({
      state: { type: 'settled', settled: released },
    });
    expect(await rail.balance?.()).toContainEqual({
      amount: '9.75',
      currency: { code: 'USDC', decimals: 6 },
      of: NETWORK,
    });
  });

  test('an agent that names a transaction of another payment is not believed', async () => {
    const other = await held();
    const { transaction } = await other.settle();
    const { rail, hold, settle } = await held();
    const answer = completed([{ success: true, transaction, network: NETWORK }]);
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'pending' });
    const own = await settle();
    expect(await rail.release(hold, { answer })).toMatchObject({
      status: 'released',
      proof: [{ transaction: own.transaction, confirmedBy: 'ledger' }],
    });
  });

  test('nor one that names a transaction that never was', async () => {
    const { rail, hold } = await held();
    const transaction = `0x${'ab'.repeat(32)}`;
    const answer = completed([{ success: true, transaction, network: NETWORK }]);
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'pending' });
    expect(await rail.refund(hold, { answer })).toMatchObject({ status: 'pending' });
  });

  test('a canceled payment is back at once, and cannot be taken any more', async () => {
    const sponsor = await chain.newAccount({ gas: true });
    const canceled: string[] = [];
    const { payer, payee, rail, hold, settle } = await held({
      cancel: async ({ authorizer, nonce, asset, typedData }) => {
        const signature = await payer.signTypedData(typedData);
        const wallet = chain.walletOf(sponsor);
        const hash = await wallet.writeContract({
          address: asset,
          abi: chain.usdcAbi,
          functionName: 'cancelAuthorization',
          args: [authorizer, nonce, signature],
        });
        await chain.publicClient.waitForTransactionReceipt({ hash });
        canceled.push(hash);
      },
    });
    // What was not heard of may have been delivered: nothing is canceled.
    expect(await rail.refund(hold)).toMatchObject({ status: 'pending' });
    expect(canceled).toEqual([]);
    const answer = { state: 'failed' };
    const refunded = await rail.refund(hold, { answer });
    expect(refunded).toEqual({
      status: 'refunded',
      returned: '0.25',
      proof: [{ transaction: canceled[0], network: NETWORK, confirmedBy: 'ledger' }],
    });
    expect(await rail.refund(hold, { answer })).toEqual(refunded);
    expect(await settle()).toMatchObject({ success: false });
    expect(await chain.balanceOf(payee.address)).toBe(0n);
  });

  test('a cancellation that fails leaves it pending', async () => {
    const { rail, hold } = await held({ cancel: () => Promise.reject(new Error('no gas')) });
    const answer = { state: 'failed' };
    expect(await rail.refund(hold, { answer })).toMatchObject({ status: 'pending' });
  });

  test('another process finds it by the notes, and by no signature', async () => {
    const { payer, hold, settle, rail, payment } = await held();
    const { signature } = payment.payload as { signature: string };
    expect(JSON.stringify(hold)).not.toContain(signature.slice(2, 40));
    const other = x402({ client: payer, ledger: chain.url });
    expect(() => other.decorate(hold, { isFirst: true })).toThrow(/another process/);
    expect(await other.decorate(hold, { isFirst: false })).toMatchObject({ metadata: {} });
    await settle();
    expect(await other.release(hold)).toMatchObject({ status: 'released' });
    const stranger = x402({ client: await chain.newAccount(), ledger: chain.url });
    expect(await stranger.look?.(hold)).toMatchObject({ isOurs: false });
    expect(await rail.look?.(hold)).toMatchObject({ isOurs: true });
  });

  test('the payload of version 1 pays as well', async () => {
    const payer = await chain.newAccount({ usdc: '1' });
    const payee = await chain.newAccount();
    const rail = x402({ client: payer, ledger: chain.url });
    const { amount, ...rest } = requirementsFor(payee, {});
    const offer = {
      ...rest,
      network: 'base-sepolia',
      maxAmountRequired: amount,
      resource: 'http://x',
      description: '',
      mimeType: '',
    };
    const challenge = rail.challenge?.(asking(offer, 1), { hasLimit: () => true });
    if (challenge === undefined) throw new Error('not asked');
    const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
    const { metadata } = await rail.decorate(hold, { isFirst: true });
    const payment = metadata['x402.payment.payload'] as unknown as PaymentPayload;
    expect(payment).toMatchObject({ x402Version: 1, scheme: 'exact', network: 'base-sepolia' });
    const { transaction } = await facilitator.settle(payment, offer as never);
    const receipts = [{ success: true, transaction, network: 'base-sepolia' }];
    expect(await rail.release(hold, { answer: completed(receipts) })).toMatchObject({
      status: 'released',
      proof: [{ transaction, network: NETWORK, confirmedBy: 'ledger' }],
    });
    expect(await chain.balanceOf(payee.address)).toBe(250_000n);
  });

  test('a client of the user’s own signs', async () => {
    const payer = await chain.newAccount({ usdc: '1' });
    const client = new x402Client().register('eip155:*', new ExactEvmScheme(payer));
    const { rail, hold, settle } = await held({ client });
    // It has not been told whose it is.
    expect(await rail.balance?.()).toEqual([]);
    await settle();
    expect(await rail.release(hold)).toMatchObject({ status: 'released' });
    expect(await chain.balanceOf(payer.address)).toBe(750_000n);
  });

  test('a ledger of another chain says nothing of it', async () => {
    const elsewhere = { request: async () => '0x1' };
    // Under it nothing is signed: this one was held by a process without a ledger.
    await expect(held({ ledger: elsewhere })).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    const { hold, payer, settle } = await held({ ledger: undefined });
    const { transaction } = await settle();
    const rail = x402({ client: payer, ledger: elsewhere });
    const answer = completed([{ success: true, transaction, network: NETWORK }]);
    expect(await rail.release(hold, { answer })).toMatchObject({
      status: 'released',
      proof: [{ transaction, confirmedBy: 'agent' }],
    });
    await expect(rail.look?.(hold)).rejects.toMatchObject({ code: 'NOT_CONFIGURED' });
    const named = await held({ ledger: { [NETWORK]: chain.url, 'eip155:1': elsewhere } });
    expect(await named.rail.look?.(named.hold)).toMatchObject({ state: { type: 'held' } });
  });

  test('a node that is behind is waited for', async () => {
    const { rail, hold, settle } = await held({
      ledger: {
        async request(call) {
          if (call.method === 'eth_call' && lag-- > 0) return `0x${'0'.repeat(64)}`;
          return chain.publicClient.request(call as never);
        },
      },
    });
    let lag = 2;
    const { transaction } = await settle();
    const answer = completed([{ success: true, transaction, network: NETWORK }]);
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'released' });
    expect(lag).toBeLessThan(0);
  });

  test('a chain that cannot be read is asked again later', async () => {
    const ledger = 'http://127.0.0.1:1/?key=secret';
    const { rail, hold } = await held({ ledger: { [NETWORK]: ledger } });
    const error = await Promise.resolve(rail.release(hold)).catch((error: unknown) => error);
    expect(error).toMatchObject({ code: 'NETWORK', isRetryable: true });
    expect(String(error)).not.toContain('secret');
    // One that was given for no network might be another chain's.
    const unsigned = await held({ ledger }).catch((error: unknown) => error);
    expect(unsigned).toMatchObject({ code: 'NETWORK', isRetryable: true, isDispatched: false });
    expect(String(unsigned)).not.toContain('secret');
  });
});

describe.skipIf(!hasAnvil)('when the time of a signature is over', () => {
  // A chain of its own: its clock is moved.
  let chain: Chain;
  beforeAll(async () => {
    chain = await startChain();
  });
  afterAll(() => chain?.stop());

  test('what was not taken is back, by the clock of the chain', async () => {
    const payer = await chain.newAccount({ usdc: '1' });
    const payee = await chain.newAccount();
    const rail = x402({ client: payer, ledger: chain.url });
    const offer = requirementsFor(payee, { maxTimeoutSeconds: 60 });
    const challenge = rail.challenge?.(asking(offer), { hasLimit: () => true });
    if (challenge === undefined) throw new Error('not asked');
    const hold = await rail.hold({ taskId: 't', ttlMinutes: 5, ...challenge, challenge });
    expect(await rail.refund(hold)).toEqual({ status: 'pending', until: hold.expiresAt });
    await chain.test.setNextBlockTimestamp({
      timestamp: BigInt(hold.expiresAt.getTime() / 1000 - 1),
    });
    await chain.test.mine({ blocks: 1 });
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'held' } });
    await chain.test.setNextBlockTimestamp({ timestamp: BigInt(hold.expiresAt.getTime() / 1000) });
    await chain.test.mine({ blocks: 1 });
    expect(await rail.refund(hold)).toEqual({ status: 'refunded', returned: '0.25' });
    expect(await rail.release(hold)).toEqual({ status: 'late' });
    expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'lapsed' } });
  });
});

function requirementsFor(payee: Account, offer: Partial<PaymentRequirements>): PaymentRequirements {
  return {
    scheme: 'exact',
    network: NETWORK,
    asset: USDC,
    amount: '250000',
    payTo: payee.address,
    maxTimeoutSeconds: 300,
    extra: { name: 'USDC', version: '2' },
    ...offer,
  };
}

function asking(offer: object, x402Version = 2) {
  return {
    state: 'input-required',
    metadata: {
      'x402.payment.status': 'payment-required',
      'x402.payment.required': { x402Version, resource: { url: 'http://x' }, accepts: [offer] },
    },
  };
}

function completed(receipts: unknown[]) {
  return {
    state: 'completed',
    metadata: {
      'x402.payment.status': 'payment-completed',
      'x402.payment.receipts': receipts,
    },
  };
}

/** As it comes back out of a journal. */
function reopened(hold: Hold): Hold {
  const { expiresAt, ...kept } = JSON.parse(JSON.stringify(hold));
  return { ...kept, expiresAt: new Date(expiresAt) };
}
