import { readdirSync, readFileSync } from 'node:fs';
import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import type { RecordedWire } from '../peers/recorded-wire';
import { scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const folder = new URL('../peers/recorded/', import.meta.url);
const recordings: RecordedWire[] = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')));

/** `EVERY_BYTE=1` takes minutes. */
const step = process.env['EVERY_BYTE'] === undefined ? 41 : 1;

/** Of each request: the streams are written before anybody asks. */
const requestId = 'request-1';

const encoder = new TextEncoder();

describe.each(recordings)('$peer, $speaks', (recorded) => {
  const { text } = recorded;
  const stream = recorded.stream.replaceAll(/"id": ?\d+/g, `"id":"${requestId}"`);
  const lines = stream.replaceAll('\r\n', '\n');
  const events = lines.split(/\n\n+/).filter((event) => event.trim() !== '');

  test.each<[string, string]>([
    ['as it was', stream],
    ['with LF', lines],
    ['with CRLF', lines.replaceAll('\n', '\r\n')],
    ['with comments', events.map((event) => `: ping\n${event}\n: pong\n\n:\n\n`).join('')],
  ])('%s', async (_, body) => {
    expect(await streamOf([encoder.encode(body)]).text()).toBe(text);
  });

  test('split within each character', async () => {
    const bytes = [...encoder.encode(lines)].map((byte) => Uint8Array.of(byte));
    expect(await streamOf(bytes).text()).toBe(text);
  });

  // One that says only that it has begun is followed by what was not recorded.
  test.skipIf(/SUBMITTED/.test(recorded.answer))('the blocking answer', async () => {
    // Some answer that they have begun, and are asked then.
    const { model } = scriptedAgent(
      ({ id, rpc }) => json(rpc.startsWith('Get') ? recorded.task : recorded.answer, id),
      { card: recorded.card },
    );
    expect((await generateText({ model, prompt: 'completes' })).text).toBe(text);
  });

  test('cut anywhere behind its first event: the agent is asked', async () => {
    const bytes = encoder.encode(lines);
    const begun = encoder.encode(`${events[0] ?? ''}\n\n`).length;
    for (let cut = begun; cut < bytes.length; cut += step) {
      const { requests, text: read } = streamOf([bytes.slice(0, cut)], { breaks: cut % 2 === 0 });
      expect([cut, await read()]).toEqual([cut, text]);
      const sent = requests().filter(({ message }) => message !== undefined);
      expect(sent.length).toBeLessThan(2);
    }
  });

  /** What is read of a stream, and of the task where that is cut. */
  function streamOf(chunks: Uint8Array[], { breaks = false } = {}) {
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
    const text = async () => {
      const errors: unknown[] = [];
      const result = streamText({
        model,
        prompt: 'completes',
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      });
      let said = '';
      for await (const delta of result.textStream) said += delta;
      return errors.length === 0 ? said : String(errors[0]);
    };
    return { text, requests };
  }
});

/** A body, under the id of the request that it answers. */
function json(body: string, id: unknown): Response {
  const answered = body.replace(/"id": ?\d+/, `"id":${JSON.stringify(id)}`);
  return new Response(answered, { headers: { 'content-type': 'application/json' } });
}
