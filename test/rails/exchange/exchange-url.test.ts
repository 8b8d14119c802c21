import { describe, expect, it } from 'vitest';
import { canonicalExchangeUrl, exchangeBaseUrl } from '../../../src/rails/exchange/exchange-url';
import { SettlementError } from '../../../src/rails/rail';

describe('canonicalExchangeUrl', () => {
  it.each([
    'https://exchange.example.com',
    'https://exchange.example.com/',
    'https://exchange.example.com/v1',
    'https://exchange.example.com/v1/',
    'https://exchange.example.com/api/v1',
    'https://exchange.example.com//api//v1//',
    'https://exchange.example.com/api',
    'HTTPS://Exchange.Example.COM:443/api/v1',
    ' https://exchange.example.com/v1?x=1#y ',
    'https://user:secret@exchange.example.com/v1',
  ])('reads %s as one exchange', (url) => {
    expect(canonicalExchangeUrl(url)).toBe('https://exchange.example.com');
  });

  it.each([
    ['http://exchange.example.com', 'http://exchange.example.com'],
    ['http://exchange.example.com:80/v1', 'http://exchange.example.com'],
    ['http://localhost:3000/v1', 'http://localhost:3000'],
    ['http://127.0.0.1:3000/v1', 'http://localhost:3000'],
    ['http://[::1]:3000/v1', 'http://localhost:3000'],
    ['http://exchange.localhost:3000/v1', 'http://exchange.localhost:3000'],
    ['https://gateway.example.com/Money/api/v1/', 'https://gateway.example.com/Money'],
    ['https://gateway.example.com/money/v2', 'https://gateway.example.com/money/v2'],
    ['https://gateway.example.com/apiv1', 'https://gateway.example.com/apiv1'],
    [' not a url ', 'not a url'],
    ['', ''],
  ])('keeps what tells %s from others', (url, canonical) => {
    expect(canonicalExchangeUrl(url)).toBe(canonical);
    expect(canonicalExchangeUrl(canonical)).toBe(canonical);
  });
});

describe('exchangeBaseUrl', () => {
  it.each([
    ['https://exchange.example.com', 'https://exchange.example.com/v1'],
    ['https://exchange.example.com/', 'https://exchange.example.com/v1'],
    ['https://exchange.example.com/v1/', 'https://exchange.example.com/v1'],
    ['https://exchange.example.com/api/v1', 'https://exchange.example.com/api/v1'],
    ['https://exchange.example.com/api', 'https://exchange.example.com/api/v1'],
    ['http://localhost:3000/money', 'http://localhost:3000/money/v1'],
    ['http://Exchange.localhost', 'http://exchange.localhost/v1'],
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000/v1'],
    ['http://127.1', 'http://127.0.0.1/v1'],
    ['http://[::1]:3000', 'http://[::1]:3000/v1'],
    ['http://0.0.0.0:3000', 'http://0.0.0.0:3000/v1'],
  ])('sends for %s to %s', (url, base) => {
    expect(exchangeBaseUrl(url)).toBe(base);
  });

  it.each([
    'http://exchange.example.com',
    'http://10.0.0.7:3000/v1',
    'http://exchange:3000',
    'http://localhost.example.com',
    'http://notlocalhost',
    'http://127.0.0.1.example.com',
    'http://127.example.com',
    'http://[fe80::1]',
    'exchange.example.com',
    'ftp://exchange.example.com',
    'https://user:hunter2@exchange.example.com',
    'https://hunter2@exchange.example.com',
    'https://exchange.example.com/?key=hunter2',
    'https://exchange.example.com/#hunter2',
    '',
  ])('refuses %s without repeating it', (url) => {
    let error: unknown;
    try {
      exchangeBaseUrl(url);
    } catch (caught) {
      error = caught;
    }
    expect(SettlementError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({ code: 'NOT_CONFIGURED', isRetryable: false });
    expect(String(error)).toContain('A2A_EXCHANGE_URL');
    expect(String(error)).not.toContain('hunter2');
  });
});
