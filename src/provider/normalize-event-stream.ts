import { EventSourceParserStream } from 'eventsource-parser/stream';

/**
 * Turns a streaming answer into one JSON text a frame, on one line.
 *
 * Agents answer a streaming call with server-sent events (with comments, split anywhere, over several
 * `data:` lines, ended by `[DONE]`), with JSON lines, or with one JSON object.
 */
export function normalizeEventStream(
  body: ReadableStream<Uint8Array>,
  contentType: string,
): ReadableStream<string> {
  const text = body.pipeThrough(decode());
  if (contentType.includes('text/event-stream')) {
    return text.pipeThrough(new EventSourceParserStream()).pipeThrough(
      new TransformStream({
        transform({ data }, controller) {
          // A line break between tokens is white space to JSON, but the client reads one line.
          const frame = data.replaceAll('\n', ' ').trim();
          if (frame !== '' && frame !== '[DONE]') controller.enqueue(frame);
        },
      }),
    );
  }
  return contentType.includes('ndjson') || contentType.includes('jsonl')
    ? text.pipeThrough(splitLines())
    : text.pipeThrough(joinAll());
}

/** `TextDecoderStream` is typed and implemented differently across runtimes; the decoder is not. */
function decode(): TransformStream<Uint8Array, string> {
  const decoder = new TextDecoder();
  return new TransformStream({
    transform(chunk, controller) {
      controller.enqueue(decoder.decode(chunk, { stream: true }));
    },
    flush(controller) {
      controller.enqueue(decoder.decode());
    },
  });
}

function splitLines(): TransformStream<string, string> {
  let rest = '';
  return new TransformStream({
    transform(chunk, controller) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) enqueueTrimmed(line, controller);
    },
    flush(controller) {
      enqueueTrimmed(rest, controller);
    },
  });
}

function joinAll(): TransformStream<string, string> {
  const chunks: string[] = [];
  return new TransformStream({
    transform(chunk) {
      chunks.push(chunk);
    },
    flush(controller) {
      enqueueTrimmed(chunks.join('').replaceAll('\n', ' '), controller);
    },
  });
}

function enqueueTrimmed(
  line: string,
  controller: TransformStreamDefaultController<string>,
): void {
  const frame = line.trim();
  if (frame !== '') controller.enqueue(frame);
}
