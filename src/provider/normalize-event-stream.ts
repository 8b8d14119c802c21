import { createParser } from 'eventsource-parser';

/**
 * Turns a streaming answer into server-sent events of one line each, whatever it comes as.
 *
 * Agents answer a streaming call with server-sent events (with comments, split anywhere, over several
 * `data:` lines, ended by `[DONE]`), with JSON lines, or with one JSON object.
 *
 * @param onFrame sees each JSON text, and says what to hand on; what it throws breaks the stream.
 */
export function normalizeEventStream(
  body: ReadableStream<Uint8Array>,
  contentType: string,
  onFrame: (frame: string) => string,
): ReadableStream<Uint8Array> {
  // `TextDecoderStream` is typed and implemented differently across runtimes; the decoder is not.
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let events = '';
  const splitter = splitterFor(contentType)((text) => {
    // A line break between tokens is white space to JSON, but the client reads one line.
    const frame = text.replaceAll('\n', ' ').trim();
    if (frame !== '' && frame !== '[DONE]') events += `data: ${onFrame(frame)}\n\n`;
  });
  // One stage for all, and no pipe: each stage of one costs more than the work on a small event.
  const reader = body.getReader();
  let failure: { error: unknown } | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          if (failure !== undefined) throw failure.error;
          const { done, value } = await reader.read();
          try {
            splitter.feed(decoder.decode(value, { stream: !done }));
            if (done) splitter.end();
          } catch (error) {
            // What came before it is read first: a stream in error drops what it still holds.
            failure = { error };
            reader.cancel(error).catch(() => {});
          }
          const isEnd = done && failure === undefined;
          const text = events;
          events = '';
          if (text !== '') controller.enqueue(encoder.encode(text));
          if (isEnd) controller.close();
          // A pull that hands over nothing is not repeated.
          if (isEnd || text !== '') return;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

type Splitter = (onFrame: (text: string) => void) => {
  feed: (text: string) => void;
  end: () => void;
};

function splitterFor(contentType: string): Splitter {
  if (isEventStream(contentType)) return splitEvents;
  return /ndjson|jsonl/i.test(contentType) ? splitLines : keepWhole;
}

export function isEventStream(contentType: string): boolean {
  return /text\/event-stream/i.test(contentType);
}

const splitEvents: Splitter = (onFrame) => {
  const parser = createParser({ onEvent: ({ data }) => onFrame(data) });
  return {
    feed: (text) => parser.feed(text),
    // Some agents leave out the empty line after their last event.
    end: () => parser.feed('\n\n'),
  };
};

const splitLines: Splitter = (onFrame) => {
  let rest = '';
  return {
    feed(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onFrame(line);
    },
    end: () => onFrame(rest),
  };
};

const keepWhole: Splitter = (onFrame) => {
  const chunks: string[] = [];
  return {
    feed: (text) => void chunks.push(text),
    end: () => onFrame(chunks.join('')),
  };
};
