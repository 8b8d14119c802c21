import type { A2AEvent } from './a2a-event';
import { readEvent } from './read-event';
import { readFrame } from './read-frame';
import type { OpenAnswer } from './send-request';
import { FrameTooLarge, splitFrames } from './split-frames';

/**
 * The events of a streaming answer, those of one read together, whatever it comes as: server-sent
 * events (with comments, split anywhere, over several `data:` lines, ended by `[DONE]`), JSON lines, or
 * one JSON object.
 *
 * @param id of the request: JSON-RPC's answers bear it.
 * @throws A2AProtocolError after the events that came before what breaks the stream.
 */
export async function* readStream(
  answer: OpenAnswer,
  { id, wrapsData }: { id: string | undefined; wrapsData: boolean },
): AsyncGenerator<A2AEvent[], void, undefined> {
  const { clock, limits, response } = answer;
  const { body } = response;
  if (body === null) throw answer.broken('answered without a body.');
  // `TextDecoderStream` is typed and implemented differently across runtimes; the decoder is not.
  const decoder = new TextDecoder();
  const splitter = splitFrames(response.headers.get('content-type') ?? '', limits.maxEventBytes);
  const reader = body.getReader();
  // Not every custom `fetch` ends its body with its signal.
  const onAbort = () => void reader.cancel(clock.signal.reason).catch(() => {});
  clock.signal.addEventListener('abort', onAbort, { once: true });
  let received = 0;
  let isDone = false;
  try {
    while (!isDone) {
      const { done, value } = await clock.read(reader);
      if (clock.signal.aborted) throw clock.signal.reason;
      isDone = done;
      const events: A2AEvent[] = [];
      const failure = take(value, events);
      if (events.length > 0) {
        clock.spoken();
        yield events;
      }
      if (failure !== undefined) throw failure.error;
    }
  } finally {
    clock.signal.removeEventListener('abort', onAbort);
    clock.stop();
    if (!isDone) reader.cancel().catch(() => {});
  }

  /** What the bytes bring. What breaks the answer is thrown when the events before it are read. */
  function take(value: Uint8Array | undefined, events: A2AEvent[]): { error: unknown } | undefined {
    try {
      received += value?.byteLength ?? 0;
      if (received > limits.maxAnswerBytes) throw answer.tooLarge('maxAnswerBytes');
      const text = decoder.decode(value, { stream: value !== undefined });
      for (const frame of splitter.feed(text)) read(frame, events, false);
      if (value === undefined) for (const frame of splitter.end()) read(frame, events, true);
      return undefined;
    } catch (error) {
      return { error: error instanceof FrameTooLarge ? answer.tooLarge('maxEventBytes') : error };
    }
  }

  function read(frame: string, events: A2AEvent[], isLast: boolean): void {
    // One that comes whole was never held.
    if (frame.length > limits.maxEventBytes) throw new FrameTooLarge();
    const text = withoutSeparators(frame);
    if (text === '' || text === '[DONE]') return;
    const event = readEvent(readFrame(text, answer, id, isLast), { wrapsData });
    if (event !== undefined) events.push(event);
  }
}

/**
 * A line break between tokens is white space to JSON, and no string holds one. Nor does JSON hold the
 * record separator, by which some agents begin each text (RFC 7464).
 */
export function withoutSeparators(frame: string): string {
  const line = frame.includes('\n') ? frame.replaceAll('\n', ' ') : frame;
  return (line.includes('\u001e') ? line.replaceAll('\u001e', ' ') : line).trim();
}
