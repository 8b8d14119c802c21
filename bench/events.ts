import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';
import { simulateReadableStream, streamText } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { createA2A } from '../src/index';

/**
 * The CPU time of one streamed event, against the bare A2A SDK client. Events differ in their text, name
 * and metadata. The bytes are replayed from memory: a server would be slower than any client.
 *
 * `EVENTS=20000 RUNS=7 npx tsx bench/events.ts [part of a dialect's name]`; with `MAX_RATIO` it fails when
 * the provider needs more than that many times the CPU of the SDK's client. `STREAM_TEXT=1` measures
 * `streamText`, too.
 */
const events = Number(process.env['EVENTS'] ?? 20_000);
const runs = Number(process.env['RUNS'] ?? 7);
const maxRatio = Number(process.env['MAX_RATIO'] ?? Number.POSITIVE_INFINITY);
const [, , only = ''] = process.argv;
const url = 'https://agent.example.com/';

interface Dialect {
  card: object;
  frame: (result: object, id: unknown) => string;
  task: object;
  artifact: (at: number) => object;
  done: object;
}

const ids = (at: number) => ({
  taskId: 't',
  contextId: 'c',
  metadata: { at, by: `worker ${at % 7}` },
});
const capabilities = { streaming: true, extensions: [] };
const card03 = {
  name: 'Bench',
  description: '',
  version: '1',
  protocolVersion: '0.3.0',
  url,
  capabilities,
  defaultInputModes: [],
  defaultOutputModes: [],
  skills: [],
};
const enveloped = (result: object, id: unknown) => JSON.stringify({ jsonrpc: '2.0', id, result });

const dialects: Record<string, Dialect> = {
  '1.0 JSON-RPC': {
    card: {
      name: 'Bench',
      supportedInterfaces: [
        { url, protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' },
      ],
      capabilities,
      skills: [],
    },
    frame: enveloped,
    task: { task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' } } },
    artifact: (at) => ({
      artifactUpdate: {
        ...ids(at),
        append: at > 0,
        lastChunk: false,
        artifact: { artifactId: 'a', name: `Part ${at}`, parts: [{ text: `word ${at} ` }] },
      },
    }),
    done: {
      statusUpdate: { taskId: 't', contextId: 'c', status: { state: 'TASK_STATE_COMPLETED' } },
    },
  },
  '0.3 JSON-RPC': {
    card: { ...card03, preferredTransport: 'JSONRPC' },
    frame: enveloped,
    task: { kind: 'task', id: 't', contextId: 'c', status: { state: 'working' } },
    artifact: (at) => ({
      kind: 'artifact-update',
      ...ids(at),
      append: at > 0,
      lastChunk: false,
      artifact: {
        artifactId: 'a',
        name: `Part ${at}`,
        parts: [{ kind: 'text', text: `word ${at} ` }],
      },
    }),
    done: {
      kind: 'status-update',
      taskId: 't',
      contextId: 'c',
      status: { state: 'completed' },
      final: true,
    },
  },
  '0.3 HTTP+JSON': {
    card: { ...card03, preferredTransport: 'HTTP+JSON' },
    frame: (result) => JSON.stringify(result),
    task: { task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' } } },
    artifact: (at) => ({
      artifactUpdate: {
        ...ids(at),
        append: at > 0,
        artifact: { artifactId: 'a', name: `Part ${at}`, parts: [{ text: `word ${at} ` }] },
      },
    }),
    done: {
      statusUpdate: {
        taskId: 't',
        contextId: 'c',
        status: { state: 'TASK_STATE_COMPLETED' },
        final: true,
      },
    },
  },
};

/** How much a network read brings. */
const reads = { 'one event a read': 0, '64 KB a read': 65_536 };

const said = Array.from({ length: events }, (_, at) => `word ${at} `);
const length = said.join('').length;

function replay({ artifact, card, done, frame, task }: Dialect, readBytes: number): typeof fetch {
  const encoder = new TextEncoder();
  const chunksFor = (id: unknown): Uint8Array[] => {
    const all = [task, ...said.map((_, at) => artifact(at)), done];
    const texts = all.map((result) => `data: ${frame(result, id)}\n\n`);
    if (readBytes === 0) return texts.map((text) => encoder.encode(text));
    const bytes = encoder.encode(texts.join(''));
    const count = Math.ceil(bytes.length / readBytes);
    return Array.from({ length: count }, (_, at) =>
      bytes.slice(at * readBytes, (at + 1) * readBytes),
    );
  };
  const known = new Map<unknown, Uint8Array[]>();
  return async (_, init) => {
    if (init?.method !== 'POST') return Response.json(card);
    const id: unknown = JSON.parse(String(init.body)).id;
    const chunks = known.get(id) ?? chunksFor(id);
    known.set(id, chunks);
    let at = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks[at++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(chunk);
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}

const sdkMessage = {
  tenant: '',
  message: {
    messageId: 'm',
    contextId: '',
    taskId: '',
    role: 1,
    parts: [],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  },
  configuration: undefined,
  metadata: undefined,
};

async function readBySdk(fetchImpl: typeof fetch): Promise<number> {
  const options = { fetchImpl, legacyCompat: { enabled: true } };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(options), new RestTransportFactory(options)],
    cardResolver: new DefaultAgentCardResolver(options),
  });
  const client = await factory.createFromUrl(url);
  let read = 0;
  for await (const { payload } of client.sendMessageStream(sdkMessage)) {
    if (payload?.$case !== 'artifactUpdate') continue;
    const [part] = payload.value.artifact?.parts ?? [];
    if (part?.content?.$case === 'text') read += part.content.value.length;
  }
  return read;
}

let count = 0;
const generateId = () => `${count++ % 2}`;

async function readByProvider(given: typeof fetch): Promise<number> {
  const { stream } = await createA2A({ fetch: given, generateId })(url).doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }],
  });
  let read = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return read;
    if (value.type === 'text-delta') read += value.delta.length;
  }
}

type Model = Parameters<typeof streamText>[0]['model'];

async function readByAiSdk(model: Model): Promise<number> {
  const { textStream } = streamText({ model, prompt: 'Go' });
  let read = 0;
  for await (const delta of textStream) read += delta.length;
  return read;
}

const inMemory = new MockLanguageModelV4({
  doStream: async () => ({
    stream: simulateReadableStream({
      initialDelayInMs: null,
      chunkDelayInMs: null,
      chunks: [
        { type: 'stream-start' as const, warnings: [] },
        { type: 'text-start' as const, id: '1' },
        ...said.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
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

/** Microseconds of CPU for one event. */
async function cost(way: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage();
  const read = await way();
  const { system, user } = process.cpuUsage(before);
  if (read !== length) throw new Error(`incomplete: ${read} of ${length}`);
  return (system + user) / events;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

for (const [name, dialect] of Object.entries(dialects)) {
  for (const [how, readBytes] of Object.entries(reads)) {
    if (!`${name}, ${how}`.includes(only)) continue;
    const given = replay(dialect, readBytes);
    const ways = {
      sdk: () => readBySdk(given),
      provider: () => readByProvider(given),
      ...(process.env['STREAM_TEXT'] !== undefined && {
        memory: () => readByAiSdk(inMemory),
        streamText: () => readByAiSdk(createA2A({ fetch: given, generateId })(url)),
      }),
    };
    const costs = new Map<string, number[]>();
    for (let run = -2; run < runs; run++) {
      for (const [way, measured] of Object.entries(ways)) {
        const micros = await cost(measured);
        if (run >= 0) costs.set(way, [...(costs.get(way) ?? []), micros]);
      }
    }
    const [sdk = [], , memory] = costs.values();
    console.log(`${name}, ${how}`);
    for (const [way, micros] of costs) {
      const base = sdk.map((one, at) => one + (way === 'streamText' ? (memory?.[at] ?? 0) : 0));
      const ratio = median(micros.map((one, at) => one / (base[at] ?? Number.NaN)));
      console.log(
        `  ${way.padEnd(12)}${median(micros).toFixed(2).padStart(8)} µs  ×${ratio.toFixed(2)}`,
      );
      if (way !== 'provider' || ratio <= maxRatio) continue;
      console.error(`  more than ×${maxRatio}`);
      process.exitCode = 1;
    }
  }
}
