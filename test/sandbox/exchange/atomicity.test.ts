import { describe, expect, it } from 'vitest';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { connect, type Answer } from './exchange-client';

function setUp(tokens = 100) {
  const exchange = createExchange();
  const payer = exchange.register('payer', { tokens });
  const payee = exchange.register('payee');
  const other = exchange.register('other');
  return {
    exchange,
    payeeId: payee.accountId,
    payer: connect(exchange, payer.apiKey),
    payee: connect(exchange, payee.apiKey),
    other: connect(exchange, other.apiKey),
    otherId: other.accountId,
  };
}

const times = (count: number, send: (index: number) => Promise<Answer>) =>
  Promise.all(Array.from({ length: count }, (_, index) => send(index)));
const statuses = (answers: Answer[]) => answers.map(({ status }) => status).toSorted();

describe('what happens at once', () => {
  it('50 holds against a balance that covers 10 make exactly 10', async () => {
    const { exchange, payer, payeeId } = setUp(120);

    const answers = await times(50, (index) =>
      payer.post('/exchange/escrow', { provider_id: payeeId, amount: 10, task_id: `t${index}` }),
    );

    expect(statuses(answers)).toEqual([...Array(10).fill(201), ...Array(40).fill(400)]);
    expect(await payer.balance()).toMatchObject({ available: 10, held_in_escrow: 110 });
    expect(exchange.ledger().escrows).toHaveLength(10);
  });

  it('a release and a refund of one hold: one of them moves money, once', async () => {
    const { payer, payee, payeeId } = setUp();
    const escrow = await payer.hold({ provider_id: payeeId, amount: 10 });

    const answers = await times(10, (index) =>
      payer.post(`/exchange/${index % 2 ? 'refund' : 'release'}`, { escrow_id: escrow }),
    );

    expect(statuses(answers)).toEqual([200, ...Array(9).fill(400)]);
    expect(await payer.balance()).toMatchObject({ available: 89, held_in_escrow: 0 });
    expect(await payee.balance()).toMatchObject({ available: 110 });
  });

  it('holds for one task: one is made, the others name it', async () => {
    const { payer, payeeId } = setUp();
    const terms = { provider_id: payeeId, amount: 1, task_id: 't' };

    const answers = await times(5, () => payer.post('/exchange/escrow', terms));

    expect(statuses(answers)).toEqual([201, 409, 409, 409, 409]);
    expect(answers[4]?.body).toMatchObject({ detail: expect.stringMatching(/\(escrow_id=\S+\)/) });
  });

  it('requests with one idempotency key: one is carried out', async () => {
    const { exchange, payer, payeeId } = setUp();
    const terms = { provider_id: payeeId, amount: 1 };

    const answers = await times(3, () =>
      payer.post('/exchange/escrow', terms, { 'idempotency-key': 'k' }),
    );
    const later = await payer.post('/exchange/escrow', terms, { 'idempotency-key': 'k' });

    expect(statuses(answers)).toEqual([201, 409, 409]);
    expect(later).toMatchObject({ status: 201, body: answers[0]?.body });
    expect(exchange.ledger().escrows).toHaveLength(1);
  });

  it('registrations of one name: one succeeds', async () => {
    const { exchange } = setUp();
    const body = {
      bot_name: 'bot',
      developer_id: 'd',
      developer_name: 'D',
      contact_email: 'd@example.com',
    };

    const answers = await times(3, () => connect(exchange).post('/accounts/register', body));

    expect(statuses(answers)).toEqual([201, 409, 409]);
    expect(() => exchange.register('bot')).toThrow('A bot with this name already exists');
  });
});

describe('a batch', () => {
  const batch = (...escrows: object[]) => ({ escrows });

  it.each([
    ['an unknown provider', 404, { provider_id: 'nope' }],
    ['a task that comes twice', 409, { task_id: 'first' }],
    ['a task that is held', 409, { task_id: 'held' }],
    ['a reference to itself', 400, { depends_on: ['$1'] }],
    ['a reference to nothing', 400, { depends_on: ['$zz'] }],
    ['an amount out of range', 400, { amount: 0 }],
    ['a time to live without end', 400, { ttl_minutes: 99_999_999_999 }],
    ['more than there is', 400, { amount: 99 }],
  ])('with %s holds nothing', async (_, status, second) => {
    const { payer, payeeId } = setUp();
    const terms = { provider_id: payeeId, amount: 1 };
    await payer.hold({ ...terms, task_id: 'held' });
    const before = await payer.balance();

    const first = { ...terms, task_id: 'first' };
    const body = batch(first, { ...terms, ...second });

    expect(await payer.post('/exchange/escrow/batch', body)).toMatchObject({ status });
    expect(await payer.balance()).toEqual(before);
  });

  it('resolves its references, and a refund goes down the chain', async () => {
    const { exchange, payer, payeeId } = setUp();
    const terms = { provider_id: payeeId, amount: 1 };
    const body = batch(
      terms,
      { ...terms, depends_on: ['$0'] },
      { ...terms, depends_on: ['$0', '$1'] },
    );
    await payer.post('/exchange/escrow/batch', { ...body, group_id: 'g' });
    const [first, second, third] = exchange.ledger().escrows;

    expect(await payer.escrow(third?.id ?? '')).toMatchObject({
      group_id: 'g',
      depends_on: [first?.id, second?.id],
    });
    await payer.post('/exchange/refund', { escrow_id: first?.id });
    expect(exchange.ledger().escrows.map(({ status }) => status)).toEqual([
      'refunded',
      'refunded',
      'refunded',
    ]);
    expect(await payer.balance()).toMatchObject({ available: 100, held_in_escrow: 0 });
  });
});

it('a partial release with a review keeps the rest, which a release then pays', async () => {
  const { exchange, payer, payee, payeeId } = setUp();
  const escrow = await payer.hold({ provider_id: payeeId, amount: 9 });
  const body = { escrow_id: escrow, release_percent: 40, efficacy_check_at: '2030-01-01T00:00:00' };

  const partial = await payer.post(`/exchange/escrow/${escrow}/partial-release`, body);
  expect(partial).toMatchObject({
    status: 200,
    body: {
      status: 'partially_released',
      released_amount: 3,
      fee_collected: 0,
      holdback_amount: 6,
      holdback_fee: 1,
      efficacy_check_at: '2030-01-01T00:00:00.000Z',
    },
  });
  expect(await payer.balance()).toMatchObject({ available: 90, held_in_escrow: 7 });

  const release = await payer.post('/exchange/release', { escrow_id: escrow });
  expect(release.body).toMatchObject({ status: 'released', amount_paid: 6, fee_collected: 1 });
  expect(await payer.escrow(escrow)).toMatchObject({
    status: 'released',
    released_amount: 3,
    holdback_amount: null,
    holdback_fee: null,
  });
  expect(await payee.balance()).toMatchObject({ available: 109, total_earned: 9 });
  expect(exchange.ledger()).toMatchObject({ treasury: 1, minted: 300 });
});

it('a deposit beyond what can be counted exactly is refused', async () => {
  const { payer } = setUp();
  const answer = await payer.post('/exchange/deposit', { amount: Number.MAX_SAFE_INTEGER });
  expect(answer.status).toBe(400);
  expect(await payer.balance()).toMatchObject({ available: 100 });
});

it('a daily limit counts refunded holds too, and its breach freezes holds only', async () => {
  const { exchange, payeeId } = setUp();
  const registered = await connect(exchange).post('/accounts/register', {
    bot_name: 'thrifty',
    developer_id: 'd',
    developer_name: 'D',
    contact_email: 'd@example.com',
    daily_spend_limit: 20,
  });
  const thrifty = connect(exchange, String(Reflect.get(Object(registered.body), 'api_key')));
  const terms = { provider_id: payeeId, amount: 10 };

  const escrow = await thrifty.hold(terms);
  expect(await thrifty.post('/exchange/escrow', terms)).toMatchObject({
    status: 400,
    body: {
      detail:
        'Daily spend limit exceeded. Limit: 20, spent in last 24h: 11, requested: 11. ' +
        'Account frozen for 30 minutes.',
    },
  });
  expect(await thrifty.post('/exchange/escrow', { ...terms, amount: 1 })).toMatchObject({
    status: 423,
    body: { detail: expect.stringMatching(/^Account is temporarily frozen until 2\S+Z\. /) },
  });
  expect(await thrifty.post('/exchange/refund', { escrow_id: escrow })).toMatchObject({
    status: 200,
  });
});

it('a dispute needs a party, a stake, and a held escrow', async () => {
  const { payer, other, payeeId } = setUp();
  const escrow = await payer.hold({ provider_id: payeeId, amount: 80 });
  const dispute = (stake: number, client = payer) => {
    const body = { escrow_id: escrow, reason: 'bad', stake_amount: stake };
    return client.post('/exchange/dispute', body);
  };

  expect(await dispute(9)).toMatchObject({
    status: 400,
    body: { detail: 'Dispute stake must be at least 10 ATE' },
  });
  expect(await dispute(20)).toMatchObject({
    status: 400,
    body: { detail: 'Insufficient balance for dispute stake' },
  });
  expect(await dispute(10, other)).toMatchObject({
    status: 403,
    body: { detail: 'Only the requester or provider can dispute an escrow' },
  });
  expect(await dispute(10)).toMatchObject({ status: 200 });
  expect(await dispute(10)).toMatchObject({
    status: 400,
    body: { detail: 'Escrow cannot be disputed (status: evidence_pending)' },
  });
});

it('a delivery below the attestation level that was asked for is refused', async () => {
  const { payer, payee, payeeId } = setUp();
  const terms = { provider_id: payeeId, amount: 1, required_attestation_level: 'signed' };
  const escrow = await payer.hold(terms);
  const deliver = (provenance: object) =>
    payee.post(`/exchange/escrow/${escrow}/deliver`, { content: 'done', provenance });

  expect(await deliver({ source_type: 'web', attestation_level: 'self_declared' })).toMatchObject({
    status: 400,
    body: { detail: "Attestation level 'self_declared' does not meet required 'signed'" },
  });
  const source = { uri: 'https://example.com', timestamp: '2030-01-01T00:00:00Z' };
  const signed = { source_type: 'web', attestation_level: 'signed', source_refs: [source] };
  expect(await deliver(signed)).toMatchObject({ status: 200 });
  expect(await payer.escrow(escrow)).toMatchObject({
    delivered_content: 'done',
    provenance_result: { verified: true, tier: 'signed', recommendation: 'approve' },
  });
});
