/** A request as it reached the fake exchange. */
export interface SeenRequest {
  method: string;
  url: string;
  headers: Headers;
  body: string;
}

type Answer = Response | Error | ((request: SeenRequest) => Response | Promise<Response>);

/** A `fetch` that gives the answers in turn, the last one over and over, and remembers requests. */
export function fakeExchange(...answers: Answer[]) {
  const requests: SeenRequest[] = [];
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const seen = {
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: await request.text(),
    };
    requests.push(seen);
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    if (answer instanceof Response) {
      return answer.clone();
    }
    if (typeof answer === 'function') {
      return answer(seen);
    }
    throw answer ?? new Error('no answer was given to the fake exchange');
  };
  return { fetch, requests };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return Response.json(body, { status, headers });
}

export const created = {
  escrow_id: 'e-1',
  requester_id: 'payer-1',
  provider_id: 'agent-1',
  amount: 10,
  fee_amount: 1,
  effective_fee_percent: 10,
  total_held: 11,
  status: 'held',
  expires_at: '2030-01-01T00:00:00Z',
  group_id: null,
};

/** As the reference exchange answers it on SQLite: nulls, and times without a zone. */
export const looked = {
  id: 'e-1',
  requester_id: 'payer-1',
  provider_id: 'agent-1',
  amount: 7,
  fee_amount: 1,
  effective_fee_percent: 14.2857,
  status: 'held',
  dispute_reason: null,
  expires_at: '2030-01-01T00:00:00.123456',
  task_id: 't-1',
  task_type: null,
  group_id: null,
  depends_on: null,
  delivered_content: null,
  delivered_at: null,
  released_amount: null,
  released_fee: null,
  holdback_amount: null,
  holdback_fee: null,
  created_at: '2029-12-31T23:30:00',
  resolved_at: null,
};
