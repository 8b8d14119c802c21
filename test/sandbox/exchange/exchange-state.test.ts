import { describe, expect, it } from 'vitest';
import { createSandbox } from '../../../src/sandbox';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { connect, fakeClock } from './exchange-client';

/** An exchange with one escrow of every kind. */
async function busyExchange(clock = fakeClock()) {
  const exchange = createExchange({ now: clock.now });
  const accounts = {
    payer: exchange.register('payer', { tokens: 1000 }),
    payee: exchange.register('payee'),
  };
  const payer = connect(exchange, accounts.payer.apiKey);
  const hold = (task_id: string) =>
    payer.hold({ provider_id: accounts.payee.accountId, amount: 10, task_id, ttl_minutes: 60 });
  const ids = {
    held: await hold('held'),
    released: await hold('released'),
    refunded: await hold('refunded'),
    disputed: await hold('disputed'),
    partial: await hold('partial'),
  };
  await payer.post('/exchange/release', { escrow_id: ids.released });
  await payer.post('/exchange/refund', { escrow_id: ids.refunded, reason: 'no' });
  await payer.post('/exchange/dispute', { escrow_id: ids.disputed, reason: 'bad' });
  await payer.post(`/exchange/escrow/${ids.partial}/partial-release`, {
    release_percent: 60,
    efficacy_check_at: '2030-02-01T00:00:00Z',
  });
  const payee = connect(exchange, accounts.payee.apiKey);
  await payee.post(`/exchange/escrow/${ids.held}/deliver`, { content: 'done' });
  return { clock, exchange, accounts, ids };
}

const stored = (state: unknown): unknown => JSON.parse(JSON.stringify(state));

describe('the state of an exchange', () => {
  it('is the same after JSON, and goes on as before', async () => {
    const { clock, exchange, accounts, ids } = await busyExchange();
    const again = createExchange({ now: clock.now, state: stored(exchange.state()) });
    expect(again.state()).toEqual(exchange.state());
    expect(again.ledger()).toEqual(exchange.ledger());

    for (const each of [exchange, again]) {
      const payer = connect(each, accounts.payer.apiKey);
      await payer.post('/exchange/release', { escrow_id: ids.held });
      clock.advanceMinutes(-1);
    }
    expect(again.ledger()).toEqual(exchange.ledger());
    expect((await connect(again, accounts.payee.apiKey).balance()).available).toBe(
      (await connect(exchange, accounts.payee.apiKey).balance()).available,
    );

    clock.advanceMinutes(100 * 60);
    expect(again.ledger()).toEqual(exchange.ledger());
    expect(again.ledger().escrows.map(({ status }) => status)).toEqual(
      exchange.ledger().escrows.map(({ status }) => status),
    );
  });

  it('lapses what expired meanwhile', async () => {
    const { clock, exchange, accounts } = await busyExchange();
    const state = stored(exchange.state());
    clock.advanceMinutes(61);
    const again = createExchange({ now: clock.now, state });
    const payer = connect(again, accounts.payer.apiKey);
    expect(await payer.balance()).toMatchObject(
      await connect(exchange, accounts.payer.apiKey).balance(),
    );
    expect(again.ledger().escrows[0]).toMatchObject({ taskId: 'held', status: 'expired' });
  });

  it('still refuses a name, and a task, that is taken', async () => {
    const { clock, exchange, accounts } = await busyExchange();
    const again = createExchange({ now: clock.now, state: stored(exchange.state()) });
    const payer = connect(again, accounts.payer.apiKey);
    const registered = await payer.post('/accounts/register', {
      bot_name: 'payee',
      developer_id: 'me',
      developer_name: 'Me',
      contact_email: 'me@example.com',
    });
    expect(registered.status).toBe(409);
    const twice = await payer.post('/exchange/escrow', {
      provider_id: accounts.payee.accountId,
      amount: 10,
      task_id: 'held',
    });
    expect(twice.status).toBe(409);
  });

  it('is refused when it is something else, or does not add up', async () => {
    const { exchange } = await busyExchange();
    const state = exchange.state();
    const wrong = { ...state, ledger: { ...state.ledger, minted: state.ledger.minted + 1 } };
    expect(() => createExchange({ state: wrong })).toThrow('sums of the ledger do not agree');
    for (const other of [null, {}, 'x', { ...state, version: 2 }]) {
      expect(() => createExchange({ state: other })).toThrow('not the state of a sandbox');
    }
  });
});

describe('a sandbox with a state', () => {
  it('keeps accounts, keys and tokens', async () => {
    const changes: number[] = [];
    const first = createSandbox({ payerTokens: 500, onChange: async () => void changes.push(1) });
    const { fetch, payer, exchangeUrl, agents } = first;
    const headers = { authorization: `Bearer ${payer.apiKey}` };
    await fetch(`${exchangeUrl}/v1/exchange/balance`, { headers });
    expect(changes).toEqual([]);
    await fetch(`${exchangeUrl}/v1/exchange/deposit`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ amount: 7 }),
    });
    expect(changes).toEqual([1]);

    const second = createSandbox({ payerTokens: 1, state: stored(first.state()) });
    expect(second.payer).toEqual(payer);
    expect(second.agents).toEqual(agents);
    expect(second.ledger()).toEqual(first.ledger());

    const other = 'ate_0123456789abcdef0123456789abcdef';
    const third = createSandbox({ payerKey: other, state: stored(first.state()) });
    expect(third.payer).toEqual({ accountId: payer.accountId, apiKey: other });
    for (const key of [payer.apiKey, other]) {
      const balance = await third.fetch(`${exchangeUrl}/v1/exchange/balance`, {
        headers: { authorization: `Bearer ${key}` },
      });
      expect(await balance.json()).toMatchObject({ available: 507 });
    }
  });

  it('has the same account ids each time with a key of yours, and random ones without', () => {
    const payerKey = 'ate_0123456789abcdef0123456789abcdef';
    const [one, two] = [createSandbox({ payerKey }), createSandbox({ payerKey })];
    expect(two.agents).toEqual(one.agents);
    expect(two.payer).toEqual({ ...one.payer, apiKey: payerKey });
    expect(createSandbox().agents).not.toEqual(createSandbox().agents);
  });
});
