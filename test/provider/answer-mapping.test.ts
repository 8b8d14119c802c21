import type { LanguageModelV4Content } from '@ai-sdk/provider';
import { generateText, Output, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { artifact, result, results, say, scriptedAgent, words } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';

/** What comes out of a stream of these events, block by block. */
async function streamed(...events: object[]): Promise<string[]> {
  const { model } = scriptedAgent([results(...events), result(task(events.at(-1)))]);
  const { stream } = await model.doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
  });
  const out = new Map<string, string>();
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta' || part.type === 'reasoning-delta') {
      out.set(part.id, (out.get(part.id) ?? `${part.type.split('-')[0]}: `) + part.delta);
    } else if (part.type === 'file' || part.type === 'source' || part.type === 'custom') {
      out.set(String(out.size), shown(part));
    }
  }
  return [...out.values()];
}

/** What comes out of a blocking send that returns this task. */
async function generated(whole: object): Promise<string[]> {
  const { model } = scriptedAgent(result(whole));
  const { content } = await model.doGenerate({
    prompt: [{ role: 'user', content: [{ type: 'text', text: prompt }] }],
  });
  return content.map(shown);
}

function shown(part: LanguageModelV4Content): string {
  if (part.type === 'text' || part.type === 'reasoning') return `${part.type}: ${part.text}`;
  if (part.type === 'custom') {
    return `${part.kind}: ${JSON.stringify(part.providerMetadata?.['a2a']?.['data'])}`;
  }
  if (part.type === 'file') return `file: ${part.mediaType}`;
  return part.type === 'source' && part.sourceType === 'url' ? `source: ${part.url}` : part.type;
}

function task(last: object | undefined) {
  return last !== undefined && 'task' in last ? last.task : say.task('COMPLETED').task;
}

const done = say.status('COMPLETED');

describe('artifacts of a stream', () => {
  test('appended chunks join without a separator', async () => {
    const out = await streamed(
      say.artifact('a', 'Hel'),
      say.artifact('a', 'lo', true),
      say.artifact('a', [{ text: ', ' }, { text: 'you' }], true),
      done,
    );
    expect(out).toEqual(['text: Hello, you']);
  });

  test('interleaved artifacts keep apart', async () => {
    const out = await streamed(
      say.artifact('a', 'A1 '),
      say.artifact('b', 'B1 '),
      say.artifact('a', 'A2', true),
      say.artifact('b', 'B2', true),
      done,
    );
    expect(out).toEqual(['text: A1 A2', 'text: B1 B2']);
  });

  test('an append without a beginning is one', async () => {
    expect(await streamed(say.artifact('a', 'late', true), done)).toEqual(['text: late']);
  });

  test('cumulative snapshots come out once', async () => {
    const out = await streamed(
      ...['One', 'One, two', 'One, two', 'One, two, three'].map((text) => say.artifact('a', text)),
      say.task('COMPLETED', { artifacts: [artifact('a', 'One, two', ', three')] }),
    );
    expect(out).toEqual(['text: One, two, three']);
  });

  test('a snapshot that lags behind the stream repeats nothing', async () => {
    const out = await streamed(
      say.artifact('a', 'One, two'),
      say.task('WORKING', { artifacts: [artifact('a', 'One')] }),
      say.artifact('a', ', three', true),
      say.task('COMPLETED', { artifacts: [artifact('a', 'One, two', ', three')] }),
    );
    expect(out).toEqual(['text: One, two, three']);
  });

  test('a rewritten artifact comes out in a block of its own, once', async () => {
    const out = await streamed(
      say.artifact('a', 'Draft'),
      say.artifact('a', 'Final'),
      say.artifact('a', ' text', true),
      say.task('COMPLETED', { artifacts: [artifact('a', 'Final', ' text')] }),
    );
    expect(out).toEqual(['text: Draft', 'text: Final text']);
  });

  test('chunks that are not marked as appended do not repeat in the last snapshot', async () => {
    const out = await streamed(
      say.artifact('a', 'Hello '),
      say.artifact('a', 'world'),
      say.task('COMPLETED', { artifacts: [artifact('a', 'Hello world')] }),
    );
    expect(out.join('').replaceAll('text: ', '')).toBe('Hello world');
  });

  test('the last snapshot repeats neither files nor data, and adds what is new', async () => {
    const parts = [
      { text: 'See' },
      { raw: 'aGk=', mediaType: 'image/png' },
      { url: 'https://files.example.com/a' },
      { data: { n: 1 } },
    ];
    const out = await streamed(
      say.artifact('a', parts),
      say.task('WORKING', { artifacts: [artifact('a', ...parts)] }),
      say.task('COMPLETED', {
        artifacts: [artifact('a', ...parts, { data: { n: 2 } }), artifact('b', 'More')],
      }),
    );
    expect(out).toEqual([
      'text: See',
      'file: image/png',
      'source: https://files.example.com/a',
      'a2a.data: {"n":1}',
      'a2a.data: {"n":2}',
      'text: More',
    ]);
  });

  test('a file or data in the place of another comes out, and only that', async () => {
    const draft = [{ raw: 'aGk=', mediaType: 'image/gif' }, { data: { percent: 10, of: 'all' } }];
    const final = [{ raw: 'aG8=', mediaType: 'image/png' }, { data: { of: 'all', percent: 100 } }];
    const shownOnce = [
      'file: image/gif',
      'a2a.data: {"percent":10,"of":"all"}',
      'file: image/png',
      'a2a.data: {"of":"all","percent":100}',
    ];
    const retold = [final[0] ?? {}, { data: { percent: 100, of: 'all' } }];
    const ended = say.task('COMPLETED', { artifacts: [artifact('a', ...retold)] });
    expect(await streamed(say.artifact('a', draft), say.artifact('a', final), ended)).toEqual(
      shownOnce,
    );
    const begun = say.task('WORKING', { artifacts: [artifact('a', ...draft)] });
    const going = say.task('WORKING', { artifacts: [artifact('a', ...final)] });
    expect(await streamed(begun, begun, going, ended)).toEqual(shownOnce);
  });

  test('two files in their addresses are two', async () => {
    const svg = (color: string) => ({ url: `data:image/svg+xml,<svg fill='#${color}'/>` });
    const out = await streamed(
      say.artifact('a', [svg('fff')]),
      say.artifact('a', [svg('000')]),
      done,
    );
    expect(out).toEqual(['file: image/svg+xml', 'file: image/svg+xml']);
  });

  test('two that are the same come out twice, a file whose address is signed anew once', async () => {
    const at = (signature: string) => ({ url: `https://files.example.com/a?sig=${signature}` });
    const out = await streamed(
      say.artifact('a', [{ data: 1 }, { data: 1 }, at('1')]),
      say.task('COMPLETED', { artifacts: [artifact('a', { data: 1 }, { data: 1 }, at('2'))] }),
    );
    expect(out).toEqual(['a2a.data: 1', 'a2a.data: 1', `source: ${at('1').url}`]);
  });

  test.each([['with one id', 'a'] as const, ['without ids', undefined] as const])(
    'artifacts %s keep all they hold, and come out once',
    async (_, artifactId) => {
      const png = { raw: 'aGk=', mediaType: 'image/png' };
      const pdf = { raw: 'aG8=', mediaType: 'application/pdf' };
      const artifacts = [
        { artifactId, parts: [{ text: 'One ' }, png] },
        { artifactId, parts: [{ text: 'Two' }, pdf] },
      ];
      const whole = ['text: One Two', 'file: image/png', 'file: application/pdf'];
      const completed = say.task('COMPLETED', { artifacts });
      expect(await generated(completed)).toEqual(whole);
      expect(await streamed(say.task('WORKING', { artifacts }), completed)).toEqual(whole);
    },
  );

  test('artifacts that follow each other under one id do not repeat in the last snapshot', async () => {
    const out = await streamed(
      say.artifact('a', 'One '),
      say.artifact('a', 'Two'),
      say.task('COMPLETED', { artifacts: [artifact('a', 'One '), artifact('a', 'Two')] }),
    );
    expect(out.join('').replaceAll('text: ', '')).toBe('One Two');
  });

  test('events of an unknown kind, and parts of none, are passed over', async () => {
    const out = await streamed(
      { heartbeat: { at: 1 } },
      say.artifact('a', [{ text: 'A' }, { hologram: 1 }, {}, { text: 'B' }]),
      done,
    );
    expect(out).toEqual(['text: AB']);
  });
});

// Reactive Agents writes it into each event, whatever was asked.
test('events under the constant id 1 are an answer', async () => {
  const events = [say.artifact('a', 'Hello'), done];
  const { model } = scriptedAgent(
    () =>
      new Response(
        events
          .map((event) => `data: ${JSON.stringify({ jsonrpc: '2.0', id: 1, result: event })}\n\n`)
          .join(''),
        { headers: { 'content-type': 'text/event-stream' } },
      ),
  );
  expect(await streamText({ model, prompt }).text).toBe('Hello');
});

describe('status messages', () => {
  test('are reasoning while the agent works; cumulative ones become deltas', async () => {
    const out = await streamed(
      say.status('WORKING', 'Think'),
      say.status('WORKING', 'Thinking'),
      say.status('WORKING', 'Thinking'),
      say.status('WORKING', 'Writing'),
      say.artifact('a', 'Done'),
      done,
    );
    expect(out).toEqual(['reasoning: Think', 'reasoning: ing', 'reasoning: Writing', 'text: Done']);
  });

  test('with a file or data show it once, however often the task is asked for', async () => {
    const message = { ...words('Look'), parts: [{ text: 'Look' }, { data: { percent: 10 } }] };
    const working = say.task('WORKING', {
      status: { state: 'TASK_STATE_WORKING', message },
    }).task;
    const { model, requests } = scriptedAgent([
      result({ task: working }),
      result(working),
      result(working),
      result(say.task('COMPLETED', { artifacts: [artifact('a', 'Done')] }).task),
    ]);
    const { content } = await generateText({ model, prompt });
    expect(requests()).toHaveLength(4);
    expect(content.map(({ type }) => type)).toEqual(['reasoning', 'custom', 'text']);
  });

  // Google's ADK tells of the call that waits for an answer while it works, and asks with it again.
  test.each([undefined, 'json'] as const)(
    'that are told again as the question show their data once (%s)',
    async (output) => {
      const call = { data: { id: 'adk-1', name: 'ask_the_office' } };
      const message = { messageId: 'm', role: 'ROLE_AGENT', parts: [call, { text: 'Shall I?' }] };
      const status = (state: string) => say.status(state, '', { status: { state, message } });
      const { model } = scriptedAgent(
        results(status('TASK_STATE_WORKING'), status('TASK_STATE_INPUT_REQUIRED')),
      );
      const { content, text } = streamText({
        model,
        prompt,
        ...(output === 'json' && { output: Output.json() }),
      });
      const shownData = (await content).flatMap((part) =>
        part.type === 'custom' ? (part.providerMetadata?.['a2a']?.['data'] ?? []) : [],
      );
      expect(shownData).toEqual([call.data]);
      expect(await text).toBe(output === 'json' ? JSON.stringify(call.data) : 'Shall I?');
    },
  );

  test('the last one is the answer only where nothing else is', async () => {
    const completed = say.status('COMPLETED', 'All done.');
    expect(await streamed(say.status('WORKING'), completed)).toEqual(['text: All done.']);
    expect(await streamed(say.artifact('a', 'Text'), completed)).toEqual(['text: Text']);
    expect(await streamed(say.artifact('a', [{ data: 1 }]), completed)).toEqual([
      'a2a.data: 1',
      'text: All done.',
    ]);
  });

  test('a question is always asked', async () => {
    const question = say.status('INPUT_REQUIRED', 'Which city?');
    expect(await streamed(say.artifact('a', 'So far'), question)).toEqual([
      'text: So far',
      'text: Which city?',
    ]);
    const status = { state: 'TASK_STATE_AUTH_REQUIRED', message: words('Sign in') };
    expect(
      await generated(say.task('AUTH_REQUIRED', { status, artifacts: [artifact('a', 'Text')] })),
    ).toEqual(['text: Text', 'text: Sign in']);
  });

  test('a question that was answered is not the answer', async () => {
    const out = await streamed(
      say.status('WORKING'),
      say.artifact('a', [{ data: 1 }]),
      say.status('WORKING', 'Going on'),
      done,
    );
    expect(out).toEqual(['a2a.data: 1', 'reasoning: Going on']);
  });
});

describe('answers in other places', () => {
  test('in the history alone', async () => {
    const user = { ...words('Hi'), role: 'ROLE_USER' };
    expect(
      await generated(say.task('COMPLETED', { history: [user, words('From history')] })),
    ).toEqual(['text: From history']);
    // Nobody is quoted to himself.
    expect(await generated(say.task('COMPLETED', { history: [user] }))).toEqual([
      'a2a.state: undefined',
    ]);
    expect(
      await generated(
        say.task('COMPLETED', { history: [words('x')], artifacts: [artifact('a', 'Real')] }),
      ),
    ).toEqual(['text: Real']);
  });

  test('in a message, with files and data', async () => {
    const parts = [{ text: 'A' }, { raw: 'aGk=' }, { data: [1] }, { text: 'B' }];
    const message = { message: { messageId: 'm', role: 'ROLE_AGENT', contextId: 'c', parts } };
    const all = ['text: AB', 'file: application/octet-stream', 'a2a.data: [1]'];
    expect(await generated(message)).toEqual(all);
    expect(await streamed(message)).toEqual(all);
  });

  test('nowhere', async () => {
    const { model } = scriptedAgent(result(say.task('COMPLETED')));
    await expect(generateText({ model, prompt })).resolves.toMatchObject({
      text: '',
      finishReason: 'stop',
    });
  });
});

test('a task that goes on repeats nothing of its earlier turns', async () => {
  const asking = { state: 'TASK_STATE_INPUT_REQUIRED', message: words('Which?') };
  const first = say.task('WORKING', {
    status: asking,
    artifacts: [artifact('draft', 'Once ', { data: { n: 1 } })],
  });
  const last = say.task('COMPLETED', {
    artifacts: [artifact('draft', 'Once upon', { data: { n: 1 } }), artifact('end', 'The end')],
  });
  for (const mode of ['send', 'stream']) {
    const { model } = scriptedAgent([
      result(first),
      mode === 'send' ? result(last) : results(first, say.artifact('draft', 'upon', true), last),
    ]);
    const begun = await generateText({ model, prompt });
    expect(begun.text).toBe('Once Which?');
    const messages = [...begun.response.messages, { role: 'user' as const, content: 'This' }];
    const goesOn =
      mode === 'send' ? generateText({ model, messages }) : streamText({ model, messages });
    const { content } = await goesOn;
    const parts = (await content).filter(({ type }) => type !== 'reasoning');
    expect(parts.map((part) => ('text' in part ? part.text : part.type))).toEqual([
      'upon',
      'The end',
    ]);
  }
});

describe('what the agent attached to its words', () => {
  const said = (state: string, metadata: object) => ({
    statusUpdate: {
      taskId: 't-1',
      contextId: 'c-1',
      status: { state: `TASK_STATE_${state}`, message: { ...words('So.'), metadata } },
    },
  });

  test.each(['COMPLETED', 'INPUT_REQUIRED'])(
    'comes along with the last ones: %s',
    async (state) => {
      const metadata = { price: 1, own: true };
      const whole = { ...say.task(state, { metadata: { price: 3, of: 'task' } }).task };
      const status = said(state, metadata).statusUpdate.status;
      const { model: sent } = scriptedAgent(result({ task: { ...whole, status } }));
      const { model: streamed } = scriptedAgent(
        results(
          say.task('WORKING', { metadata: { price: 3, of: 'task' } }),
          said('WORKING', { price: 2, progress: true }),
          said(state, metadata),
        ),
      );
      const expected = { ...metadata, of: 'task' };
      const generation = await generateText({ model: sent, prompt });
      expect(generation.providerMetadata?.['a2a']?.['metadata']).toEqual(expected);
      const stream = streamText({ model: streamed, prompt });
      expect((await stream.providerMetadata)?.['a2a']?.['metadata']).toEqual(expected);
    },
  );
});

describe('text that the agent marks as its thinking', () => {
  const thought = (text: string) => ({ text, metadata: { adk_thought: true } });

  test('is reasoning beside the answer', async () => {
    const parts = [thought('They ask for Oslo. '), thought('Cold.'), { text: '-3 degrees.' }];
    const whole = say.task('COMPLETED', { artifacts: [artifact('a', ...parts)] });
    const wanted = ['reasoning: They ask for Oslo. Cold.', 'text: -3 degrees.'];
    expect(await generated(whole)).toEqual(wanted);
    expect(await streamed(say.artifact('a', parts), done)).toEqual(wanted);
    expect(await streamed({ message: { ...say.message('').message, parts } })).toEqual(wanted);
  });

  test('comes out once, though a snapshot repeats it', async () => {
    const out = await streamed(
      say.artifact('a', [thought('Let me ')]),
      say.artifact('a', [thought('see.'), { text: 'It is ' }], true),
      say.artifact('a', [{ text: 'cold.' }], true),
      say.task('COMPLETED', {
        artifacts: [artifact('a', thought('Let me see.'), { text: 'It is cold.' })],
      }),
    );
    expect(out).toEqual(['reasoning: Let me ', 'reasoning: see.', 'text: It is cold.']);
  });

  test('is no part of the JSON that was asked for', async () => {
    const { model } = scriptedAgent(
      result(
        say.task('COMPLETED', {
          artifacts: [artifact('a', thought('{"draft": true}'), { text: '{"celsius": -3}' })],
        }),
      ),
    );
    const { output } = await generateText({ model, prompt, output: Output.json() });
    expect(output).toEqual({ celsius: -3 });
  });

  test('is shown though it is all there is, and needs the mark', async () => {
    const [shown] = await streamed(say.artifact('a', [thought('Hm.')]), done);
    expect(shown).toBe('reasoning: Hm.');
    const unmarked = [{ text: 'Hm.', metadata: { adk_thought: false, thought: 'no' } }];
    expect(await streamed(say.artifact('a', unmarked), done)).toEqual(['text: Hm.']);
  });
});
