import { generateText } from 'ai';
import { describe, expect, test } from 'vitest';
import { bytesOf, eventsOf, json, readRecorded, recordings } from './recorded-streams';
import { scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const encoder = new TextEncoder();
/** recorded-wire.deep.test.ts cuts at every byte. */
const step = 97;

describe.each(recordings)('$peer, $speaks', (recorded) => {
  const { stream, text } = recorded;
  const lines = stream.replaceAll('\r\n', '\n');
  const commented = eventsOf(lines).map((event) => `: ping\n${event}\n: pong\n\n:\n\n`);
  const whole = { said: text, error: undefined, sent: 1 };

  test.each<[string, string]>([
    ['as it was', stream],
    ['with LF', lines],
    ['with CRLF', lines.replaceAll('\n', '\r\n')],
    ['with comments', commented.join('')],
  ])('%s', async (_, body) => {
    expect(await readRecorded(recorded, [encoder.encode(body)])).toEqual(whole);
  });

  test('split within each character', async () => {
    const bytes = [...encoder.encode(lines)].map((byte) => Uint8Array.of(byte));
    expect(await readRecorded(recorded, bytes)).toEqual(whole);
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
    const { begun, bytes } = bytesOf(recorded);
    for (let cut = begun; cut < bytes.length; cut += step) {
      const read = await readRecorded(recorded, [bytes.slice(0, cut)], { breaks: cut % 2 === 0 });
      expect({ cut, ...read }).toEqual({ cut, ...whole });
    }
  });
});
