import { readdirSync, readFileSync } from 'node:fs';
import { streamText } from 'ai';
import type { RecordedWire } from '../peers/recorded-wire';
import { scriptedAgent } from './scripted-agent';

const folder = new URL('../peers/recorded/', import.meta.url);
const encoder = new TextEncoder();

/** Of each request: the streams are written before anybody asks. */
const requestId = 'request-1';

/** What real peers answered, in the bytes they sent. */
export const recordings: RecordedWire[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name): RecordedWire => JSON.parse(readFileSync(new URL(name, folder), 'utf8')))
  .map((recorded) => ({
    ...recorded,
    stream: recorded.stream.replaceAll(/"id": ?\d+/g, `"id":"${requestId}"`),
  }));

/** The bytes of the stream, with LF, and how many of them its first event has. */
export function bytesOf({ stream }: RecordedWire): { bytes: Uint8Array; begun: number } {
  const lines = stream.replaceAll('\r\n', '\n');
  const [first = ''] = eventsOf(lines);
  return { bytes: encoder.encode(lines), begun: encoder.encode(`${first}\n\n`).length };
}

export function eventsOf(lines: string): string[] {
  return lines.split(/\n\n+/).filter((event) => event.trim() !== '');
}

export interface ReadStream {
  /** The words that came before the end, or before the error. */
  said: string;
  error: unknown;
  /** How many messages the agent got. */
  sent: number;
}

/** Reads a recorded stream that comes in these chunks, and of the task where it is cut. */
export async function readRecorded(
  recorded: RecordedWire,
  chunks: Uint8Array[],
  { breaks = false }: { breaks?: boolean } = {},
): Promise<ReadStream> {
  let next = 0;
  const { model, requests } = scriptedAgent(
    ({ id, rpc }) => {
      if (/ubscribe/.test(rpc))
        return json('{"id":0,"jsonrpc":"2.0","error":{"code":-32004,"message":"No."}}', id);
      if (!/stream/i.test(rpc)) return json(recorded.task, id);
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          const chunk = chunks[next++];
          if (chunk !== undefined) controller.enqueue(chunk);
          else if (breaks) controller.error(new TypeError('terminated'));
          else controller.close();
        },
      });
      return new Response(body, { headers: { 'content-type': recorded.contentType } });
    },
    { card: recorded.card, generateId: () => requestId },
  );
  let error: unknown;
  const result = streamText({
    model,
    prompt: 'completes',
    maxRetries: 0,
    onError: (event) => {
      error ??= event.error;
    },
  });
  let said = '';
  for await (const delta of result.textStream) said += delta;
  const sent = requests().filter(({ message }) => message !== undefined).length;
  return { said, error, sent };
}

/** A body, under the id of the request that it answers. */
export function json(body: string, id: unknown): Response {
  const answered = body.replace(/"id": ?\d+/, `"id":${JSON.stringify(id)}`);
  return new Response(answered, { headers: { 'content-type': 'application/json' } });
}
