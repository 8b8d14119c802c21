/**
 * A `fetch` that reaches one origin, inside this process: any other host is unreachable. Aborting works as with
 * the real `fetch`, also while a body is streamed.
 */
export function inProcessFetch(
  origin: string,
  handle: (request: Request) => Promise<Response>,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    if (new URL(request.url).origin !== origin) {
      throw new TypeError('fetch failed', {
        cause: new Error('The sandbox reaches no other host.'),
      });
    }

    const response = await Promise.race([handle(request), aborted(signal)]);
    return response.body === null
      ? response
      : new Response(response.body.pipeThrough(new TransformStream(), { signal }), response);
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
