import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { idempotencyKey } from '../../../src/rails/exchange/idempotency-key';
import { signRequest } from '../../../src/rails/exchange/exchange-request';

const hmac = (key: string, message: string) =>
  createHmac('sha256', key).update(message).digest('hex');

describe('signRequest', () => {
  const now = Date.UTC(2026, 10, 21, 0, 53, 24, 776);

  it.each([
    ['https://h.example.com/v1/exchange/release', '/v1/exchange/release'],
    ['https://h.example.com/api/v1/exchange/release', '/api/v1/exchange/release'],
    ['https://h.example.com/money/v1/exchange/release?limit=5', '/money/v1/exchange/release'],
  ])('signs the path of %s as it is', async (url, path) => {
    const body = '{"escrow_id":"ü"}';
    expect(await signRequest({ apiKey: 'ate_1', method: 'post', url, body, now })).toEqual({
      'X-A2A-Timestamp': '1795222404',
      'X-A2A-Signature': hmac('ate_1', `1795222404POST${path}${body}`),
    });
  });

  it('signs a request without a body', async () => {
    expect(
      await signRequest({ apiKey: 'k', method: 'GET', url: 'https://h/v1/stats', now }),
    ).toEqual({
      'X-A2A-Timestamp': '1795222404',
      'X-A2A-Signature': hmac('k', '1795222404GET/v1/stats'),
    });
  });
});

describe('idempotencyKey', () => {
  it('is an HMAC with the payer’s key', async () => {
    expect(await idempotencyKey({ apiKey: 'ate_1', operation: 'release', id: 'e-1' })).toBe(
      hmac('ate_1', 'release:e-1'),
    );
  });

  it('differs by payer, operation and hold', async () => {
    const keys = await Promise.all([
      idempotencyKey({ apiKey: 'a', operation: 'release', id: 'e-1' }),
      idempotencyKey({ apiKey: 'b', operation: 'release', id: 'e-1' }),
      idempotencyKey({ apiKey: 'a', operation: 'refund', id: 'e-1' }),
      idempotencyKey({ apiKey: 'a', operation: 'release', id: 'e-2' }),
    ]);
    expect(new Set(keys).size).toBe(4);
  });
});
