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
  // One stage for all: each stage of a pipe costs more than the work on a small event.
  const passOn = (controller: TransformStreamDefaultController<Uint8Array>) => {
    if (events !== '') controller.enqueue(encoder.encode(events));
    events = '';
  };
  return body.pipeThrough(
    new TransformStream({
      transform(chunk, controller) {
        splitter.feed(decoder.decode(chunk, { stream: true }));
        passOn(controller);
      },
      flush(controller) {
        splitter.feed(decoder.decode());
        splitter.end();
        passOn(controller);
      },
    }),
  );
}

type Splitter = (onFrame: (text: string) => void) => {
  feed: (text: string) => void;
  end: () => void;
};

function splitterFor(contentType: string): Splitter {
  if (contentType.includes('text/event-stream')) return splitEvents;
  return contentType.includes('ndjson') || contentType.includes('jsonl') ? splitLines : keepWhole;
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
