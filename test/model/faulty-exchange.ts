import { createExchange } from '../../src/sandbox/exchange/create-exchange';

/** What goes wrong with one request to the exchange. */
export type Fault =
  | 'none'
  | 'request lost'
  | 'answer lost'
  | 'sent twice'
  | '429'
  | '500 before'
  | '500 after'
  | 'slow';

export const faults: Fault[] = [
  'none',
  'request lost',
  'answer lost',
  'sent twice',
  '429',
  '500 before',
  '500 after',
  'slow',
];

/** A real exchange behind a line that fails as told: each request takes the next fault. */
export class FaultyExchange {
  readonly url = 'http://exchange.test';
  /** Moved by tests; holds lapse by it. */
  now = Date.now();
  readonly exchange = createExchange({ now: () => new Date(this.now), starterTokens: 0 });
  readonly payer = this.exchange.register('payer', { tokens: 1_000_000 });
  readonly payee = this.exchange.register('payee', { tokens: 0 });
  readonly other = this.exchange.register('other', { tokens: 1000 });
  faults: Fault[] = [];

  /** The line of one process: when that process dies, nothing comes or goes any more. */
  line(process: { isAlive: boolean }): typeof fetch {
    return async (input, init) => {
      const request = () => new Request(input, init);
      const fault = this.faults.shift() ?? 'none';
      if (!process.isAlive) return never();
      if (fault === 'request lost') throw new TypeError('fetch failed');
      if (fault === '429') {
        return Response.json({ error: 'Rate limit exceeded: 60 per 1 minute' }, { status: 429 });
      }
      if (fault === '500 before') return new Response('Internal Server Error', { status: 500 });
      if (fault === 'slow') await new Promise((resolve) => setTimeout(resolve, 2));
      const answer = await this.exchange.fetch(request());
      if (!process.isAlive) return never();
      if (fault === 'sent twice') await this.exchange.fetch(request());
      if (fault === 'answer lost') throw new TypeError('terminated');
      if (fault === '500 after') return new Response('Internal Server Error', { status: 500 });
      return answer;
    };
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}
