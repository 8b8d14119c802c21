import { formatSSEErrorEvent, formatSSEEvent } from '@a2a-js/sdk';
import type { WaitUntil } from '../internal/keep-alive';

/**
 * Responds with server-sent events.
 *
 * The agent's events are read to the end even if the client disconnects: the SDK stores a task's progress
 * while its events are read.
 */
export function eventStreamResponse<EVENT>({
  first,
  rest,
  encode,
  encodeError,
  headers,
  waitUntil,
}: {
  /** The first event, if it was already read. */
  first?: IteratorResult<EVENT, void> | undefined;
  rest: AsyncIterator<EVENT, void>;
  encode: (event: EVENT) => unknown;
  encodeError: (error: unknown) => unknown;
  headers: Record<string, string>;
  waitUntil?: WaitUntil | undefined;
}): Response {
  const encoder = new TextEncoder();
  let listening = true;

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      // Not awaited: the stream cannot be read until `start` returns.
      const drained = drain((text) => {
        if (listening) {
          controller.enqueue(encoder.encode(text));
        }
      }).then(() => {
        if (listening) {
          controller.close();
        }
      });
      waitUntil?.(drained);
    },
    cancel() {
      listening = false;
    },
  });

  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...headers,
    },
  });

  async function drain(write: (text: string) => void): Promise<void> {
    try {
      for (let next = first ?? (await rest.next()); next.done !== true; next = await rest.next()) {
        write(formatSSEEvent(encode(next.value)));
      }
    } catch (error) {
      write(formatSSEErrorEvent(encodeError(error)));
    }
  }
}
