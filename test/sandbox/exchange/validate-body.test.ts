import { describe, expect, it, test } from 'vitest';
import * as z from 'zod/v4';
import { createExchange } from '../../../src/sandbox/exchange/create-exchange';
import { connect } from './exchange-client';
import pythonErrors from './python-json-errors.json' with { type: 'json' };

function setUp() {
  const exchange = createExchange();
  const payer = exchange.register('payer');
  return {
    payeeId: exchange.register('payee').accountId,
    anyone: connect(exchange),
    payer: connect(exchange, payer.apiKey),
  };
}

/** What Python's `json.loads` says of a text: the text, the position, the words. */
const errorsSchema = z.array(z.tuple([z.string(), z.number(), z.string()]));

test.each(errorsSchema.parse(pythonErrors))(
  'the body %j is refused at %d: %s',
  async (text, position, error) => {
    const { payer } = setUp();
    // An empty body is an absent one.
    if (text === '') return;
    expect(await payer.post('/exchange/escrow', text)).toMatchObject({
      status: 422,
      body: {
        detail: [
          {
            type: 'json_invalid',
            loc: ['body', position],
            msg: 'JSON decode error',
            input: {},
            ctx: { error },
          },
        ],
      },
    });
  },
);

describe('a body', () => {
  const good = { provider_id: 'p', amount: 1 };
  const cases: [string, unknown, object][] = [
    ['absent', undefined, { type: 'missing', loc: ['body'], input: null }],
    ['null', 'null', { type: 'missing', loc: ['body'], input: null }],
    ['no JSON', 'nope', { type: 'json_invalid', loc: ['body', 0], input: {} }],
    ['a list', [], { type: 'model_attributes_type', loc: ['body'], input: [] }],
    ['without a field', { amount: 1 }, { type: 'missing', loc: ['body', 'provider_id'] }],
    ['with a number as id', { ...good, provider_id: 1 }, { type: 'string_type', input: 1 }],
    ['with null as id', { ...good, provider_id: null }, { type: 'string_type', input: null }],
    ['with words as amount', { ...good, amount: 'ten' }, { type: 'int_parsing' }],
    ['with a list as amount', { ...good, amount: [] }, { type: 'int_type' }],
    ['with a word as ttl', { ...good, ttl_minutes: 'x' }, { loc: ['body', 'ttl_minutes'] }],
    ['with a text as list', { ...good, depends_on: 'x' }, { type: 'list_type', input: 'x' }],
    [
      'with a wrong item',
      { ...good, deliverables: [{ description: 'a' }, {}] },
      { type: 'missing', loc: ['body', 'deliverables', 1, 'description'], input: {} },
    ],
    [
      'with an unknown level',
      { ...good, required_attestation_level: 'x' },
      {
        type: 'literal_error',
        ctx: { expected: "'self_declared', 'signed' or 'verifiable'" },
      },
    ],
  ];

  it.each(cases)('that is %s is refused', async (_, body, detail) => {
    const { payer } = setUp();
    expect(await payer.post('/exchange/escrow', body)).toMatchObject({
      status: 422,
      body: { detail: [detail] },
    });
  });

  it('is refused with one entry a field, in the order of the form', async () => {
    const { anyone } = setUp();
    const answer = await anyone.post('/accounts/register', {
      bot_name: '',
      contact_email: 'noreply@localhost',
      account_type: 'x',
    });
    expect(answer).toMatchObject({
      status: 422,
      body: {
        detail: [
          { type: 'string_too_short', loc: ['body', 'bot_name'], ctx: { min_length: 1 } },
          { type: 'missing', loc: ['body', 'developer_id'] },
          { type: 'missing', loc: ['body', 'developer_name'] },
          { type: 'string_pattern_mismatch', loc: ['body', 'contact_email'] },
          { type: 'string_pattern_mismatch', ctx: { pattern: '^(agent|gateway)$' } },
        ],
      },
    });
  });

  it('is judged after the key, but only if it is JSON', async () => {
    const { anyone } = setUp();
    expect(await anyone.post('/exchange/escrow', {})).toMatchObject({ status: 401 });
    expect(await anyone.post('/exchange/escrow', 'nope')).toMatchObject({ status: 422 });
  });

  it('has to say that it is JSON', async () => {
    const { payer, payeeId } = setUp();
    const body = JSON.stringify({ ...good, provider_id: payeeId });
    const send = (type: string) => payer.post('/exchange/escrow', body, { 'content-type': type });
    expect(await send('text/plain')).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'model_attributes_type', loc: ['body'], input: body }] },
    });
    expect(await send('application/problem+json; charset=utf-8')).toMatchObject({ status: 201 });
  });

  it('may spell its numbers in other ways', async () => {
    const { payer, payeeId } = setUp();
    const amounts = [' +3 ', '1_0.0', true, 2.0];
    for (const amount of amounts) {
      const body = { provider_id: payeeId, amount };
      expect(await payer.post('/exchange/escrow', body)).toMatchObject({ status: 201 });
    }
  });

  it('is refused when a list is empty or a date is none', async () => {
    const { payer, payeeId } = setUp();
    expect(await payer.post('/exchange/escrow/batch', { escrows: [] })).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'too_short', loc: ['body', 'escrows'], input: [] }] },
    });
    const escrow = await payer.hold({ provider_id: payeeId, amount: 1 });
    const partial = { escrow_id: escrow, release_percent: 50, efficacy_check_at: 'soon' };
    expect(await payer.post(`/exchange/escrow/${escrow}/partial-release`, partial)).toMatchObject({
      status: 422,
      body: { detail: [{ type: 'datetime_from_date_parsing', input: 'soon' }] },
    });
  });
});
