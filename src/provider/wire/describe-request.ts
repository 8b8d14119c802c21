/** What one of the client's requests asks for. */
export interface DescribedRequest {
  /**
   * `send`: a message, answered when the work is done. `stream`: a message or a task, answered as it
   * goes on. `task`: how a task stands. `other`: cards and push notifications.
   */
  asks: 'send' | 'stream' | 'task' | 'other';
  /** Of JSON-RPC: the answer bears it. */
  id: number | undefined;
}

/** Reads the method off the request's ends: what lies between may be megabytes of files. */
export function describeRequest(
  url: string,
  init: RequestInit | undefined,
  { isRest }: { isRest: boolean },
): DescribedRequest {
  const body = typeof init?.body === 'string' ? init.body : '';
  const isStream = new Headers(init?.headers).get('accept')?.includes('text/event-stream') === true;
  const method = isRest
    ? new URL(url).pathname.replace(/^.*(?=\/tasks\/|\/message:)/, '')
    : (/"method":"([^"]+)"/.exec(body.slice(0, 100))?.[1] ?? '');
  const id = isRest
    ? undefined
    : (/^\{"id":(\d+),/.exec(body.slice(0, 40)) ?? /"id":(\d+)\}$/.exec(body.slice(-40)))?.[1];
  return {
    asks: isStream ? 'stream' : asked(method),
    id: id === undefined ? undefined : Number(id),
  };
}

function asked(method: string): DescribedRequest['asks'] {
  if (/^(?:SendMessage|message\/send|\/message:send)$/.test(method)) return 'send';
  return /^(?:GetTask|CancelTask|tasks\/(?:get|cancel)|\/tasks\/[^/]+)$/.test(method)
    ? 'task'
    : 'other';
}
