import { describe, expect, test } from 'vitest';
import { createShownTransactions } from '../../../src/rails/x402/payment-receipts';
import { stateOf } from '../../../src/rails/x402/payment-state';
import { completed, holdOf, permitting, railOf } from './holding';
import { asking, base64, network, offerV2, payer, required, signed, transaction } from './offers';

const other = `0x${'77'.repeat(32)}`;
const own = { success: true, transaction, network, payer };
const upto = asking([offerV2({ scheme: 'upto' })]);

/** The same, so many seconds after its end. */
const endedFor = (hold: Awaited<ReturnType<typeof holdOf>>, seconds: number) => ({
  ...hold,
  state: { ...hold.state, validBefore: Math.floor(Date.now() / 1000) - seconds },
});

describe('without a ledger', () => {
  test('a receipt for a part of an `exact` payment is a lie: the signature moves all of it or nothing', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    const answer = completed([{ ...own, amount: '1' }]);
    expect(await rail.release(hold, { answer })).toMatchObject({
      status: 'released',
      amount: '0.25',
    });
    expect(await rail.refund(hold, { answer })).toMatchObject({ status: 'taken', amount: '0.25' });
  });

  test('`upto`: all that was signed counts as long as the agent may take it, whatever it says', async () => {
    const rail = railOf(permitting);
    const hold = await holdOf(rail, upto);
    const part = completed([{ ...own, amount: '120000' }]);
    expect(await rail.release(hold, { answer: part })).toMatchObject({ status: 'pending' });
    expect(await rail.refund(hold, { answer: part })).toMatchObject({ status: 'pending' });
    const ended = endedFor(hold, 1000);
    expect(await rail.release(ended, { answer: part })).toMatchObject({
      status: 'partially-released',
      amount: '0.12',
      returned: '0.13',
    });
    expect(await rail.refund(ended, { answer: part })).toMatchObject({
      status: 'taken',
      amount: '0.12',
    });
    const whole = completed([{ ...own, amount: '250000' }]);
    expect(await rail.release(hold, { answer: whole })).toMatchObject({ status: 'released' });
  });

  test('`upto`: a receipt of nothing ends nothing', async () => {
    const rail = railOf(permitting);
    const hold = await holdOf(rail, upto);
    const answer = completed([{ ...own, amount: '0' }]);
    expect(await rail.release(hold, { answer })).toMatchObject({ status: 'pending' });
    expect(await rail.refund(hold, { answer })).toMatchObject({ status: 'pending' });
  });

  test('the receipt of an earlier payment on the task does not stand for one that failed', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    const failure = { ...own, success: false, transaction: '', errorReason: 'insufficient_funds' };
    const earlier = { ...own, transaction: other };
    expect(await rail.release(hold, { answer: completed([earlier, failure]) })).toMatchObject({
      status: 'pending',
    });
    // What somebody else's payment came to is not asked.
    const foreign = { ...failure, payer: `0x${'44'.repeat(20)}` };
    expect(
      await rail.release(hold, { answer: completed([failure, earlier, own, foreign]) }),
    ).toMatchObject({ status: 'released', proof: [{ transaction }] });
  });

  test.each([
    ['a minute ahead', 60],
    ['fourteen minutes ahead', 840],
  ])(
    'a clock that may be %s does not end a signature that the chain still takes',
    async (_, by) => {
      const rail = railOf();
      const hold = endedFor(await holdOf(rail), by);
      expect(await rail.refund(hold, { answer: { state: 'failed' } })).toMatchObject({
        status: 'pending',
      });
      expect(await rail.release(hold, { answer: { state: 'completed' } })).toMatchObject({
        status: 'pending',
      });
    },
  );

  test('over HTTP nobody hands on what the agent said last, so its silence says nothing', async () => {
    const rail = railOf();
    const headers = { 'payment-required': base64(required([offerV2()])) };
    const hold = endedFor(await holdOf(rail, { headers }), 1000);
    await expect(rail.refund(hold, { answer: { state: 'failed' } })).rejects.toMatchObject({
      code: 'NOT_CONFIGURED',
    });
  });

  test('one transaction is the receipt of one payment', async () => {
    let nonce = 0;
    const client = {
      createPaymentPayload: async (asked: unknown) =>
        signed(asked, { authorization: { nonce: `0x${String(++nonce).padStart(64, '0')}` } }),
    };
    const rail = railOf({ client });
    const [one, two] = [await holdOf(rail), await holdOf(rail)];
    const answer = completed([own]);
    const shouted = completed([{ ...own, transaction: `0x${'AB'.repeat(32)}` }]);
    expect(await rail.release(one, { answer })).toMatchObject({ status: 'released' });
    expect(await rail.release(two, { answer })).toMatchObject({ status: 'pending' });
    expect(await rail.release(two, { answer: shouted })).toMatchObject({ status: 'pending' });
    expect(await rail.release(one, { answer })).toMatchObject({ status: 'released' });
  });

  test('an agent that got the payment, and cannot be reached, may have taken it', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    await rail.decorate(hold, { isFirst: true });
    expect(await rail.refund(hold, { reason: 'unreachable' })).toMatchObject({ status: 'pending' });
  });

  test('one whose message was not sent has not', async () => {
    const rail = railOf();
    const hold = await holdOf(rail);
    await rail.decorate(hold, { isFirst: true });
    expect(await rail.refund(hold, { reason: 'not-dispatched' })).toMatchObject({
      status: 'refunded',
    });
  });
});

test('what was asked for over HTTP pays a message, all else a task', async () => {
  const headers = { 'payment-required': base64(required([offerV2()])) };
  expect(await holdOf(railOf(), { headers })).toMatchObject({ pays: 'message' });
  expect(await holdOf(railOf())).not.toHaveProperty('pays');
});

test('a later message of the task bears no payment', async () => {
  const rail = railOf();
  const hold = await holdOf(rail);
  expect(await rail.decorate(hold, { isFirst: false })).toEqual({
    metadata: {},
    extensions: expect.any(Array),
  });
});

test('only so many transactions are remembered, the last of them', async () => {
  const state = stateOf(await holdOf(railOf()));
  const stranger = { ...state, nonce: other };
  const { claim } = createShownTransactions(2);
  const receipts = ['0x1', '0x2', '0x3'].map((hash) => ({ transaction: hash, amount: 1n }));
  for (const receipt of receipts) expect(claim(receipt, state)).toBe(receipt);
  const claimed = receipts.toReversed().map((receipt) => claim(receipt, stranger));
  expect(claimed).toEqual([undefined, undefined, receipts[0]]);
});
