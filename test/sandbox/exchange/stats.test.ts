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
    payeeId: payee.accountId,
    anyone: connect(exchange),
    payer: connect(exchange, payer.apiKey),
    payee: connect(exchange, payee.apiKey),
  };
}

describe('/stats', () => {
  it('has the exchange in numbers, for anybody', async () => {
    const { anyone, clock, payee, payer, payeeId } = setUp();
    // The starter tokens are of another day.
    clock.advanceMinutes(25 * 60);
    const holdOf = (amount: number) => payer.hold({ provider_id: payeeId, amount });
    const [first, second, third] = [await holdOf(10), await holdOf(20), await holdOf(8)];
    await holdOf(5);
    await payee.post(`/exchange/escrow/${first}/deliver`, {
      content: 'done',
      provenance: { source_type: 'api', attestation_level: 'signed' },
    });
    await payer.post('/exchange/release', { escrow_id: first });
    await payer.post('/exchange/refund', { escrow_id: second });
    await payer.post(`/exchange/escrow/${third}/partial-release`, {
      escrow_id: third,
      release_percent: 50,
      efficacy_check_at: '2040-01-01T00:00:00Z',
    });
    // Held: 11 + 21 + 9 + 6; paid: 10 + 1 and 4; back: 21.
    expect(await anyone.get('/stats')).toMatchObject({
      status: 200,
      body: {
        network: { total_bots: 2, active_bots: 2 },
        token_supply: { circulating: 188, in_escrow: 11, total: 199 },
        activity_24h: { transaction_count: 8, token_volume: 83, velocity: 0.4171 },
        treasury: { fees_collected: 1 },
        active_escrows: 1,
        compliance: { enabled: false, leaf_count: 0, root_hash: null },
        provenance: {
          total_delivered: 1,
          with_provenance: 1,
          total_verified: 1,
          fabrication_detected: 1,
          partial_releases: 1,
          pending_efficacy_reviews: 1,
        },
        settlement_outcomes: { released: 1, refunded: 1, partial: 1, held: 4 },
      },
    });
  });

  it('names the newest escrows and their parties', async () => {
    const { anyone, payer, payeeId } = setUp();
    const first = await payer.hold({ provider_id: payeeId, amount: 1, task_id: 'a' });
    const second = await payer.hold({ provider_id: payeeId, amount: 2 });
    await payer.post('/exchange/refund', { escrow_id: first });
    const entry = { source_agent: 'payer', target_agent: 'payee', timestamp: expect.any(String) };
    const entries = [
      { ...entry, id: second, escrow_id: second, amount: 2, status: 'held', outcome: 'pending' },
      { ...entry, id: first, escrow_id: first, amount: 1, status: 'refunded', outcome: 'block' },
    ];
    expect(await anyone.get('/stats/recent-activity')).toMatchObject({
      status: 200,
      body: { entries: [{ task_id: null }, { task_id: 'a' }], total: 2 },
    });
    expect((await anyone.get('/stats/recent-activity')).body).toMatchObject({ entries });
    expect((await anyone.get('/stats/recent-activity?limit=1')).body).toMatchObject({
      entries: entries.slice(0, 1),
      total: 1,
    });
    for (const limit of ['0', '101', 'x']) {
      expect(await anyone.get(`/stats/recent-activity?limit=${limit}`)).toMatchObject({
        status: 422,
        body: { detail: [{ loc: ['query', 'limit'] }] },
      });
    }
  });
});

it('an account changes its skills', async () => {
  const { anyone, payee, payeeId } = setUp();
  const put = (body: unknown) => payee.send('PUT', '/v1/accounts/skills', { body });
  expect(await put({ skills: ['scrape'] })).toMatchObject({
    status: 200,
    body: { account_id: payeeId, skills: ['scrape'] },
  });
  expect(await anyone.get(`/accounts/${payeeId}`)).toMatchObject({ body: { skills: ['scrape'] } });
  expect(await anyone.get('/accounts/directory?skill=scrape')).toMatchObject({
    body: { count: 1 },
  });
  expect(await put({})).toMatchObject({
    status: 422,
    body: { detail: [{ type: 'missing', loc: ['body', 'skills'] }] },
  });
  expect(await anyone.send('PUT', '/v1/accounts/skills', { body: { skills: [] } })).toMatchObject({
    status: 401,
  });
});

it('an escrow has no attestations, known or not', async () => {
  const { anyone } = setUp();
  expect(await anyone.get('/exchange/escrow/unknown/attestations')).toMatchObject({
    status: 200,
    body: { enabled: false, escrow_id: 'unknown', attestations: [] },
  });
});
