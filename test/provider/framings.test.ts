import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { EventReader } from '../../src/provider/client/read-stream';
import { RequestClock } from '../../src/provider/client/request-clock';
import { OpenAnswer } from '../../src/provider/client/send-request';
import { agentCard, artifact, card03, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';
const said = 'Zwölf Boxkämpfer: 十二 🥊👩‍👩‍👧 \u2028 "q" \\ \t…';

/** What each dialect sends for the same answer, in JSON-RPC's envelopes or without. */
const dialects: Record<string, { card: object; frames: object[] }> = {
  '1.0 JSON-RPC': { card: agentCard(), frames: rpc(events10()) },
  '1.0 HTTP+JSON': { card: agentCard({ protocolBinding: 'HTTP+JSON' }), frames: events10() },
  '0.3 JSON-RPC': { card: card03(), frames: rpc(events03()) },
  '0.3 HTTP+JSON': { card: card03({ preferredTransport: 'HTTP+JSON' }), frames: events10() },
};

const json = (frame: object) => JSON.stringify(frame);
const pretty = (frame: object, newline: string) =>
  JSON.stringify(frame, null, 2).replaceAll('\n', newline);
const multiline = (frame: object, newline: string) =>
  pretty(frame, '\n')
    .split('\n')
    .map((line) => `data: ${line}${newline}`)
    .join('') + newline;

const sseType = 'text/event-stream';
const framings: Record<string, { type: string; write: (frames: object[]) => string }> = {
  'plain events': { type: sseType, write: (f) => f.map((x) => `data: ${json(x)}\n\n`).join('') },
  'no space after the colon': {
    type: sseType,
    write: (f) => f.map((x) => `data:${json(x)}\n\n`).join(''),
  },
  CRLF: { type: sseType, write: (f) => f.map((x) => `data: ${json(x)}\r\n\r\n`).join('') },
  CR: { type: sseType, write: (f) => f.map((x) => `data: ${json(x)}\r\r`).join('') },
  'comments and other fields': {
    type: `${sseType}; charset=utf-8`,
    write: (f) =>
      `: ping\n\n${f.map((x, i) => `: ping\nid: ${i}\nevent: message\nretry: 5\ndata: ${json(x)}\n\n:\n\n`).join('')}`,
  },
  'events of other names': {
    type: sseType,
    write: (f) =>
      f
        .map(
          (x) => `event: ping\ndata: 12:00\n\nevent: heartbeat\ndata: null\n\ndata: ${json(x)}\n\n`,
        )
        .join('') + 'event: close\ndata: close\n\n',
  },
  '[DONE]': {
    type: sseType,
    write: (f) => `${f.map((x) => `data: ${json(x)}\n\n`).join('')}data: [DONE]\n\n`,
  },
  'empty data': {
    type: sseType,
    write: (f) => f.map((x) => `data:\n\ndata: ${json(x)}\n\n`).join(''),
  },
  'data over several lines': {
    type: sseType,
    write: (f) => f.map((x) => multiline(x, '\n')).join(''),
  },
  'data over several CRLF lines': {
    type: sseType,
    write: (f) => f.map((x) => multiline(x, '\r\n')).join(''),
  },
  'a byte order mark': {
    type: sseType,
    write: (f) => `\uFEFF${f.map((x) => `data: ${json(x)}\n\n`).join('')}`,
  },
  'no end of the last event': {
    type: sseType,
    write: (f) => f.map((x) => `data: ${json(x)}`).join('\n\n'),
  },
  'another spelling of the type': {
    type: 'Text/Event-Stream;charset=UTF-8',
    write: (f) => f.map((x) => `data: ${json(x)}\n\n`).join(''),
  },
  NDJSON: { type: 'application/x-ndjson', write: (f) => f.map((x) => `${json(x)}\n`).join('') },
  'NDJSON with CRLF, blank lines and no end': {
    type: 'application/ndjson; charset=utf-8',
    write: (f) => `\r\n${f.map(json).join('\r\n\r\n')}`,
  },
  'JSON lines': { type: 'application/jsonl', write: (f) => f.map((x) => `${json(x)}\n`).join('') },
  'JSON lines that end with [DONE]': {
    type: 'application/x-ndjson',
    write: (f) => `${f.map((x) => `${json(x)}\n`).join('')}[DONE]\n`,
  },
};

describe.each(Object.entries(dialects))('%s', (_, { card, frames }) => {
  test.each(Object.entries(framings))('%s', async (_name, { type, write }) => {
    expect(await textOf(card, type, [write(frames)])).toBe(said);
  });

  test('split at every byte', async () => {
    const bytes = new TextEncoder().encode(framings['comments and other fields']?.write(frames));
    const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
    expect(await textOf(card, sseType, chunks)).toBe(said);
  });

  test('one JSON object to a streaming call', async () => {
    const [frame] = frames.slice(-1);
    for (const body of [
      json(frame ?? {}),
      pretty(frame ?? {}, '\n'),
      pretty(frame ?? {}, '\r\n'),
    ]) {
      expect(await textOf(card, 'application/json', [` ${body}\n`])).toBe(said);
    }
  });
});

test('every place to split a recorded stream in two', async () => {
  const { card, frames } = dialects['1.0 JSON-RPC'] ?? {};
  if (card === undefined || frames === undefined) throw new Error('none');
  const text = framings['data over several CRLF lines']?.write(frames);
  const bytes = new TextEncoder().encode(text);
  const whole = await normalized([bytes]);
  for (let at = 1; at < bytes.length; at++) {
    expect(await normalized([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  }
});

describe('an error after events', () => {
  const error = { jsonrpc: '2.0', id: null, error: { code: -32603, message: 'Broke.' } };

  test.each(['in one chunk', 'in chunks of their own', 'in a stream that stays open'])(
    '%s: the events come out first',
    async (how) => {
      const events = [...rpc([say.task('WORKING'), say.artifact('a', 'Half')]), error];
      const encoder = new TextEncoder();
      const chunks = events.map((event) => encoder.encode(`data: ${json(event)}\n\n`));
      const { model } = scriptedAgent(() => {
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            if (how === 'in one chunk')
              controller.enqueue(
                encoder.encode(chunks.map((c) => new TextDecoder().decode(c)).join('')),
              );
            else for (const chunk of chunks) controller.enqueue(chunk);
            if (how !== 'in a stream that stays open') controller.close();
          },
        });
        return new Response(body, { headers: { 'content-type': sseType } });
      });
      const seen: string[] = [];
      let thrown: unknown;
      const { fullStream } = streamText({ model, prompt, onError: () => {} });
      for await (const part of fullStream) {
        if (part.type === 'text-delta') seen.push(part.text);
        if (part.type === 'error') thrown = part.error;
      }
      expect(seen).toEqual(['Half']);
      expect(thrown).toMatchObject({ code: -32603, message: expect.stringContaining('Broke.') });
    },
  );
});

test('an agent that does not stream is asked once, and its answer streams', async () => {
  const card = agentCard({}, { capabilities: { streaming: false } });
  const { model, requests } = scriptedAgent(
    ({ id }) => Response.json({ jsonrpc: '2.0', id, result: say.message(said) }),
    { card },
  );
  const { text } = streamText({ model, prompt });
  expect(await text).toBe(said);
  expect(requests().map(({ rpc: method }) => method)).toEqual(['SendMessage']);
});

test('JSON with white space around it, to a blocking call', async () => {
  const { model } = scriptedAgent(
    ({ id }) =>
      new Response(
        `\uFEFF \n${pretty({ jsonrpc: '2.0', id, result: say.message(said) }, '\r\n')} `,
      ),
  );
  const { text } = await generateText({ model, prompt });
  expect(text).toBe(said);
});

async function textOf(
  card: object,
  type: string,
  chunks: (string | Uint8Array)[],
): Promise<string> {
  const { model } = scriptedAgent(
    () => new Response(streamOf(chunks), { headers: { 'content-type': type } }),
    { card },
  );
  let thrown: unknown;
  const { text } = streamText({
    model,
    prompt,
    maxRetries: 0,
    onError: ({ error }) => {
      thrown = error;
    },
  });
  const all = await Promise.resolve(text).catch((error: unknown) => error);
  if (thrown !== undefined) throw thrown;
  return String(all);
}

async function normalized(chunks: Uint8Array[]): Promise<unknown[]> {
  const facts = { agent: '', url: '', headers: new Headers(), secrets: () => [] };
  const clock = new RequestClock({
    asks: 'stream',
    timeouts: {},
    signal: undefined,
    agent: '',
    url: '',
  });
  const response = new Response(streamOf(chunks), { headers: { 'content-type': sseType } });
  const answer = new OpenAnswer({ ...facts, response, clock }, {});
  const events: unknown[] = [];
  const reader = new EventReader(answer, { id: '1', wrapsData: false });
  for await (const some of reader) events.push(...some);
  return events;
}

function streamOf(chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      }
      controller.close();
    },
  });
}

function rpc(events: object[]): object[] {
  return events.map((result) => ({ jsonrpc: '2.0', id: null, result }));
}

function events10(): object[] {
  const half = said.length / 2;
  return [
    say.task('WORKING'),
    say.artifact('a', said.slice(0, half)),
    say.artifact('a', said.slice(half), true),
    say.task('COMPLETED', { artifacts: [artifact('a', said)] }),
  ];
}

function events03(): object[] {
  const ids = { taskId: 't-1', contextId: 'c-1' };
  const part = (text: string) => ({ artifactId: 'a', parts: [{ kind: 'text', text }] });
  const half = said.length / 2;
  return [
    { kind: 'task', id: 't-1', contextId: 'c-1', status: { state: 'working' } },
    { kind: 'artifact-update', ...ids, artifact: part(said.slice(0, half)) },
    { kind: 'artifact-update', ...ids, artifact: part(said.slice(half)), append: true },
    {
      kind: 'task',
      id: 't-1',
      contextId: 'c-1',
      status: { state: 'completed' },
      artifacts: [part(said)],
    },
  ];
}
