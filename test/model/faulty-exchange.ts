import { createExchange } from '../../src/sandbox/exchange/create-exchange';
import { clock } from './clock';
import { never, type Mortal } from './mortal';

/** How long holds last, which is more than a schedule takes that does not let them lapse. */
export const ttlMinutes = 180;

/** What goes wrong with one request to the exchange. */
export type Fault =
  | 'none'
  | 'request lost'
  | 'answer lost'
  | 'request late'
  | 'sent twice'
  | '429'
  | '500 before'
  | '500 after'
  /** Something on the way gives the answer to an earlier request of the kind, and asks nobody. */
  | 'answer of another'
  | 'slow'
  | 'too slow';

export const faults: Fault[] = [
  'none',
  'request lost',
  'answer lost',
  'request late',
  'sent twice',
  '429',
  '500 before',
  '500 after',
  'answer of another',
  'slow',
  'too slow',
];

/** A real exchange behind a line that fails as told: each request takes the next fault. */
export class FaultyExchange {
  readonly url = 'https://exchange.test';
  readonly exchange;
  readonly payer;
  readonly payees;
  readonly stranger;
  faults: Fault[] = [];
  /** Nothing gets through until this is over. */
  isDown = false;
  /** Requests their senders have given up, and that are still under way. */
  private readonly late: Request[] = [];
  /** When each escrow was made, and when it ended. */
  readonly times = new Map<string, { madeAt: number; endedAt: number }>();
  /** By the path of what was asked. */
  private readonly settled = new Map<string, Response>();

  /** `sweepMs`: for how long what has lapsed may go on reading as held. */
  constructor({ sweepMs }: { sweepMs: number }) {
    this.exchange = createExchange({
      now: () => new Date(clock.now()),
      sweepAfterMs: sweepMs,
      starterTokens: 0,
    });
    this.payer = this.exchange.register('payer', { tokens: 1_000_000 });
    this.payees = [
      this.exchange.register('payee', { tokens: 0 }),
      this.exchange.register('another payee', { tokens: 0 }),
    ] as const;
    this.stranger = this.exchange.register('stranger', { tokens: 1000 });
  }

  /** The line of one process. */
  line(process: Mortal): typeof fetch {
    return async (input, init) => {
      const request = () => new Request(input, init);
      if (!process.isAlive) return never();
      const fatal = this.nextIsFatal(process);
      if (fatal === 'before') process.die();
      if (!process.isAlive) return never();
      const fault = this.isDown ? 'request lost' : (this.faults.shift() ?? 'none');
      if (fatal === undefined) {
        if (fault === 'request lost') throw new TypeError('fetch failed');
        if (fault === 'request late') {
          this.late.push(request());
          throw new TypeError('terminated');
        }
        if (fault === '429') {
          return Response.json({ error: 'Rate limit exceeded: 60 per 1 minute' }, { status: 429 });
        }
        if (fault === '500 before') return new Response('Internal Server Error', { status: 500 });
      }
      const { pathname } = new URL(request().url);
      const earlier = this.settled.get(pathname);
      if (fault === 'answer of another' && earlier !== undefined) return earlier.clone();
      if (fault === 'slow') await clock.sleep(1000);
      const answer = await this.send(request());
      if (answer.ok && /\/(?:release|refund)$/.test(pathname)) {
        this.settled.set(pathname, answer.clone());
      }
      if (fatal === 'after') process.die();
      if (!process.isAlive) return never();
      // Longer than anybody waits.
      if (fault === 'too slow') await gone(init?.signal);
      if (fault === 'sent twice') await this.send(request());
      if (fault === 'answer lost') throw new TypeError('terminated');
      if (fault === '500 after') return new Response('Internal Server Error', { status: 500 });
      return answer;
    };
  }

  /** What was given up arrives after all. */
  async deliverLate(): Promise<void> {
    for (const request of this.late.splice(0)) await this.send(request);
  }

  /** Holds tokens without this package. */
  async holdOutside(by: { apiKey: string }, taskId: string): Promise<string> {
    const [{ accountId }] = this.payees;
    const answer = await this.exchange.fetch(
      new Request(`${this.url}/v1/exchange/escrow`, {
        method: 'POST',
        headers: { authorization: `Bearer ${by.apiKey}`, 'content-type': 'application/json' },
        // Longer than any schedule.
        body: JSON.stringify({
          provider_id: accountId,
          amount: 10,
          task_id: taskId,
          ttl_minutes: 1_000_000,
        }),
      }),
    );
    const { escrow_id: id }: { escrow_id: string } = await answer.json();
    return id;
  }

  /** Of a hold, on the ledger. */
  escrow(escrowId: string | undefined) {
    return this.exchange.ledger().escrows.find(({ id }) => id === escrowId);
  }

  private async send(request: Request): Promise<Response> {
    const answer = await this.exchange.fetch(request);
    this.note();
    return answer;
  }

  private note(): void {
    const at = clock.now();
    for (const { id, status } of this.exchange.ledger().escrows) {
      const times = this.times.get(id) ?? { madeAt: at, endedAt: Infinity };
      if (status !== 'held') times.endedAt = Math.min(times.endedAt, at);
      this.times.set(id, times);
    }
  }

  private nextIsFatal(process: Mortal): 'before' | 'after' | undefined {
    if (process.diesAt === undefined || process.diesAt.request-- > 0) return undefined;
    return process.diesAt.when;
  }
}

/** The sender gives up. */
async function gone(signal: AbortSignal | null | undefined): Promise<void> {
  if (signal === null || signal === undefined) return;
  if (!signal.aborted) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }
  throw signal.reason;
}
