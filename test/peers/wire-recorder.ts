import type { FetchFunction } from '@ai-sdk/provider-utils';

/** A request to a peer, and what the peer answered. */
interface Exchanged {
  /** Without the origin. */
  path: string;
  /** Of HTTP. */
  verb: string;
  /** What was asked for: the method of JSON-RPC, or the last part of the path. */
  method: string;
  request: string;
  status: number;
  contentType: string;
  /** As far as it was read. */
  body: string;
}

export interface WireRecorder {
  fetch: FetchFunction;
  /** In the order of the requests; their bodies grow while they are read. */
  seen: Exchanged[];
  /** Sends and streams of messages. */
  messages: () => Exchanged[];
}

/** A `fetch` that notes what goes over the wire, and changes none of it. */
export function recordWire(): WireRecorder {
  const seen: Exchanged[] = [];
  return {
    seen,
    messages: () => seen.filter(({ method }) => isMessage(method)),
    async fetch(input, init) {
      const request = typeof init?.body === 'string' ? init.body : '';
      const { pathname, search } = new URL(input instanceof Request ? input.url : String(input));
      const exchanged: Exchanged = {
        path: `${pathname}${search}`,
        verb: init?.method ?? 'GET',
        method: /"method":\s*"([^"]+)"/.exec(request)?.[1] ?? pathname.split('/').at(-1) ?? '',
        request,
        status: 0,
        contentType: '',
        body: '',
      };
      seen.push(exchanged);
      const response = await fetch(input, init);
      exchanged.status = response.status;
      exchanged.contentType = response.headers.get('content-type') ?? '';
      if (response.body === null) return response;
      const decoder = new TextDecoder();
      const noting = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          exchanged.body += decoder.decode(chunk, { stream: true });
          controller.enqueue(chunk);
        },
      });
      const { headers, status, statusText } = response;
      const copy = new Response(response.body.pipeThrough(noting), { headers, status, statusText });
      Object.defineProperty(copy, 'url', { value: response.url });
      return copy;
    },
  };
}

function isMessage(method: string): boolean {
  return /^(?:message[/:](?:send|stream)|Send(?:Streaming)?Message)$/.test(method);
}
