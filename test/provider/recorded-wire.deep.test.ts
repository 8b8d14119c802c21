import { describe, expect, test } from 'vitest';
import { bytesOf, readRecorded, recordings } from './recorded-streams';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const newline = 10;

/**
 * The streams of real peers, cut at each of their bytes: by an end of the stream or by a break of the
 * line, in turn, and in both ways within the first event and around the end of each other event. Both
 * ways at every byte take five minutes and find no more.
 */
describe.each(recordings)('$peer, $speaks', (recorded) => {
  const { text } = recorded;
  const { begun, bytes } = bytesOf(recorded);

  test('cut at any byte behind its first event: the whole text, once', async () => {
    for (let cut = begun; cut < bytes.length; cut += 1) {
      const isEdge = bytes.slice(cut - 3, cut + 3).includes(newline);
      for (const breaks of isEdge ? [false, true] : [cut % 2 === 0]) {
        const read = await readRecorded(recorded, [bytes.slice(0, cut)], { breaks });
        expect({ cut, ...read }).toEqual({ cut, said: text, error: undefined, sent: 1 });
      }
    }
  });

  test.each([
    { how: 'ends', breaks: false },
    { how: 'breaks', breaks: true },
  ])('$how within its first event: an error, and no second message', async ({ breaks }) => {
    let whole = 0;
    for (let cut = 0; cut < begun; cut += 1) {
      const { error, said, sent } = await readRecorded(recorded, [bytes.slice(0, cut)], { breaks });
      // Until the event is whole nobody knows a task that could be asked for.
      const isWhole = error === undefined;
      expect({ cut, said, sent }).toEqual({ cut, said: isWhole ? text : '', sent: 1 });
      if (isWhole) whole += 1;
    }
    // All that the last two can lack is the empty line.
    expect(whole).toBeLessThanOrEqual(2);
  });
});
