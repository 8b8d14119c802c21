import { type Dialect, dialects } from './dialects';
import { figure, times } from './figure';
import { cpuOf, inTurn, median, ratio } from './in-turn';
import { readByProvider, readBySdk } from './read-streams';
import { reads, replay } from './replay';

/**
 * The CPU time of one streamed event, against the bare A2A SDK client. Events differ in their text, name
 * and metadata. The bytes are replayed from memory.
 *
 * `EVENTS=20000 RUNS=7 npx tsx bench/events.ts [part of a dialect's name]`; with `MAX_RATIO` it fails when
 * the provider needs more than that many times the CPU of the SDK's client.
 */
const events = Number(process.env['EVENTS'] ?? 20_000);
const runs = Number(process.env['RUNS'] ?? 7);
const maxRatio = Number(process.env['MAX_RATIO'] ?? Number.POSITIVE_INFINITY);
const [, , only = ''] = process.argv;

for (const [name, dialect] of Object.entries<Dialect>(dialects)) {
  for (const [how, readBytes] of Object.entries(reads)) {
    if (!`${name}, ${how}`.includes(only)) continue;
    const given = replay(dialect, { events, readBytes });
    const { provider, sdk } = await inTurn(
      {
        sdk: async () => (await cpuOf(() => readBySdk(given))) / events,
        provider: async () => (await cpuOf(() => readByProvider(given))) / events,
      },
      { runs },
    );
    const against = ratio(provider, sdk);
    figure({
      what: `CPU of a streamed event, ${name}, ${how}, against the SDK's client`,
      measured: `${times(against)} (${median(provider).toFixed(1)} µs / ${median(sdk).toFixed(1)} µs)`,
      target: '≤ 1.0',
    });
    if (against <= maxRatio) continue;
    console.error(`  more than ×${maxRatio}`);
    process.exitCode = 1;
  }
}
