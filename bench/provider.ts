/** A whole stream, from bytes to text, against the bare A2A SDK client: the latency that `events.ts` adds up to. */
import { dialects } from './dialects';
import { figure, times } from './figure';
import { inTurn, median, ratio, timeOf } from './in-turn';
import { readByProvider, readBySdk } from './read-streams';
import { replay } from './replay';

const events = 2000;
const runs = Number(process.env['RUNS'] ?? 60);
const given = replay(dialects['1.0 JSON-RPC'], { events, readBytes: 0 });
const { own, sdk } = await inTurn(
  { sdk: () => timeOf(() => readBySdk(given)), own: () => timeOf(() => readByProvider(given)) },
  { runs, warmup: 20 },
);
figure({
  what: `a stream of ${events} events, from bytes to text, against the SDK's client`,
  measured: `${times(ratio(own, sdk))} (${median(own).toFixed(1)} ms / ${median(sdk).toFixed(1)} ms)`,
  target: '≤ 1.0',
});
