import * as z from 'zod/v4';
import type { Exchange } from '../../../src/sandbox/exchange/create-exchange';

const escrowSchema = z.looseObject({
  id: z.string(),
  amount: z.number(),
  fee_amount: z.number(),
  status: z.string(),
  holdback_amount: z.number().nullable(),
  holdback_fee: z.number().nullable(),
  dispute_filed_by: z.string().nullable(),
  dispute_stake_amount: z.number().nullable(),
});

export interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Talks to an exchange in-process as one of its accounts. */
export function connect(exchange: Exchange, apiKey?: string) {
  const send = async (
    method: string,
    path: string,
    { body, headers }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const response = await exchange.fetch(
      new Request(`http://exchange.test${path}`, {
        method,
        headers: {
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      body: isJson ? JSON.parse(text) : text,
    };
  };
  const get = (path: string) => send('GET', `/v1${path}`);
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send('POST', `/v1${path}`, { body, headers });

  return {
    send,
    get,
    post,
    /** Holds and returns the escrow's id. */
    async hold(body: { provider_id: string; amount: number; [field: string]: unknown }) {
      const answer = await post('/exchange/escrow', body);
      return z.object({ escrow_id: z.string() }).parse(answer.body).escrow_id;
    },
    async balance() {
      const answer = await get('/exchange/balance');
      const schema = z.looseObject({ available: z.number(), held_in_escrow: z.number() });
      return schema.parse(answer.body);
    },
    async escrow(id: string) {
      return escrowSchema.parse((await get(`/exchange/escrows/${id}`)).body);
    },
  };
}

/** A clock that stands still until it is told otherwise. */
export function fakeClock(start = '2030-01-01T00:00:00.000Z') {
  let time = Date.parse(start);
  return {
    now: () => new Date(time),
    advanceMinutes(minutes: number) {
      time += minutes * 60_000;
    },
  };
}
