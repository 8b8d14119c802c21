import type { PaymentPayload } from '@x402/core/types';
import { generateText } from 'ai';
import { createA2A } from 'ai-sdk-a2a-settlement';
import { X402_EXTENSION_URIS } from 'ai-sdk-a2a-settlement/x402';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasAnvil, warnWithoutAnvil } from './anvil';
import { type Market, openMarket, QUARTER } from './market';
import { startSeller } from './x402-seller';

warnWithoutAnvil('payments that a seller refuses');

describe.skipIf(!hasAnvil)('a payment that the seller refuses', () => {
  let market: Market;
  beforeAll(async () => {
    market = await openMarket();
  });
  afterAll(() => market?.chain.stop());

  /** The buyer's client after somebody changed what it signed. */
  const forging = async (change: (payment: PaymentPayload) => void) => {
    const { seller, balances, rail } = await market.meet();
    const { hold, payment: signed } = await market.signFor(rail, seller.required);
    const payment = structuredClone(signed);
    change(payment);
    const requirements = { ...payment.accepted, ...seller.required.accepts[0] };
    const verified = await market.facilitator.verify(payment, requirements);
    const settled = await market.facilitator
      .settle(payment, requirements)
      .catch(() => ({ success: false }));
    return { verified, settled, balances, hold, rail };
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
    ['forged', (payment) => Object.assign(payment.payload, { signature: `0x${'11'.repeat(65)}` })],
    ['expired', (payment) => Object.assign(authorizationOf(payment), { validBefore: '1' })],
  ])('%s', async (_, change) => {
    const { verified, settled, balances, rail, hold } = await forging(change);
    expect(verified).toMatchObject({ isValid: false });
    expect(settled).toMatchObject({ success: false });
    expect(await balances()).toEqual({ payer: 0n, payee: 0n });
    expect(await rail.release(hold)).toMatchObject({ status: 'pending' });
  });

  test('replayed, and at two machines at once: the work is done once', async () => {
    const payee = await market.chain.newAccount();
    const bound = new Set<string>();
    const machine = () =>
      startSeller({ facilitator: market.clientOf(), payTo: payee.address, bound });
    const machines = [await machine(), await machine()];
    const buyer = await market.meet();
    const [first, second] = machines;
    if (first === undefined || second === undefined) throw new Error('no machines');
    const { accepts } = first.required;
    const { payment } = await market.signFor(buyer.rail, first.required);
    const paid = (machine: typeof first) =>
      generateText({
        model: createA2A({ fetch: machine.fetch })(machine.url),
        prompt: 'Bake.',
        providerOptions: {
          a2a: {
            extensions: [...X402_EXTENSION_URIS],
            metadata: {
              'x402.payment.status': 'payment-submitted',
              'x402.payment.payload': payment as never,
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
    expect(await market.chain.balanceOf(payee.address)).toBe(QUARTER);
  });
});
