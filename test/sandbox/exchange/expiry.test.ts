import { describe, expect, it } from 'vitest';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { connect, fakeClock } from './exchange-client';

function setUp() {
  const clock = fakeClock();
  const exchange = createExchange({ now: clock.now });
  const payer = exchange.register('payer');
  const payee = exchange.register('payee');
  return {
    clock,
    exchange,
    payeeId: payee.accountId,
    payer: connect(exchange, payer.apiKey),
    payee: connect(exchange, payee.apiKey),
  };
}

describe('a hold that outlives its TTL', () => {
  it('goes back to the payer, fee included, even if all that is asked is the balance', async () => {
    const { clock, payer, payeeId } = setUp();
    await payer.hold({ provider_id: payeeId, amount: 10, ttl_minutes: 5 });

    clock.advanceMinutes(5);
    expect(await payer.balance()).toMatchObject({ available: 89, held_in_escrow: 11 });
    clock.advanceMinutes(1);
    expect(await payer.balance()).toMatchObject({ available: 100, held_in_escrow: 0 });
  });

  it('is seen as expired in the ledger without any request', async () => {
    const { clock, exchange, payer, payeeId } = setUp();
    await payer.hold({ provider_id: payeeId, amount: 10, task_id: 't' });

    clock.advanceMinutes(31);
    expect(exchange.ledger().escrows).toMatchObject([{ taskId: 't', status: 'expired' }]);
  });

  it('can be neither released nor refunded, and the refusal does not undo the return', async () => {
    const { clock, payer, payeeId } = setUp();
    const escrow = await payer.hold({ provider_id: payeeId, amount: 10, ttl_minutes: 1 });

    clock.advanceMinutes(2);
    for (const operation of ['release', 'refund', 'release']) {
      expect(await payer.post(`/exchange/${operation}`, { escrow_id: escrow })).toMatchObject({
        status: 400,
        body: { detail: 'Escrow is already expired' },
      });
    }
    expect(await payer.balance()).toMatchObject({ available: 100, held_in_escrow: 0 });
    expect(await payer.escrow(escrow)).toMatchObject({ status: 'expired' });
  });

  it('accepts no delivery and frees its task id', async () => {
    const { clock, payer, payee, payeeId } = setUp();
    const terms = { provider_id: payeeId, amount: 10, ttl_minutes: 1, task_id: 't' };
    const escrow = await payer.hold(terms);

    clock.advanceMinutes(2);
    expect(
      await payee.post(`/exchange/escrow/${escrow}/deliver`, { content: 'late' }),
    ).toMatchObject({
      status: 400,
      body: { detail: 'Escrow cannot accept delivery (status: expired)' },
    });
    expect(await payer.hold(terms)).not.toBe(escrow);
  });

  it('pays for a hold of the same request', async () => {
    const { clock, payer, payeeId } = setUp();
    await payer.hold({ provider_id: payeeId, amount: 90, ttl_minutes: 1 });

    clock.advanceMinutes(2);
    await payer.hold({ provider_id: payeeId, amount: 90 });
    expect(await payer.balance()).toMatchObject({ available: 9, held_in_escrow: 91 });
  });

  it('does not touch what a partial release holds back', async () => {
    const { clock, payer, payeeId } = setUp();
    const escrow = await payer.hold({ provider_id: payeeId, amount: 10, ttl_minutes: 1 });
    await payer.post(`/exchange/escrow/${escrow}/partial-release`, {
      escrow_id: escrow,
      release_percent: 50,
      efficacy_check_at: '2030-01-02T00:00:00Z',
    });

    clock.advanceMinutes(60 * 24 * 30);
    expect(await payer.balance()).toMatchObject({ available: 89, held_in_escrow: 6 });
    expect(await payer.post('/exchange/refund', { escrow_id: escrow })).toMatchObject({
      status: 200,
      body: { status: 'released', amount_returned: 6 },
    });
    expect(await payer.balance()).toMatchObject({ available: 95, held_in_escrow: 0 });
  });
});

describe('a dispute nobody answers', () => {
  const window = 72 * 60 + 1;

  it('of the payer is refunded, and the stake returned', async () => {
    const { clock, payer, payeeId } = setUp();
    const escrow = await payer.hold({ provider_id: payeeId, amount: 10 });
    const dispute = { escrow_id: escrow, reason: 'bad', stake_amount: 20 };
    await payer.post('/exchange/dispute', dispute);

    clock.advanceMinutes(31);
    expect(await payer.balance()).toMatchObject({ available: 69, held_in_escrow: 31 });
    clock.advanceMinutes(window);
    expect(await payer.balance()).toMatchObject({ available: 100, held_in_escrow: 0 });
    expect(await payer.escrow(escrow)).toMatchObject({
      status: 'refunded',
      dispute_stake_status: 'returned',
    });
  });

  it('ends when its window closes, however long the hold was for', async () => {
    const { clock, payer, payeeId } = setUp();
    const terms = { provider_id: payeeId, amount: 10, ttl_minutes: 60 * 24 * 365 };
    const escrow = await payer.hold(terms);
    await payer.post('/exchange/dispute', { escrow_id: escrow, reason: 'bad', stake_amount: 10 });

    clock.advanceMinutes(window);
    expect(await payer.escrow(escrow)).toMatchObject({ status: 'refunded' });
  });

  it('of the provider is paid, and the stake returned', async () => {
    const { clock, payer, payee, payeeId } = setUp();
    const escrow = await payer.hold({ provider_id: payeeId, amount: 10 });
    const dispute = { escrow_id: escrow, reason: 'unpaid', stake_amount: 20 };
    await payee.post('/exchange/dispute', dispute);

    clock.advanceMinutes(window);
    expect(await payee.balance()).toMatchObject({ available: 110, held_in_escrow: 0 });
    expect(await payer.balance()).toMatchObject({ available: 89, held_in_escrow: 0 });
  });
});
