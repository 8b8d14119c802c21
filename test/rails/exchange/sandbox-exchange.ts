import {
  createExchange,
  type ExchangeOptions,
} from '../../../src/sandbox/exchange/create-exchange';
import type { SeenRequest } from './fake-exchange';

export const exchangeUrl = 'https://exchange.example.com';

/** The embedded exchange behind a `fetch`, with a payer and an agent, and a clock to move. */
export function sandboxExchange(options: ExchangeOptions = {}) {
  let now = Date.now();
  const exchange = createExchange({ now: () => new Date(now), ...options });
  const requests: SeenRequest[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    requests.push({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: await request.clone().text(),
    });
    return exchange.fetch(request);
  };
  return {
    fetch,
    requests,
    payer: exchange.register('payer'),
    agent: exchange.register('agent'),
    other: exchange.register('other'),
    ledger: () => exchange.ledger(),
    passMinutes(minutes: number) {
      now += minutes * 60_000;
    },
  };
}
