import type { RequestClock } from './request-clock';
import { FrameTooLarge, splitFrames } from './split-frames';

/**
 * Turns a streaming answer into server-sent events of one line each, whatever it comes as.
 *
 * Agents answer a streaming call with server-sent events (with comments, split anywhere, over several
 * `data:` lines, ended by `[DONE]`), with JSON lines, or with one JSON object.
 *
 * @param onFrame sees each JSON text, and says what to hand on, if anything; what it throws breaks the
 *   stream. Of what lacks its end it is told so.
 */
export function normalizeEventStream({
  body,
  contentType,
  onFrame,
  clock,
  maxEventBytes,
  maxAnswerBytes,
  onTooLarge,
}: {
  body: ReadableStream<Uint8Array>;
  contentType: string;
  onFrame: (frame: string, options: { isLast: boolean }) => string | undefined;
  clock: RequestClock;
  maxEventBytes: number;
  maxAnswerBytes: number;
  /** The error for an answer that is more than one of the limits allows. */
  onTooLarge: (limit: 'maxEventBytes' | 'maxAnswerBytes') => Error;
}): ReadableStream<Uint8Array> {
  // `TextDecoderStream` is typed and implemented differently across runtimes; the decoder is not.
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const splitter = splitFrames(contentType, maxEventBytes);
  // One stage for all, and no pipe: each stage of one costs more than the work on a small event.
  const reader = body.getReader();
  let received = 0;
  let failure: { error: unknown } | undefined;
  const broken = () => failure;
  const fail = (error: unknown) => {
    failure ??= { error };
    reader.cancel(error).catch(() => {});
  };
  // Not every custom `fetch` ends its body with its signal.
  const onAbort = () => fail(clock.signal.reason);
  clock.signal.addEventListener('abort', onAbort, { once: true });
  const stop = () => {
    clock.signal.removeEventListener('abort', onAbort);
    clock.stop();
  };

  async function read(): Promise<Uint8Array | undefined> {
    try {
      return (await clock.read(reader)).value;
    } catch (error) {
      fail(error);
      return undefined;
    }
  }

  /** What the bytes bring, as events. What breaks it is kept until they are read. */
  function take(value: Uint8Array | undefined): string {
    let events = '';
    try {
      received += value?.byteLength ?? 0;
      if (received > maxAnswerBytes) throw onTooLarge('maxAnswerBytes');
      const isLast = value === undefined;
      const frames = splitter.feed(decoder.decode(value, { stream: !isLast }));
      for (const text of frames) events += toEvent(text, false);
      if (isLast) for (const text of splitter.end()) events += toEvent(text, true);
    } catch (error) {
      // A stream in error drops what it still holds.
      fail(error instanceof FrameTooLarge ? onTooLarge('maxEventBytes') : error);
    }
    return events;
  }

  function toEvent(text: string, isLast: boolean): string {
    // One that comes whole was never held.
    if (text.length > maxEventBytes) throw new FrameTooLarge();
    // A line break between tokens is white space to JSON, but the client reads one line. Nor does JSON
    // hold the record separator, by which some agents begin each text (RFC 7464).
    const frame = text.replaceAll('\n', ' ').replaceAll('\u001e', ' ').trim();
    const event = frame === '' || frame === '[DONE]' ? undefined : onFrame(frame, { isLast });
    return event === undefined ? '' : `data: ${event}\n\n`;
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        // A pull that hands over nothing is not repeated.
        for (let events = ''; events === '';) {
          const value = broken() === undefined ? await read() : undefined;
          const earlier = broken();
          if (earlier !== undefined) {
            stop();
            throw earlier.error;
          }
          events = take(value);
          if (events !== '') {
            clock.spoken();
            controller.enqueue(encoder.encode(events));
          }
          if (value === undefined && broken() === undefined) {
            stop();
            controller.close();
            return;
          }
        }
      },
      cancel(reason) {
        stop();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
