/**
 * The CPU time of one event of `streamText`, against the bare A2A SDK client plus the AI SDK alone, which
 * streams the same deltas from a model in memory.
 */
import { simulateReadableStream, streamText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { dialects } from './dialects';
import { figure, times } from './figure';
import { cpuOf, inTurn, median, ratio } from './in-turn';
import { expectWhole, readBySdk, replayedAgent } from './read-streams';
import { reads, replay, wordAt } from './replay';

const events = Number(process.env['EVENTS'] ?? 20_000);
const runs = Number(process.env['RUNS'] ?? 5);
const length = Array.from({ length: events }, (_, at) => wordAt(at)).join('').length;

type Model = Parameters<typeof streamText>[0]['model'];

async function readByAiSdk(model: Model): Promise<void> {
  const { textStream } = streamText({ model, prompt: 'Go' });
  let read = 0;
  for await (const delta of textStream) read += delta.length;
  expectWhole(read, length);
}

const inMemory = new MockLanguageModelV4({
  doStream: async () => ({
    stream: simulateReadableStream({
      initialDelayInMs: null,
      chunkDelayInMs: null,
      chunks: [
        { type: 'stream-start' as const, warnings: [] },
        { type: 'text-start' as const, id: '1' },
        ...Array.from({ length: events }, (_, at) => ({
          type: 'text-delta' as const,
          id: '1',
          delta: wordAt(at),
        })),
        { type: 'text-end' as const, id: '1' },
        {
          type: 'finish' as const,
          finishReason: { unified: 'stop' as const, raw: undefined },
          usage: {
            inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
            outputTokens: { total: 0, text: 0, reasoning: 0 },
          },
        },
      ],
    }),
  }),
});

for (const [how, readBytes] of Object.entries(reads)) {
  const given = replay(dialects['1.0 JSON-RPC'], { events, readBytes });
  const perEvent = async (work: () => Promise<void>) => (await cpuOf(work)) / events;
  const { memory, provider, sdk } = await inTurn(
    {
      sdk: () => perEvent(() => readBySdk(given)),
      memory: () => perEvent(() => readByAiSdk(inMemory)),
      provider: () => perEvent(() => readByAiSdk(replayedAgent(given))),
    },
    { runs },
  );
  const ceiling = sdk.map((one, at) => one + (memory[at] ?? Number.NaN));
  figure({
    what: `CPU of an event of \`streamText\`, 1.0 JSON-RPC, ${how}, against the SDK's client + the AI SDK alone`,
    measured: `${times(ratio(provider, ceiling))} (${median(provider).toFixed(1)} µs / ${median(ceiling).toFixed(1)} µs)`,
    target: readBytes > 0 ? '≤ 0.3' : '≤ 1.0',
  });
}
