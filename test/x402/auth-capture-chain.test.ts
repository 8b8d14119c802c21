import type { PaymentPayload, PaymentRequirements } from '@x402/core/types';
import type { X402LifecycleRequest } from 'ai-sdk-a2a-settlement/x402';
import { type Address, zeroAddress } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { operatorAbi } from './escrow-contracts';
import { reasonOf } from './escrow-facilitator';
import { type EscrowMarket, openEscrowMarket } from './escrow-market';
import { QUARTER } from './market';

warnWithoutAnvil('what an escrow on a chain refuses');

type Held = Awaited<ReturnType<EscrowMarket['held']>>;

/** What the chain refuses, whoever asks: nothing here is checked by a facilitator. */
describe.skipIf(!hasAnvil)('the chain refuses', () => {
  let market: EscrowMarket;
  beforeAll(async () => {
    market = await openEscrowMarket();
  });
  afterAll(() => market?.chain.stop());

  /** The request that the rail would have had relayed. */
  const consentOf = async (held: Held, amount?: string): Promise<X402LifecycleRequest> => {
    const asked: X402LifecycleRequest[] = [];
    const controller = new AbortController();
    const { signal: abortSignal } = controller;
    const rail = held.railOf({
      async relay(request) {
        asked.push(request);
        controller.abort();
        throw new Error('kept');
      },
    });
    const settling =
      amount === '0'
        ? rail.refund(held.hold, { abortSignal })
        : rail.release(held.hold, { amount, abortSignal });
    await settling.catch(() => undefined);
    const [request] = asked;
    if (request === undefined) throw new Error('nothing was signed');
    return request;
  };

  const relay = async ({ paymentPayload, paymentRequirements }: X402LifecycleRequest) =>
    market.facilitator.settle(
      paymentPayload as never as PaymentPayload,
      paymentRequirements as never as PaymentRequirements,
    );

  const changed = (request: X402LifecycleRequest, changes: object): X402LifecycleRequest => {
    const { paymentPayload } = request;
    const payload = { ...(paymentPayload['payload'] as object), ...changes } as never;
    return { ...request, paymentPayload: { ...paymentPayload, payload } };
  };

  const domain = () => ({
    name: 'x402 Auth Capture Operator',
    version: '1',
    chainId: 84532,
    verifyingContract: market.contracts.operator,
  });

  const expectHeld = async ({ balances }: Held) =>
    expect(await balances()).toEqual({ gone: QUARTER, held: QUARTER, paid: 0n });

  test('a capture that the payer did not sign, and a void', async () => {
    const held = await market.held();
    const request = await consentOf(held);
    const stranger = await market.chain.newAccount();
    const forged = await stranger.signTypedData({
      domain: domain(),
      types: { Void: [{ name: 'paymentInfoHash', type: 'bytes32' }] },
      primaryType: 'Void',
      message: { paymentInfoHash: held.hold.escrowId as Address },
    });
    for (const signature of [forged, `0x${'11'.repeat(65)}`, '0x']) {
      for (const type of ['capture', 'void']) {
        const changes = { type, authorizerSignature: signature };
        expect(await relay(changed(request, changes))).toMatchObject({
          success: false,
          errorReason: 'InvalidSignature',
        });
      }
    }
    await expectHeld(held);
    expect(await relay(request)).toMatchObject({ success: true });
  });

  test('the payee himself, at the escrow and at the operator', async () => {
    const held = await market.held();
    const { info } = held;
    await expect(market.own.act('capture', [info, QUARTER, 0, zeroAddress])).rejects.toThrow(
      /InvalidSender/,
    );
    await expect(market.own.act('void', [info])).rejects.toThrow(/InvalidSender/);
    // Another authorizer than the one that the payer's signature commits to.
    const payee = held.payee.address;
    const request = await consentOf(held);
    const { saltNonce } = request.paymentPayload['payload'] as { saltNonce: Address };
    const reason = await market.own.wallet
      .simulateContract({
        address: market.contracts.operator,
        abi: operatorAbi,
        functionName: 'void',
        args: [info, payee, zeroAddress, saltNonce, `0x${'11'.repeat(65)}`],
      })
      .then(() => 'done', reasonOf);
    expect(reason).toBe('SaltMismatch');
    await expectHeld(held);
  });

  test('a capture above what the payer signed, and above what is held', async () => {
    const held = await market.held();
    const request = await consentOf(held, '0.1');
    const more = changed(request, { amount: '250000' });
    expect(await relay(more)).toMatchObject({ errorReason: 'InvalidSignature' });
    await expectHeld(held);
    // Signed by the payer, as a broken middleware would.
    const signature = await held.payer.signTypedData({
      domain: domain(),
      types: {
        Capture: [
          { name: 'paymentInfoHash', type: 'bytes32' },
          { name: 'amount', type: 'uint256' },
          { name: 'feeAmount', type: 'uint256' },
          { name: 'feeReceiver', type: 'address' },
          { name: 'expectedCapturableAmount', type: 'uint256' },
          { name: 'expectedRefundableAmount', type: 'uint256' },
        ],
      },
      primaryType: 'Capture',
      message: {
        paymentInfoHash: held.hold.escrowId as Address,
        amount: 250_001n,
        feeAmount: 0n,
        feeReceiver: zeroAddress,
        expectedCapturableAmount: 250_000n,
        expectedRefundableAmount: 0n,
      },
    });
    const above = changed(request, { amount: '250001', authorizerSignature: signature });
    expect(await relay(above)).toMatchObject({ errorReason: 'InsufficientAuthorization' });
    await expectHeld(held);
  });

  test('the rail itself never asks for more than is held', async () => {
    const held = await market.held();
    const settled = await held.rail.release(held.hold, { amount: '0.9' });
    expect(settled).toMatchObject({ status: 'released', amount: '0.25' });
    expect(await held.balances()).toEqual({ gone: QUARTER, held: 0n, paid: QUARTER });
  });

  test('and takes a fee of the payee, as the offer says', async () => {
    const feeRecipient = (await market.chain.newAccount()).address;
    const extra = { minFeeBps: 100, maxFeeBps: 100, feeRecipient };
    const { hold, payee, payer, rail } = await market.held({ extra });
    expect(await rail.release(hold, { amount: '0.1' })).toMatchObject({
      status: 'partially-released',
      amount: '0.1',
      fee: '0',
    });
    expect(await market.chain.balanceOf(payer.address)).toBe(9_900_000n);
    expect(await market.chain.balanceOf(payee.address)).toBe(99_000n);
    expect(await market.chain.balanceOf(feeRecipient)).toBe(1000n);
  });

  test('a consent that was used', async () => {
    const held = await market.held();
    const request = await consentOf(held, '0.1');
    const alone = changed(request, { voidAuthorizerSignature: undefined });
    expect(await relay(alone)).toMatchObject({ success: true });
    expect(await held.balances()).toEqual({ gone: QUARTER, held: 150_000n, paid: 100_000n });
    expect(await relay(alone)).toMatchObject({ errorReason: 'UnexpectedPaymentState' });
    // As if the balances were other than those that were signed.
    const again = changed(alone, {
      expectedCapturableAmount: '150000',
      expectedRefundableAmount: '100000',
    });
    expect(await relay(again)).toMatchObject({ errorReason: 'InvalidSignature' });
    expect(await held.balances()).toEqual({ gone: QUARTER, held: 150_000n, paid: 100_000n });
  });

  test('the consent of one payment for another', async () => {
    const payer = await market.chain.newAccount({ usdc: '10' });
    const one = await market.held({ payer });
    const other = await market.held({ payer });
    expect(one.hold.escrowId).not.toBe(other.hold.escrowId);
    for (const amount of ['0.25', '0']) {
      const mine = await consentOf(one, amount);
      const theirs = await consentOf(other, amount);
      const { paymentInfo, saltNonce } = theirs.paymentPayload['payload'] as Record<string, never>;
      expect(await relay(changed(mine, { paymentInfo, saltNonce }))).toMatchObject({
        errorReason: 'InvalidSignature',
      });
    }
    expect(await market.stateOf(other.hold.escrowId)).toMatchObject({ capturable: QUARTER });
  });

  test('another payment than the one that was signed for', async () => {
    const { collect, offer, payment, balances } = await market.held({}, { collect: false });
    const { payload } = payment;
    const to = (await market.chain.newAccount()).address;
    const forged = { ...offer, payTo: to };
    expect(await market.facilitator.settle(payment, forged)).toMatchObject({ success: false });
    const greedy = { ...offer, amount: '9000000' };
    expect(await market.facilitator.settle(payment, greedy)).toMatchObject({ success: false });
    const seized = { ...offer, extra: { ...offer.extra, captureAuthorizer: market.own.address } };
    expect(await market.facilitator.settle(payment, seized)).toMatchObject({ success: false });
    const rebound = { ...payment, payload: { ...payload, saltNonce: `0x${'12'.repeat(32)}` } };
    expect(await market.facilitator.settle(rebound, offer)).toMatchObject({
      errorReason: 'SaltMismatch',
    });
    expect(await balances()).toEqual({ gone: 0n, held: 0n, paid: 0n });
    expect(await collect()).toMatchObject({ success: true });
    expect(await collect()).toMatchObject({ success: false });
  });
});
