/**
 * Whether a long answer costs more for each event than a short one, in time and in memory.
 *
 * `LONG_EVENTS=1000000 npx tsx bench/flatness.ts`: the number of events of the long stream, 1,000,000 by default;
 * a multiple of 10,000. With `MAX_RATIO` it fails when an event of the long stream needs more than that many
 * times the CPU.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { dialects } from './dialects';
import { figure, times } from './figure';
import { cpuOf, inTurn, median, ratio } from './in-turn';
import { readByProvider } from './read-streams';
import { type Replay, replay } from './replay';

const events = Number(process.env['LONG_EVENTS'] ?? 1_000_000);
const runs = Number(process.env['RUNS'] ?? 3);
const maxRatio = Number(process.env['MAX_RATIO'] ?? Number.POSITIVE_INFINITY);
const few = 10_000;
const dialect = dialects['1.0 JSON-RPC'];
const readBytes = 65_536;
const megabytes = 1_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

await compareLengths(`CPU of an event, ${few} → ${events} events`, {
  short: [replay(dialect, { events: few + 1, readBytes, different: few }), few],
  long: [replay(dialect, { events: events + 1, readBytes, different: few }), events],
});
await measureHeap();

const chunk = (at: number) => String(at).padEnd(64, '.');
const pieces = (text: number) =>
  replay(dialect, {
    events: text / 64 + 1,
    readBytes,
    different: (5 * megabytes) / 64,
    text: chunk,
  });
await compareLengths('CPU of a byte of one text in appended 64-byte pieces, 5 MB → 50 MB', {
  short: [pieces(5 * megabytes), 5 * megabytes],
  long: [pieces(50 * megabytes), 50 * megabytes],
});
await compareLengths(
  'CPU of a byte of one event with the whole text, in 64-byte reads, 5 MB → 50 MB',
  {
    short: [oneEvent(5 * megabytes), 5 * megabytes],
    long: [oneEvent(50 * megabytes), 50 * megabytes],
  },
);

/** Microseconds for each of `count`. */
async function compareLengths(
  what: string,
  given: Record<'short' | 'long', [replay: Replay, count: number]>,
): Promise<void> {
  const cost = async ([replayed, count]: [Replay, number]) =>
    (await cpuOf(() => readByProvider(replayed))) / count;
  // A short stream is read several times, for as much work to be measured.
  const { long, short } = await inTurn(
    {
      short: async () => {
        const costs: number[] = [];
        for (let time = 0; time < 5; time++) costs.push(await cost(given.short));
        return median(costs);
      },
      long: () => cost(given.long),
    },
    { runs, warmup: 1 },
  );
  const growth = ratio(long, short);
  figure({
    what,
    measured: `${times(growth)} (${nanoseconds(short)} → ${nanoseconds(long)})`,
    target: '≤ 1.1',
  });
  if (growth <= maxRatio) return;
  console.error(`  more than ×${maxRatio}`);
  process.exitCode = 1;
}

function nanoseconds(micros: number[]): string {
  const nanos = median(micros) * 1000;
  return `${nanos.toFixed(nanos < 100 ? 1 : 0)} ns`;
}

/** The reader keeps nothing: what is left is what the provider keeps of an answer until its end. */
async function measureHeap(): Promise<void> {
  const given = replay(dialect, { events: events + 1, readBytes, different: few });
  // Once before, so that neither the bytes nor compiled code count.
  await readByProvider(replay(dialect, { events: few + 1, readBytes, different: few }));
  let kept = Number.NaN;
  let before = 0;
  const read = readByProvider(
    {
      ...given,
      async fetch(input, init) {
        const response = await given.fetch(input, init);
        collectGarbage();
        before = process.memoryUsage().heapUsed;
        return response;
      },
    },
    () => {
      collectGarbage();
      kept = process.memoryUsage().heapUsed - before;
    },
  );
  await read;
  figure({
    what: `live heap after ${events} events, against their text`,
    measured: `${times(kept / given.length)} (${(kept / megabytes).toFixed(1)} MB / ${(given.length / megabytes).toFixed(1)} MB)`,
    target: '≤ 2',
  });
}

/** A whole answer in one event, which arrives in many small reads. */
function oneEvent(bytes: number): Replay {
  return replay(dialect, {
    events: 2,
    readBytes: 64,
    text: (at) => (at === 0 ? '' : 'x'.repeat(bytes)),
  });
}
