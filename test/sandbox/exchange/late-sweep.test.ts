import { describe, expect, it } from 'vitest';
import { exchangeRail } from '../../../src/rails/exchange/exchange-rail';
import { createSandbox } from '../../../src/sandbox';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { connect, fakeClock } from './exchange-client';

function setUp({ sweepAfterMs = 60_000 } = {}) {
  const clock = fakeClock();
  const exchange = createExchange({ now: clock.now, sweepAfterMs });
  const payer = exchange.register('payer');
  const payee = exchange.register('payee');
  const other = exchange.register('other');
  return {
    clock,
    exchange,
    payeeId: payee.accountId,
    payerKey: payer.apiKey,
    payer: connect(exchange, payer.apiKey),
    payee: connect(exchange, payee.apiKey),
    other: connect(exchange, other.apiKey),
  };
}

const expired = { status: 400, body: { detail: 'Escrow is already expired' } };
const terms = (payeeId: string, more: object = {}) => ({
  provider_id: payeeId,
  amount: 10,
  ttl_minutes: 1,
  ...more,
});

describe('with a sweep that comes late, a hold past its time', () => {
  it('reads as held until the sweep, and its tokens stay held', async () => {
    const { clock, exchange, payer, payeeId } = setUp({ sweepAfterMs: 120_000 });
    const escrow = await payer.hold(terms(payeeId));
    clock.advanceMinutes(2);
    expect(await payer.escrow(escrow)).toMatchObject({ status: 'held' });
    expect(await payer.balance()).toMatchObject({ available: 89, held_in_escrow: 11 });
    expect(exchange.ledger().escrows).toMatchObject([{ status: 'held' }]);
    expect(await payer.get('/exchange/escrows?status=held')).toMatchObject({ body: { total: 1 } });
    clock.advanceMinutes(2);
    expect(await payer.escrow(escrow)).toMatchObject({ status: 'expired' });
    expect(await payer.balance()).toMatchObject({ available: 100, held_in_escrow: 0 });
  });

  it('can be neither released nor refunded, and the refusal leaves it as it was', async () => {
    const { clock, exchange, payer, payeeId } = setUp();
    const escrow = await payer.hold(terms(payeeId));
    clock.advanceMinutes(1.5);
    const before = exchange.ledger();
    const transactions = await payer.get('/exchange/transactions');
    for (const operation of ['release', 'refund', 'release']) {
      expect(await payer.post(`/exchange/${operation}`, { escrow_id: escrow })).toMatchObject(
        expired,
      );
    }
    const partial = { escrow_id: escrow, release_percent: 50 };
    expect(await payer.post(`/exchange/escrow/${escrow}/partial-release`, partial)).toMatchObject({
      status: 400,
      body: { detail: 'Escrow cannot be partially released (status: expired)' },
    });
    expect(await payer.escrow(escrow)).toMatchObject({ status: 'held', resolved_at: null });
    expect(exchange.ledger()).toEqual(before);
    expect((await payer.get('/exchange/transactions')).body).toEqual(transactions.body);
  });

  it('is swept by whoever opens or settles another', async () => {
    const { clock, payer, other, payeeId } = setUp({ sweepAfterMs: Number.POSITIVE_INFINITY });
    const first = await payer.hold(terms(payeeId));
    const second = await other.hold(terms(payeeId, { ttl_minutes: 60 }));
    clock.advanceMinutes(30);
    expect(await payer.escrow(first)).toMatchObject({ status: 'held' });
    expect(await other.post('/exchange/release', { escrow_id: second })).toMatchObject({
      status: 200,
    });
    expect(await payer.escrow(first)).toMatchObject({ status: 'expired' });

    const third = await payer.hold(terms(payeeId));
    clock.advanceMinutes(30);
    await other.hold(terms(payeeId));
    expect(await payer.escrow(third)).toMatchObject({ status: 'expired' });
  });

  it('pays for a new one, and is left as it was where that is not enough', async () => {
    const { clock, payer, payeeId } = setUp();
    await payer.hold(terms(payeeId, { amount: 90, task_id: 't' }));
    clock.advanceMinutes(1.5);
    const much = terms(payeeId, { amount: 100, task_id: 't' });
    expect(await payer.post('/exchange/escrow', much)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining('have 100') },
    });
    expect(await payer.balance()).toMatchObject({ available: 9, held_in_escrow: 91 });
    await payer.hold(terms(payeeId, { amount: 90, task_id: 't' }));
    expect(await payer.balance()).toMatchObject({ available: 9, held_in_escrow: 91 });
  });

  it('still takes a delivery, and a dispute', async () => {
    const { clock, payer, payee, payeeId } = setUp();
    const escrow = await payer.hold(terms(payeeId));
    clock.advanceMinutes(1.5);
    expect(
      await payee.post(`/exchange/escrow/${escrow}/deliver`, { content: 'late' }),
    ).toMatchObject({ status: 200 });
    const dispute = { escrow_id: escrow, reason: 'bad', stake_amount: 10 };
    expect(await payer.post('/exchange/dispute', dispute)).toMatchObject({ status: 200 });
  });

  it('is lapsed for the rail, late to release, and refunded', async () => {
    const { clock, exchange, payeeId, payerKey } = setUp();
    const exchangeUrl = 'https://exchange.test';
    const fetch: typeof globalThis.fetch = async (input, init) =>
      exchange.fetch(new Request(input, init));
    const rail = exchangeRail({ exchangeUrl, apiKey: payerKey, fetch });
    const hold = await rail.hold({ taskId: 't', payee: payeeId, amount: 10, ttlMinutes: 1 });
    clock.advanceMinutes(1.5);
    // The clock of these tests is years from that of this machine, which the rail does not believe.
    expect(clock.now().getTime()).toBeGreaterThan(hold.expiresAt.getTime());
    expect(await rail.release(hold)).toEqual({ status: 'late' });
    expect(await rail.release(hold, { amount: 5 })).toEqual({ status: 'late' });
    expect(await rail.refund(hold)).toEqual({ status: 'refunded', returned: 11 });
  });
});

it('is an option of the sandbox, too', async () => {
  let now = Date.now();
  const sandbox = createSandbox({ now: () => new Date(now), sweepAfterMs: 600_000 });
  const { agents, exchangeUrl, fetch, payer } = sandbox;
  const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
  const payee = agents.streamer.accountId;
  const hold = await rail.hold({ taskId: 't', payee, amount: 10, ttlMinutes: 1 });
  now += 120_000;
  expect(sandbox.ledger().escrows).toMatchObject([{ status: 'held' }]);
  expect(await rail.find?.('t')).toEqual(hold);
  // By the exchange's clock it is over, whatever the exchange calls it.
  expect(await rail.look?.(hold)).toMatchObject({ state: { type: 'lapsed' } });
  sandbox.close();
});
