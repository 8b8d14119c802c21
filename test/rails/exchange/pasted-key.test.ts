import { afterEach, expect, it, vi } from 'vitest';
import { exchangeRail, SettlementError } from '../../../src/index';
import { createExchangeClient } from '../../../src/rails/exchange/exchange-client';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

const key = 'ate_0123456789abcdef';
const url = 'https://exchange.example.com';

it.each([
  [
    `Bearer ${key}`,
    'The exchange\'s API key begins with "Bearer". Set the key alone: A2A_PAYER_API_KEY=ate_…',
  ],
  ['bearer', 'The exchange\'s API key begins with "Bearer".'],
  [
    `"${key}"`,
    "The exchange's API key is in quotation marks. Set it without them: A2A_PAYER_API_KEY=ate_…",
  ],
  [`${key} ${key}`, 'characters that no header can carry'],
])('says of the pasted key %s what to set', (apiKey, words) => {
  vi.stubEnv('A2A_PAYER_API_KEY', apiKey);
  for (const configure of [
    () => exchangeRail({ exchangeUrl: url }).assertConfigured(),
    () => createExchangeClient({ url, apiKey }),
  ]) {
    const error = thrownBy(configure);
    expect(error).toMatchObject({ code: 'NOT_CONFIGURED' });
    expect(error.message).toContain(words);
    expect(error.message).not.toContain(key);
  }
});

it('says on a runtime without `process` where the key comes from', () => {
  vi.stubGlobal('process', undefined);
  const { code, message } = thrownBy(() => exchangeRail().assertConfigured());
  vi.unstubAllGlobals();
  expect({ code, message }).toEqual({
    code: 'NOT_CONFIGURED',
    message:
      "The payer's API key of the exchange is missing. This runtime has no `process.env`: pass `exchangeUrl` and `apiKey` to `settlementMiddleware` or `createSettlement`.",
  });
});

function thrownBy(call: () => unknown): SettlementError {
  try {
    call();
  } catch (error) {
    if (SettlementError.isInstance(error)) return error;
  }
  throw new Error('No SettlementError.');
}
