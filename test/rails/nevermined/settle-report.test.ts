import { describe, expect, it } from 'vitest';
import type { AgentAnswer, Hold, SettlementRail } from '../../../src/rails/rail';
import { completed, failed, held, network, proof, receipts, transaction } from './answers';

describe('a call that delivered', () => {
  it.each<[string, object, object]>([
    [
      'a receipt',
      receipts({ creditsRedeemed: '5' }, { creditsUsed: 5 }),
      { status: 'released', amount: 5, fee: 0, proof },
    ],
    [
      'a receipt that is no array, as Nevermined’s Python writes it',
      { 'x402.payment.receipts': { success: true, transaction, network, creditsRedeemed: '4' } },
      { status: 'released', amount: 4, fee: 0, proof },
    ],
    [
      'more than was held',
      receipts({ creditsRedeemed: '77' }),
      { status: 'released', amount: 77, fee: 0, proof },
    ],
    [
      'a transaction without a receipt',
      { creditsUsed: 5, creditsCharged: 5, txHash: transaction },
      { status: 'released', amount: 5, fee: 0, proof },
    ],
    [
      'credits as a text',
      { creditsUsed: '3', txHash: transaction },
      { status: 'released', amount: 3, fee: 0, proof },
    ],
    [
      'an order instead of credits: pay-as-you-go',
      receipts({ creditsRedeemed: '0', transaction: '', orderTx: 'pi_1' }, { creditsUsed: 5 }),
      {
        status: 'released',
        amount: 5,
        fee: 0,
        proof: [{ transaction: 'pi_1', network, confirmedBy: 'agent' }],
      },
    ],
    ['nothing used', { creditsUsed: 0 }, { status: 'refunded', returned: 5 }],
    [
      'a settlement of nothing',
      receipts({ creditsRedeemed: '0' }, { creditsUsed: 0 }),
      { status: 'refunded', returned: 5 },
    ],
    [
      'a receipt that failed',
      { 'x402.payment.receipts': [{ success: false, transaction: '', network }] },
      { status: 'refunded', returned: 5 },
    ],
    [
      'a payment that failed',
      { 'x402.payment.status': 'payment-failed', creditsUsed: 5 },
      { status: 'refunded', returned: 5 },
    ],
    [
      'the last of several receipts',
      {
        'x402.payment.receipts': [
          { success: true, transaction: '0x1', network, creditsRedeemed: '9' },
          { success: true, transaction, network, creditsRedeemed: '2' },
        ],
      },
      { status: 'released', amount: 2, fee: 0, proof },
    ],
  ])('says what the agent took: %s', async (_, metadata, expected) => {
    for (const version of [2, 3] as const) {
      const { rail, hold } = await held(version);
      expect(await rail.release(hold, { answer: completed(metadata) })).toEqual(expected);
    }
  });

  it('is believed without a proof where a header paid: a stream brings none', async () => {
    const { rail, hold } = await held(2);
    expect(await rail.release(hold, { answer: completed({ creditsUsed: 5 }) })).toEqual({
      status: 'released',
      amount: 5,
      fee: 0,
    });
  });

  it('is asked once more where it was paid in band, and then believed', async () => {
    const { rail, hold } = await held(3);
    const answer = completed({ creditsUsed: 5 });
    expect(await rail.release(hold, { answer })).toEqual({
      status: 'pending',
      until: hold.expiresAt,
    });
    expect(await rail.release(hold, { answer })).toEqual({ status: 'released', amount: 5, fee: 0 });
  });

  it('is not waited for when the time of its token is over', async () => {
    const { rail, hold, passMinutes } = await held(3);
    passMinutes(61);
    const answer = completed({ creditsUsed: 5 });
    expect(await rail.release(hold, { answer })).toEqual({ status: 'released', amount: 5, fee: 0 });
  });

  it('finds the receipt by that look', async () => {
    const { rail, hold } = await held(3);
    await rail.release(hold, { answer: completed({ creditsUsed: 5 }) });
    const answer = completed(receipts({ creditsRedeemed: '5' }, { creditsUsed: 5 }));
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'released', proof });
  });

  it.each([
    ['says nothing of it', completed({})],
    ['has no metadata', { state: 'completed' }],
    ['says that it used null', completed({ creditsUsed: null, txHash: '' })],
    [
      'has a receipt of somebody else',
      completed(receipts({ payer: '0xother', creditsRedeemed: '5' })),
    ],
  ])('takes nothing when it %s, also after a look', async (_, answer) => {
    const { rail, hold } = await held(2);
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'pending' });
    expect(await rail.release(hold, { answer })).toEqual({ status: 'refunded', returned: 5 });
  });

  it('is open as long as the agent says that somebody takes it later', async () => {
    const { rail, hold, passMinutes } = await held(3);
    const answer = completed({
      'x402.payment.status': 'payment-verified',
      'x402.payment.settlement': 'deferred',
      creditsUsed: 5,
    });
    const pending = { status: 'pending', until: hold.expiresAt };
    for (let look = 0; look < 3; look++) {
      expect(await rail.release(hold, { answer })).toEqual(pending);
    }
    passMinutes(61);
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'released', amount: 5 });
  });
});

describe('a call that failed', () => {
  it('was taken when the agent says so: a failed task may be charged', async () => {
    for (const metadata of [
      { creditsUsed: 4, txHash: transaction },
      receipts({ creditsRedeemed: '4' }),
    ]) {
      const { rail, hold } = await held(3);
      expect(await rail.refund(hold, { answer: failed(metadata) })).toEqual({
        status: 'taken',
        amount: 4,
        fee: 0,
        proof,
      });
    }
  });

  it('was not taken when nothing was used, at once or after a look', async () => {
    const returned = { status: 'refunded', returned: 5 };
    const { rail, hold } = await held(2);
    expect(await rail.refund(hold, { answer: failed({ creditsUsed: 0 }) })).toEqual(returned);
    const other = await held(2);
    expect(await other.rail.refund(other.hold, { answer: failed() })).toMatchObject({
      status: 'pending',
    });
    expect(await other.rail.refund(other.hold, { answer: failed() })).toEqual(returned);
  });

  it('was not taken when the payment was refused', async () => {
    const refusals: AgentAnswer[] = [
      { headers: {} },
      { headers: { 'payment-required': 'e30' } },
      { state: 'input-required', metadata: { 'x402.payment.status': 'payment-required' } },
      failed({
        'x402.payment.status': 'payment-failed',
        'x402.payment.error': { code: 'PAYMENT_VERIFICATION_FAILED' },
      }),
    ];
    for (const answer of refusals) {
      const { rail, hold } = await held(3);
      expect(await rail.refund(hold, { answer })).toEqual({ status: 'refunded', returned: 5 });
    }
  });

  it('may have been taken where work had begun, and a later look at the task was refused', async () => {
    const { rail, hold } = await held(3);
    const headers = { 'payment-required': 'e30' };
    const working = { state: 'working', headers };
    expect(await rail.refund(hold, { answer: working })).toMatchObject({ status: 'pending' });
    const answer = { ...working, metadata: receipts({ creditsRedeemed: 4 }) };
    expect(await rail.refund(hold, { answer })).toMatchObject({ status: 'taken', amount: 4 });
  });

  it('may have been taken in full after an abort or a cancel, until the token ends', async () => {
    const unknown: Array<AgentAnswer | undefined> = [
      undefined,
      { state: 'working' },
      { state: 'canceled' },
    ];
    for (const answer of unknown) {
      const { rail, hold, passMinutes } = await held(3);
      for (let look = 0; look < 3; look++) {
        expect(await refundOf(rail, hold, answer)).toEqual({
          status: 'pending',
          until: hold.expiresAt,
        });
      }
      passMinutes(61);
      expect(await refundOf(rail, hold, answer)).toEqual({ status: 'taken', amount: 5, fee: 0 });
    }
  });

  it('is not what its agent took by another hold for the same task', async () => {
    const { rail, hold } = await held(3);
    const answer = completed(receipts({ creditsRedeemed: '5' }));
    const superseded = () => rail.refund(hold, { answer, reason: 'superseded' });
    expect(await superseded()).toMatchObject({ status: 'pending' });
    expect(await superseded()).toEqual({ status: 'refunded', returned: 5 });
  });

  it('that was aborted says what it took when its task is looked at', async () => {
    const { rail, hold } = await held(3);
    await rail.refund(hold, { reason: 'aborted' });
    const answer = completed(receipts({ creditsRedeemed: '5' }));
    expect(await rail.refund(hold, { answer })).toMatchObject({
      status: 'taken',
      amount: 5,
      proof,
    });
  });
});

describe('a hold that its agent has not seen', () => {
  const returned = { status: 'refunded', returned: 5 };

  it.each([2, 3] as const)('is back at once, version %i', async (version) => {
    for (const reason of ['not-dispatched', 'unreachable']) {
      const { rail, hold } = await held(version);
      expect(await rail.refund(hold, { reason })).toEqual(returned);
      expect(await rail.refund(hold, { reason })).toEqual(returned);
    }
  });

  it('is back at once when its message was ready, and surely not sent', async () => {
    for (const reason of ['not-dispatched', 'unreachable']) {
      const { rail, hold } = await held(3);
      await rail.decorate(hold);
      expect(await rail.refund(hold, { reason })).toEqual(returned);
    }
  });

  it('was seen when the agent says what it took, whatever the reason', async () => {
    for (const reason of ['not-dispatched', 'unreachable']) {
      const { rail, hold } = await held(3);
      const answer = failed(receipts({ creditsRedeemed: 4 }));
      expect(await rail.refund(hold, { reason, answer })).toMatchObject({ status: 'taken' });
    }
  });
});

function refundOf(rail: SettlementRail, hold: Hold, answer: AgentAnswer | undefined) {
  return rail.refund(hold, { answer });
}
