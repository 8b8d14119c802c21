import { describe, expect, test } from 'vitest';
import { bytesOf, readRecorded, recordings } from './recorded-streams';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const newline = 10;

/**
 * The streams of real peers, cut at each of their bytes: by an end of the stream or by a break of the
 * line, in turn, and in both ways around the end of each event. Both ways at every byte take twice as
 * long, five minutes, and found no more.
 */
describe.each(recordings)('$peer, $speaks', (recorded) => {
  const { text } = recorded;
  const { begun, bytes } = bytesOf(recorded);

  async function* cutFrom(from: number, to: number) {
    for (let cut = from; cut < to; cut += 1) {
      const isEdge = bytes.slice(Math.max(0, cut - 3), cut + 3).includes(newline);
      for (const breaks of isEdge ? [false, true] : [cut % 2 === 0]) {
        yield { cut, ...(await readRecorded(recorded, [bytes.slice(0, cut)], { breaks })) };
      }
    }
  }

  test('cut behind its first event: the whole text, once', async () => {
    for await (const { cut, ...read } of cutFrom(begun, bytes.length)) {
      expect({ cut, ...read }).toEqual({ cut, said: text, error: undefined, sent: 1 });
    }
  });

  test('cut within its first event: an error, and no second message', async () => {
    for await (const { cut, error, said, sent } of cutFrom(0, begun)) {
      // Until an event is whole nobody knows a task to ask for. Its empty line it may lack.
      const isWhole = cut > begun - 3 && error === undefined;
      expect({ cut, failed: error !== undefined, said, sent }).toEqual({
        cut,
        failed: !isWhole,
        said: isWhole ? text : '',
        sent: 1,
      });
    }
  });
});
