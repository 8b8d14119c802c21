import { describe, expect, it } from 'vitest';
import { completed, failed, held, network, proof, receipts, transaction } from './answers';

describe('what an agent says of a payment', () => {
  it.each([0.5, 5.5, '5.0', 1e21, '99999999999999999', -3, 'many', '', [5], { credits: 5 }])(
    'counts as taken, all that was held, where what it used cannot be read: %j',
    async (creditsUsed) => {
      const { rail, hold } = await held(2);
      expect(await rail.release(hold, { answer: completed({ creditsUsed }) })).toEqual({
        status: 'released',
        amount: 5,
        fee: 0,
      });
      const receipt = { creditsRedeemed: creditsUsed, transaction: '' };
      for (const more of [{}, { creditsUsed: 0 }]) {
        const answer = failed(receipts(receipt, more));
        expect(await rail.refund(hold, { answer })).toEqual({ status: 'taken', amount: 5, fee: 0 });
      }
    },
  );

  it.each([
    '<img src=x onerror=alert(1)>',
    'a\u0000b',
    'a\nb',
    '\u202e0xabc',
    'x'.repeat(201),
    { hash: transaction },
    17,
  ])(
    'is shown as a transaction only where it can be one, and counts as taken: %j',
    async (named) => {
      const { rail, hold } = await held(2);
      const taken = { status: 'released', amount: 5, fee: 0 };
      for (const metadata of [
        { txHash: named },
        receipts({ transaction: named }),
        receipts({ transaction: '', orderTx: named }),
      ]) {
        expect(await rail.release(hold, { answer: completed(metadata) })).toEqual(taken);
      }
      const answer = completed(receipts({ network: named, creditsRedeemed: 5 }));
      expect(await rail.release(hold, { answer })).toEqual({ ...taken, proof });
    },
  );

  it('is shown as a transaction of two hundred characters', async () => {
    const { rail, hold } = await held(2);
    const txHash = 'x'.repeat(200);
    expect(await rail.release(hold, { answer: completed({ txHash }) })).toMatchObject({
      proof: [{ transaction: txHash }],
    });
  });

  it('counts beside the receipt of another payer', async () => {
    const { rail, hold } = await held(3);
    const receipt = { success: false, payer: '0xother' };
    const answer = completed({ ...receipts(receipt), creditsUsed: 5 });
    await rail.release(hold, { answer });
    expect(await rail.release(hold, { answer })).toEqual({ status: 'released', amount: 5, fee: 0 });
  });

  it.each<[string, object]>([
    ['asks again', { 'x402.payment.status': 'payment-required' }],
    ['says that the payment failed', { 'x402.payment.status': 'payment-failed' }],
    ['has a receipt of a failure', { 'x402.payment.receipts': [{ success: false, network }] }],
  ])('counts as taken where it %s, and names a transaction', async (_, metadata) => {
    for (const state of ['input-required', 'failed']) {
      const { rail, hold } = await held(3);
      const said = { ...metadata, txHash: transaction };
      expect(await rail.refund(hold, { answer: { state, metadata: said } })).toEqual({
        status: 'taken',
        amount: 5,
        fee: 0,
        proof,
      });
      const less = await held(3);
      const answer = { state, metadata: { ...said, creditsUsed: 3 } };
      expect(await less.rail.refund(less.hold, { answer })).toMatchObject({ amount: 3, proof });
    }
  });
});
