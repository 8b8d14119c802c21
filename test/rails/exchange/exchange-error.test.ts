import { describe, expect, it } from 'vitest';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';
import { SettlementError } from '../../../src/rails/rail';
import { fakeExchange, json } from './fake-exchange';

const apiKey = 'ate_0123456789abcdef0123456789abcdef';

async function failWith(answer: Response): Promise<SettlementError> {
  const { fetch } = fakeExchange(answer);
  const client = createExchangeClient({ url: 'https://Exchange.example.com/v1/', apiKey, fetch });
  const error = await client.release('e-1').then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!SettlementError.isInstance(error)) {
    throw new Error('a SettlementError was expected', { cause: error });
  }
  return error;
}

const text = (status: number, body: string, type = 'text/plain') =>
  new Response(body, { status, headers: { 'content-type': type } });

describe('the six error bodies', () => {
  it.each([
    [
      '1 a reason',
      json(403, { detail: 'Only the requester can release an escrow' }),
      'FORBIDDEN',
      'Only the requester can release an escrow. ',
    ],
    [
      '2 validation',
      json(422, {
        detail: [
          { type: 'missing', loc: ['body', 'amount'], msg: 'Field required', input: 'a prompt' },
          { type: 'x', loc: ['body', 'items', 0], msg: 'Bad', input: 'a prompt' },
        ],
      }),
      'VALIDATION',
      'amount: Field required; items.0: Bad.',
    ],
    [
      '3 rate limit',
      json(429, { error: 'Rate limit exceeded: 60 per 1 minute' }),
      'RATE_LIMITED',
      'Rate limit exceeded: 60 per 1 minute.',
    ],
    [
      '4 registration limit',
      json(429, {
        detail: {
          error: 'rate_limit_exceeded',
          message: 'Too many registrations',
          limit: 'registration',
          retry_after_seconds: 90,
        },
      }),
      'RATE_LIMITED',
      'Too many registrations.',
    ],
    [
      '5 idempotency conflict',
      json(409, {
        error: {
          code: 'IDEMPOTENCY_CONFLICT',
          message: 'Idempotency key reused with a different request body',
          request_id: 'req_5',
        },
      }),
      'IDEMPOTENCY_CONFLICT',
      'Idempotency key reused with a different request body.',
    ],
    ['6 text', text(500, 'Internal Server Error'), 'UPSTREAM', 'Internal Server Error.'],
    [
      'that of the authorization layer',
      json(403, { error: 'insufficient_scope', message: 'Scope is missing', required_scope: 'x' }),
      'FORBIDDEN',
      'Scope is missing.',
    ],
  ])('%s', async (_, answer, code, reason) => {
    const error = await failWith(answer);
    expect(error).toMatchObject({ code, statusCode: answer.status, escrowId: 'e-1' });
    expect(error.message).toContain(
      `Release of escrow e-1 failed at https://exchange.example.com (HTTP ${answer.status}): ${reason}`,
    );
    expect(error.message).not.toContain('a prompt');
  });
});

describe('reasons', () => {
  it.each([
    [
      400,
      'Insufficient balance. Need 5013 (5000 + 13 fee), have 100',
      'INSUFFICIENT_BALANCE',
      { need: 5013, have: 100 },
    ],
    [
      400,
      'Insufficient balance for batch. Need 22, have 3',
      'INSUFFICIENT_BALANCE',
      { need: 22, have: 3 },
    ],
    [400, 'Insufficient balance for dispute stake', 'INSUFFICIENT_BALANCE', { need: undefined }],
    [400, 'Amount must be between 1 and 10000', 'INVALID_AMOUNT', {}],
    [400, 'Cannot escrow to yourself', 'SELF_ESCROW', {}],
    [404, 'Provider account not found', 'PROVIDER_NOT_FOUND', {}],
    [400, 'Provider account is not active', 'PROVIDER_INACTIVE', {}],
    [
      409,
      'An active escrow already exists for this task_id (escrow_id=0b1c-2)',
      'DUPLICATE_TASK',
      { escrowId: '0b1c-2' },
    ],
    [
      409,
      'An active escrow already exists for this task_id',
      'DUPLICATE_TASK',
      { escrowId: 'e-1' },
    ],
    [409, 'A bot with this name already exists', 'VALIDATION', {}],
    [404, 'Escrow not found', 'NOT_FOUND', {}],
    [404, 'Not Found', 'NOT_FOUND', {}],
    [405, 'Method Not Allowed', 'UNEXPECTED_ANSWER', {}],
    [400, 'Escrow is already released', 'ALREADY_SETTLED', { state: 'released' }],
    [400, 'Escrow is already evidence_pending', 'ALREADY_SETTLED', { state: 'evidence_pending' }],
    [
      400,
      'Escrow cannot be partially released (status: refunded)',
      'ALREADY_SETTLED',
      { state: 'refunded' },
    ],
    [400, 'Escrow cannot be disputed (status: expired)', 'ALREADY_SETTLED', { state: 'expired' }],
    [400, "Cannot release: upstream escrows not yet released: ['x']", 'UPSTREAM_NOT_RELEASED', {}],
    [400, 'Daily spend limit exceeded. Account frozen', 'SPEND_LIMIT', {}],
    [400, 'Hourly spending velocity exceeded.', 'SPEND_LIMIT', {}],
    [403, 'KYA level 2 required (have 0)', 'ATTESTATION_REQUIRED', {}],
    [423, 'Account is temporarily frozen.', 'ACCOUNT_FROZEN', { retryAfterMs: undefined }],
    [401, 'Invalid API key', 'UNAUTHORIZED', {}],
    [400, 'Something new', 'VALIDATION', {}],
    [418, 'I am a teapot', 'UNKNOWN', {}],
  ])('%i %s is %s', async (status, detail, code, facts) => {
    const error = await failWith(json(status, { detail }));
    expect(error).toMatchObject({ code, statusCode: status, isRetryable: false, ...facts });
    expect(error.message).toContain(detail);
  });

  it('says what to do about an empty account', async () => {
    const { message } = await failWith(
      json(400, { detail: 'Insufficient balance. Need 11 (10 + 1 fee), have 3' }),
    );
    expect(message).toBe(
      'Release of escrow e-1 failed at https://exchange.example.com (HTTP 400): Insufficient balance. Need 11 (10 + 1 fee), have 3. Top up with `npx ai-sdk-a2a-settlement deposit AMOUNT`.',
    );
  });

  it('says how long a frozen account stays frozen, in UTC', async () => {
    const until = new Date(Date.now() + 60_000).toISOString().replace('Z', '');
    const error = await failWith(
      json(423, { detail: `Account is temporarily frozen until ${until}. Contact support.` }),
    );
    expect(error.code).toBe('ACCOUNT_FROZEN');
    expect(error.retryAfterMs).toBeGreaterThan(50_000);
    expect(error.retryAfterMs).toBeLessThanOrEqual(60_000);
  });

  it('believes a code of the catalog, should one ever come', async () => {
    const error = await failWith(json(400, { error: { code: 'SELF_ESCROW', message: 'No.' } }));
    expect(error.code).toBe('SELF_ESCROW');
  });
});

const day = 86_400_000;

describe('what may be tried again', () => {
  it.each([408, 429, 500, 502, 503, 504])('%i may', async (status) => {
    expect(
      (await failWith(json(status, { detail: 'Escrow is already released' }))).isRetryable,
    ).toBe(true);
  });

  it.each([
    ['seconds', json(429, { error: 'x' }, { 'retry-after': '7' }), 7000],
    ['the body', json(429, { detail: { message: 'x', retry_after_seconds: 90 } }), 90_000],
    ['nothing', json(429, { error: 'x' }), undefined],
    ['nonsense', json(429, { error: 'x' }, { 'retry-after': 'later' }), undefined],
    ['the past', json(429, { error: 'x' }, { 'retry-after': new Date(0).toUTCString() }), 0],
    ['now', json(429, { error: 'x' }, { 'retry-after': '0' }), 0],
    ['a year', json(429, { error: 'x' }, { 'retry-after': '31536000' }), day],
    ['eternity', json(429, { error: 'x' }, { 'retry-after': '9'.repeat(400) }), day],
    [
      'a far date',
      json(429, { error: 'x' }, { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }),
      day,
    ],
    [
      'a body of eternity',
      json(429, { detail: { message: 'x', retry_after_seconds: 1e300 } }),
      day,
    ],
    // What `Date.parse` takes for a date of long ago.
    ['less than nothing', json(429, { error: 'x' }, { 'retry-after': '-5' }), undefined],
    ['a fraction', json(429, { error: 'x' }, { 'retry-after': '7.5' }), undefined],
    ['NaN', json(429, { error: 'x' }, { 'retry-after': 'NaN' }), undefined],
    ['an empty one', json(429, { error: 'x' }, { 'retry-after': '' }), undefined],
  ])('waits as told by %s', async (_, answer, retryAfterMs) => {
    expect((await failWith(answer)).retryAfterMs).toBe(retryAfterMs);
  });
});

describe('messages', () => {
  it.each([
    ['a reason', json(401, { detail: `Invalid API key ${apiKey}` })],
    [
      'an escaped reason',
      text(401, `{"detail":"${apiKey.replace('a', '\\u0061')}"}`, 'application/json'),
    ],
    ['text', text(500, `Bearer ${apiKey} is bad`)],
    ['text at the edge', text(500, `${'x'.repeat(190)}${apiKey}`)],
    ['a state', json(400, { detail: `Escrow is already ${apiKey}` })],
    ['the request id', json(500, {}, { 'x-request-id': apiKey })],
    ['another key', json(401, { detail: 'Invalid: ate_ffffffffffffffff' })],
  ])('never repeat a key that came in %s', async (_, answer) => {
    const error = await failWith(answer);
    const all = [error.message, error.stack, error.state, error.requestId, error.cause].join('\n');
    expect(all).not.toContain(apiKey);
    expect(all).not.toContain('ate_0123');
    expect(all).not.toContain('ate_ffff');
  });

  it('keep pages and long texts out', async () => {
    const page = await failWith(text(502, '<!DOCTYPE html><html><b>Bad gateway</b>', 'text/html'));
    expect(page.message).toContain('(HTTP 502): an HTML page.');
    expect(page.message).not.toContain('<');
    const long = await failWith(text(500, 'x\n'.repeat(5000)));
    expect(long.message.length).toBeLessThan(400);
    expect((await failWith(text(500, ''))).message).toContain('no reason given');
    expect((await failWith(text(500, '[1]'))).message).toContain('no reason given');
  });

  it('bear the exchange’s request id, else the one of the body, else ours', async () => {
    const conflict = { error: { code: 'IDEMPOTENCY_CONFLICT', message: 'x', request_id: 'req_b' } };
    expect((await failWith(json(409, conflict, { 'x-request-id': 'req_a' }))).requestId).toBe(
      'req_a',
    );
    expect((await failWith(json(409, conflict))).requestId).toBe('req_b');
    expect((await failWith(text(500, 'x'))).requestId).toMatch(/^req_\w{16}$/);
  });
});
