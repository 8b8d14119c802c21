import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import type { A2AProviderSettings } from '../../src/provider/a2a-provider-settings';
import { failureOf } from './failure-of';
import {
  agentCard,
  agentUrl,
  artifact,
  card03,
  cardsOfAll,
  say,
  scriptedAgent,
  sse,
  type Call,
  results,
} from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';
const bytes = 'aGVsbG8=';
const ids = { taskId: 't-1', contextId: 'c-1' };
const data = { rows: [1], kind: 'mine', data: { data: 1 } };

/** The same answer as each version writes it; Python and Go servers put a space behind the colon. */
const payloads = {
  '1.0': {
    task: (state: string, more: object = {}) => ({ task: latestTask(state, more) }),
    bareTask: latestTask,
    message: { message: { messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'Said' }] } },
    bareMessage: { messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'Said' }] },
    artifact: (text: string, append: boolean) => say.artifact('a', text, append),
    files: say.artifact('f', [
      { raw: bytes, filename: 'hello.txt', mediaType: 'text/plain' },
      { url: 'https://files.example.com/a', filename: 'a', mediaType: 'text/x' },
      { data },
    ]),
    progress: say.status('WORKING', 'Thinking'),
    status: (state: string) => say.status(state),
    asks: say.status('INPUT_REQUIRED', 'Which?'),
  },
  '0.3': {
    task: olderTask,
    bareTask: olderTask,
    message: { kind: 'message', messageId: 'm', role: 'agent', parts: [text03('Said')] },
    bareMessage: { messageId: 'm', role: 'agent', parts: [text03('Said')] },
    artifact: (text: string, append: boolean) => ({
      ...ids,
      append,
      artifact: { artifactId: 'a', parts: [text03(text)] },
      kind: 'artifact-update',
    }),
    files: {
      ...ids,
      artifact: {
        artifactId: 'f',
        parts: [
          { kind: 'file', file: { bytes, name: 'hello.txt', mimeType: 'text/plain' } },
          {
            kind: 'file',
            file: { uri: 'https://files.example.com/a', name: 'a', mimeType: 'text/x' },
          },
          { kind: 'data', data },
        ],
      },
      kind: 'artifact-update',
    },
    progress: status03('working', 'Thinking'),
    status: (state: string) => status03(state.toLowerCase()),
    asks: status03('input-required', 'Which?'),
  },
};

const writers: Record<string, (frame: unknown) => string> = {
  tight: (frame) => JSON.stringify(frame),
  spaced: (frame) => JSON.stringify(frame).replaceAll('":', '": ').replaceAll(',"', ', "'),
};
const everything = Object.entries(cardsOfAll).flatMap(([card, json]) =>
  Object.entries(payloads).flatMap(([wire, said]) =>
    Object.entries(writers).map(([written, write]) => ({
      name: `${card} card, ${wire} wire, ${written}`,
      card: json,
      said,
      write,
    })),
  ),
);

describe.each(everything)('$name', ({ card, said, write }) => {
  const isRest = JSON.stringify(card).includes('HTTP+JSON');
  const frame = (id: unknown, result: unknown) =>
    write(isRest ? result : { jsonrpc: '2.0', id, result });
  const stream =
    (...events: unknown[]) =>
    ({ id }: Call) =>
      new Response(events.map((event) => `data: ${frame(id, event)}\n\n`).join(''), {
        headers: { 'content-type': 'text/event-stream' },
      });
  const answer =
    (result: unknown) =>
    ({ id }: Call) =>
      new Response(frame(id, result));

  test('a stream of every kind of event', async () => {
    const { model } = scriptedAgent(
      stream(
        said.task('WORKING'),
        said.progress,
        { kind: 'surprise', payload: 1 },
        said.artifact('One ', false),
        said.artifact('two', true),
        said.files,
        said.status('COMPLETED'),
      ),
      { card },
    );
    const { content, finishReason } = streamText({ model, prompt });
    expect(await finishReason).toBe('stop');
    expect(shown(await content)).toEqual([
      'Thinking',
      'One two',
      ['text/plain', bytes],
      ['https://files.example.com/a', 'a', 'text/x'],
      data,
    ]);
  });

  test.each(['task', 'bareTask'] as const)('a blocking answer, a %s', async (shape) => {
    const done = said[shape]('COMPLETED', { said: ['All of ', 'it'] });
    const { model } = scriptedAgent(answer(done), { card });
    expect((await generateText({ model, prompt })).text).toBe('All of it');
    expect(await streamText({ model, prompt }).text).toBe('All of it');
  });

  test.each(['message', 'bareMessage'] as const)('a blocking answer, a %s', async (shape) => {
    const { model } = scriptedAgent(answer(said[shape]), { card });
    expect((await generateText({ model, prompt })).text).toBe('Said');
    expect(await streamText({ model, prompt }).text).toBe('Said');
  });

  test.each(['task', 'bareTask'] as const)('a task that is asked for, a %s', async (shape) => {
    const { model } = scriptedAgent(
      [
        answer(said.task('WORKING')),
        answer(said[shape]('WORKING', { said: ['All '] })),
        answer(said[shape]('COMPLETED', { said: ['All ', 'of it'] })),
      ],
      { card },
    );
    expect((await generateText({ model, prompt })).text).toBe('All of it');
  });

  test('a message answered by an update alone is a task to ask for', async () => {
    const { model } = scriptedAgent(
      [
        answer(said.artifact('All ', false)),
        answer(said.bareTask('COMPLETED', { said: ['All ', 'of it'] })),
      ],
      { card },
    );
    expect((await generateText({ model, prompt })).text).toBe('All of it');
  });

  test('a question, and a failure', async () => {
    const asking = scriptedAgent(stream(said.task('WORKING'), said.asks), { card });
    const { text, finishReason } = streamText({ model: asking.model, prompt });
    expect([await text, await finishReason]).toEqual(['Which?', 'other']);
    const failing = scriptedAgent(stream(said.task('WORKING'), said.status('FAILED')), { card });
    expect(await failureOf(failing.model, 'stream')).toMatchObject({
      name: 'AI_A2ATaskError',
      state: 'failed',
    });
  });

  test('a canceled task', async () => {
    const { model } = scriptedAgent(answer(said.task('CANCELED')), { card });
    expect(await failureOf(model)).toMatchObject({ name: 'AI_A2ATaskError', state: 'canceled' });
    const { finishReason } = await scriptedAgent(answer(said.bareTask('CANCELED')), {
      card,
    }).model.task('t-1');
    expect(finishReason.raw).toBe('canceled');
  });
});

describe('ids', () => {
  const done = say.task('COMPLETED', { artifacts: [artifact('a', 'Done')] });

  test.each([
    ['as text', (id: unknown) => ({ jsonrpc: '2.0', id: String(id) })],
    ['none', () => ({ jsonrpc: '2.0', id: null })],
    ['left out', () => ({ jsonrpc: '2.0' })],
    ['without a version', (id: unknown) => ({ id })],
  ])('%s', async (_, envelope) => {
    for (const card of [agentCard(), card03()]) {
      const { model } = scriptedAgent(
        ({ id, rpc }) => {
          const frame = { ...envelope(id), result: done };
          return /stream/i.test(rpc) ? sse([frame]) : Response.json(frame);
        },
        { card },
      );
      expect((await generateText({ model, prompt })).text).toBe('Done');
      expect(await streamText({ model, prompt }).text).toBe('Done');
    }
  });

  test('of tasks that are numbers', async () => {
    for (const card of Object.values(cardsOfAll)) {
      const { model } = scriptedAgent(
        ({ id }) =>
          Response.json({
            jsonrpc: '2.0',
            id,
            result: { id: 5, contextId: 6, status: { state: 'completed' } },
          }),
        { card },
      );
      const { providerMetadata } = await generateText({ model, prompt });
      expect(providerMetadata?.['a2a']).toMatchObject({ taskId: '5', contextId: '6' });
    }
  });
});

describe('answers that come as something else', () => {
  const events = [say.task('WORKING'), say.artifact('a', 'Done'), say.status('COMPLETED')];
  const envelope = (id: unknown) => events.map((result) => ({ jsonrpc: '2.0', id, result }));
  const asEvents = (id: unknown) =>
    envelope(id)
      .map((frame) => `data: ${JSON.stringify(frame)}\n\n`)
      .join('');
  const asLines = (id: unknown) =>
    envelope(id)
      .map((frame) => JSON.stringify(frame))
      .join('\n');
  const asOneLine = (id: unknown) => asLines(id).replaceAll('\n', '');
  const asLayout = (id: unknown) =>
    envelope(id)
      .map((frame) => JSON.stringify(frame, null, 2))
      .join('\n');

  test.each([
    ['events', 'application/json', asEvents],
    ['events', 'text/plain', asEvents],
    ['events', '', (id: unknown) => `\n\n${asEvents(id)}`],
    [
      'events that begin with a comment',
      'application/octet-stream',
      (id: unknown) => `: hi\n\n${asEvents(id)}`,
    ],
    ['JSON lines', 'text/event-stream', asLines],
    ['JSON lines', 'application/json', asLines],
    ['JSON lines', 'text/plain', asLines],
    ['JSON without lines', 'application/x-ndjson', asOneLine],
    ['JSON over lines', 'application/x-ndjson', asLayout],
  ])('%s that call themselves "%s"', async (_, type, write) => {
    const { model } = scriptedAgent(
      ({ id }) => new Response(write(id), { headers: type === '' ? {} : { 'content-type': type } }),
    );
    const { text, finishReason } = streamText({ model, prompt });
    expect([await text, await finishReason]).toEqual(['Done', 'stop']);
  });

  test.each([
    ['events', asEvents],
    ['JSON lines', asLines],
  ])('%s to a blocking message: the task in them is asked for', async (_, write) => {
    const { model, requests } = scriptedAgent([
      ({ id }) => new Response(write(id)),
      ({ id }) =>
        Response.json({
          jsonrpc: '2.0',
          id,
          result: latestTask('COMPLETED', { said: ['Done'] }),
        }),
    ]);
    expect((await generateText({ model, prompt })).text).toBe('Done');
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendMessage', 'GetTask']);
  });

  test.each(['generate', 'stream'] as const)('an error as a JSON line: %s', async (mode) => {
    const error = { code: -32603, message: 'Broke.' };
    const { model } = scriptedAgent(
      ({ id }) =>
        new Response(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`, {
          headers: { 'content-type': 'application/x-ndjson' },
        }),
    );
    expect(await failureOf(model, mode)).toMatchObject({ code: -32603, isRetryable: false });
  });
});

describe('an answer that is larger than what the A2A SDK takes', () => {
  const big = 'Grüße '.repeat(1_000_000);
  const rows = Array.from({ length: 400_000 }, (_, row) => ({ row, text: 'ü' }));

  test.each(Object.entries(cardsOfAll))('text and data of 6 MB each: %s', async (name, card) => {
    const events =
      name.startsWith('0.3') && name.endsWith('RPC')
        ? [
            {
              kind: 'artifact-update',
              ...ids,
              artifact: { artifactId: 'a', parts: [text03(big), { kind: 'data', data: { rows } }] },
            },
            status03('completed'),
          ]
        : [say.artifact('a', [{ text: big }, { data: { rows } }]), say.status('COMPLETED')];
    const { model } = scriptedAgent(
      ({ id }) =>
        sse(
          events.map((result) => (name.endsWith('RPC') ? { jsonrpc: '2.0', id, result } : result)),
        ),
      { card },
    );
    const { content } = streamText({ model, prompt });
    const [text, custom] = await content;
    expect(text).toMatchObject({ type: 'text' });
    expect(text?.type === 'text' && text.text === big).toBe(true);
    expect(shown([custom])).toEqual([{ rows }]);
  });

  test('also beside the parts', async () => {
    const { model } = scriptedAgent(
      results(say.status('WORKING', 'x', { metadata: { big } }), say.message('Done')),
    );
    expect(await streamText({ model, prompt }).text).toBe('Done');
  });
});

describe('protocol', () => {
  /** A JSON-RPC agent that knows the methods of one version. */
  const speaks = (version: '1.0' | '0.3', { streams = true } = {}) => {
    const methods = version === '1.0' ? /^(?:Send|Get|Cancel)/ : /^(?:message|tasks)\//;
    return ({ id, rpc }: Call) => {
      if (!methods.test(rpc) || (!streams && /stream/i.test(rpc))) {
        const error = { code: -32601, message: 'Method not found' };
        return Response.json({ jsonrpc: '2.0', id, error });
      }
      const task =
        version === '1.0'
          ? { task: latestTask('COMPLETED', { said: ['Done'] }) }
          : olderTask('COMPLETED', { said: ['Done'] });
      const frame = { jsonrpc: '2.0', id, result: task };
      return /stream/i.test(rpc) ? sse([frame]) : Response.json(frame);
    };
  };
  const both = async (
    settings: A2AProviderSettings & { card?: object },
    answer: ReturnType<typeof speaks>,
  ) => {
    const agent = scriptedAgent(answer, settings);
    const texts = [
      (await generateText({ model: agent.model, prompt })).text,
      await streamText({ model: agent.model, prompt }).text,
    ];
    return { texts, methods: agent.requests().map(({ rpc }) => rpc), requests: agent.requests() };
  };

  test.each([
    ['1.0', '0.3', agentCard(), ['SendMessage', 'message/send', 'message/stream']],
    ['0.3', '1.0', card03(), ['message/send', 'SendMessage', 'SendStreamingMessage']],
  ] as const)('a card of %s, an agent of %s: found out once', async (_, version, card, methods) => {
    const answered = await both({ card }, speaks(version));
    expect(answered).toMatchObject({ texts: ['Done', 'Done'], methods });
    const [declared, ...others] = answered.requests.map(({ headers }) =>
      headers.get('a2a-version'),
    );
    expect(declared).not.toBe(version);
    expect(new Set(others)).toEqual(new Set([version]));
  });

  test('an endpoint without a card', async () => {
    const agents = { mine: { endpoint: agentUrl } };
    const { a2a, requests } = scriptedAgent(speaks('0.3'), { agents });
    expect((await generateText({ model: a2a('mine'), prompt })).text).toBe('Done');
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendMessage', 'message/send']);
  });

  test('extensions are named as the version spells it', async () => {
    const { model, requests } = scriptedAgent(speaks('0.3'));
    const providerOptions = { a2a: { extensions: ['https://x.example/ext'] } };
    await generateText({ model, prompt, providerOptions });
    expect(requests().map(({ headers }) => headers.get('x-a2a-extensions'))).toEqual([
      null,
      'https://x.example/ext',
    ]);
  });

  test.each(['1.0', '0.3'] as const)('%s alone, when it is set', async (protocol) => {
    const other = protocol === '1.0' ? '0.3' : '1.0';
    for (const settings of [
      { protocol },
      { protocol: other, agents: { [agentUrl]: { url: agentUrl, protocol } } },
    ] satisfies A2AProviderSettings[]) {
      const { model, requests } = scriptedAgent(speaks(other), settings);
      expect(await failureOf(model)).toMatchObject({ code: -32601, isRetryable: false });
      expect(requests()).toHaveLength(1);
    }
  });

  test.each([agentCard(), card03()])(
    'an agent that does not stream against its card',
    async (card) => {
      const version = 'supportedInterfaces' in card ? '1.0' : '0.3';
      const { model, requests } = scriptedAgent(speaks(version, { streams: false }), { card });
      expect(await streamText({ model, prompt }).text).toBe('Done');
      const [sent, ...others] = requests().map(({ rpc }) => rpc);
      expect(sent).toMatch(/stream/i);
      expect(others.at(-1)).toMatch(/^(?:SendMessage|message\/send)$/);
    },
  );

  test('nothing is sent again once it may have been understood', async () => {
    for (const code of [-32602, -32603, -32000, -32001]) {
      const { model, requests } = scriptedAgent(({ id }) =>
        Response.json({ jsonrpc: '2.0', id, error: { code, message: 'No.' } }),
      );
      for (const mode of ['generate', 'stream'] as const) await failureOf(model, mode);
      expect(requests()).toHaveLength(2);
    }
  });
});

function latestTask(state: string, { said = [] }: { said?: string[] } = {}) {
  return {
    id: 't-1',
    contextId: 'c-1',
    status: { state: `TASK_STATE_${state}` },
    artifacts: said.length === 0 ? [] : [artifact('a', ...said)],
    history: [{ messageId: 'u', role: 'ROLE_USER', parts: [{ text: prompt }] }],
  };
}

function olderTask(state: string, { said = [] }: { said?: string[] } = {}) {
  return {
    id: 't-1',
    contextId: 'c-1',
    kind: 'task',
    status: { state: state.toLowerCase().replaceAll('_', '-') },
    artifacts: said.length === 0 ? null : [{ artifactId: 'a', parts: said.map(text03) }],
    history: [{ kind: 'message', messageId: 'u', role: 'user', parts: [text03(prompt)] }],
  };
}

function status03(state: string, words?: string) {
  const message = {
    kind: 'message',
    messageId: `m-${words}`,
    role: 'agent',
    parts: [text03(words ?? '')],
  };
  return {
    ...ids,
    kind: 'status-update',
    final: state !== 'working',
    status: { state, ...(words !== undefined && { message }) },
  };
}

function text03(text: string) {
  return { kind: 'text', text };
}

/** What of an answer tells one from another. */
function shown(content: unknown[]): unknown[] {
  return content.map((part) => {
    const json = JSON.parse(
      JSON.stringify(part, (key, value) => (key === 'uint8ArrayData' ? undefined : value)),
    );
    const { a2a } = json.providerMetadata ?? {};
    if (json.type === 'text' || json.type === 'reasoning') return json.text;
    if (json.type === 'file')
      return [json.file.mediaType, json.file.base64Data ?? json.file.base64];
    if (json.type === 'source') return [json.url, json.title, a2a.mediaType];
    return a2a.data;
  });
}
