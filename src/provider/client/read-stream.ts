import type { A2AEvent } from './a2a-event';
import type { A2AEvents } from './a2a-client';
import { readEvent } from './read-event';
import { readFrame } from './read-frame';
import type { OpenAnswer } from './send-request';
import { FrameTooLarge, splitFrames, type FrameSplitter } from './split-frames';

/**
 * Reads the events of a streaming response, in batches of one network read, in any of these formats:
 * server-sent events (with comments, split anywhere, over several `data:` lines, ended by `[DONE]`), JSON
 * lines, or one JSON object.
 *
 * Not a generator, but one asynchronous function between the network and the reader: each layer costs more than
 * the parsing of an event.
 */
export class EventReader implements A2AEvents {
  private readonly answer: OpenAnswer;
  private readonly written: { id: string | undefined; wrapsData: boolean };
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly splitter: FrameSplitter;
  // `TextDecoderStream` has different types and behaviour across runtimes; `TextDecoder` does not.
  private readonly decoder = new TextDecoder();
  private received = 0;
  /** The error that ends the response, after the events that came before it. */
  private failure: { error: unknown } | undefined;
  /** The body has been read to its end. */
  private isRead = false;
  private isClosed = false;

  /**
   * @param written the request: JSON-RPC responses have its id.
   * @throws A2AProtocolError for a response without a body.
   */
  constructor(answer: OpenAnswer, written: { id: string | undefined; wrapsData: boolean }) {
    const { clock, limits, response } = answer;
    const { body, headers } = response;
    if (body === null) throw answer.broken('sent a response without a body.');
    this.answer = answer;
    this.written = written;
    this.splitter = splitFrames(headers.get('content-type') ?? '', limits.maxEventBytes);
    this.reader = body.getReader();
    clock.signal.addEventListener('abort', this.onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** @throws A2AProtocolError after the events that came before the error. */
  async next(): Promise<IteratorResult<A2AEvent[], undefined>> {
    const { clock } = this.answer;
    try {
      while (!this.isClosed) {
        if (this.failure !== undefined) throw this.failure.error;
        if (this.isRead) break;
        clock.waiting();
        const { done, value } = await this.reader.read();
        clock.received();
        if (clock.signal.aborted) throw clock.signal.reason;
        this.isRead = done;
        const events = this.take(value);
        if (events.length === 0) continue;
        clock.spoken();
        return { done: false, value: events };
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.close();
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<A2AEvent[], undefined>> {
    this.close();
    return { done: true, value: undefined };
  }

  private close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    const { clock } = this.answer;
    clock.signal.removeEventListener('abort', this.onAbort);
    clock.stop();
    if (!this.isRead) this.reader.cancel().catch(() => {});
  }

  /** Not every custom `fetch` ends its body with its signal. */
  private readonly onAbort = (): void => {
    this.reader.cancel(this.answer.clock.signal.reason).catch(() => {});
  };

  /** Reads the events in a chunk of bytes. */
  private take(value: Uint8Array | undefined): A2AEvent[] {
    const { answer, splitter } = this;
    const events: A2AEvent[] = [];
    try {
      this.received += value?.byteLength ?? 0;
      if (this.received > answer.limits.maxAnswerBytes) throw answer.tooLarge('maxAnswerBytes');
      const text = this.decoder.decode(value, { stream: value !== undefined });
      for (const frame of splitter.feed(text)) this.read(frame, events, false);
      if (value === undefined) for (const frame of splitter.end()) this.read(frame, events, true);
    } catch (error) {
      const isTooLarge = error instanceof FrameTooLarge;
      this.failure = { error: isTooLarge ? answer.tooLarge('maxEventBytes') : error };
    }
    return events;
  }

  private read(frame: string, events: A2AEvent[], isLast: boolean): void {
    const { answer, written } = this;
    // An event that arrives in one piece was never buffered, so its size is checked here.
    if (frame.length > answer.limits.maxEventBytes) throw new FrameTooLarge();
    const text = withoutSeparators(frame);
    if (text === '' || text === '[DONE]') return;
    const event = readEvent(readFrame(text, answer, written.id, isLast), written);
    if (event !== undefined) events.push(event);
  }
}

/**
 * In JSON, a line break between tokens is white space, and strings contain none. Nor is the record separator
 * valid JSON, with which some agents start each text (RFC 7464).
 */
export function withoutSeparators(frame: string): string {
  const line = frame.includes('\n') ? frame.replaceAll('\n', ' ') : frame;
  return (line.includes('\u001e') ? line.replaceAll('\u001e', ' ') : line).trim();
}
