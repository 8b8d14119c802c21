import { generateText, Output, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/v4';
import { artifact, resultsOneByOne, resultsOrTask, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Weather?';
const city = z.object({ city: z.string(), celsius: z.number() });
const oslo = { city: 'Oslo', celsius: -3 };
const bergen = { city: 'Bergen', celsius: 4 };

const json = JSON.stringify(oslo);
const done = say.status('COMPLETED');

/** What the agent streams, and what it answers when it is asked for all at once. */
const answers: Record<string, { events: object[]; artifacts: object[] }> = {
  data: {
    events: [say.artifact('a', [{ data: oslo }]), done],
    artifacts: [artifact('a', { data: oslo })],
  },
  'data among prose': {
    events: [
      say.artifact('p', 'Here you '),
      say.artifact('p', 'are:', true),
      say.artifact('a', [{ text: 'Oslo: ' }, { data: oslo }, { text: '!' }]),
      say.artifact('q', 'Anything else?'),
      done,
    ],
    artifacts: [
      artifact('p', 'Here you ', 'are:'),
      artifact('a', 'Oslo: ', { data: oslo }, '!'),
      artifact('q', 'Anything else?'),
    ],
  },
  'data that was corrected': {
    events: [
      say.artifact('a', [{ data: { ...oslo, celsius: 30 } }]),
      say.artifact('a', [{ data: oslo }]),
      say.task('COMPLETED', { artifacts: [artifact('a', { data: oslo })] }),
    ],
    artifacts: [artifact('a', { data: oslo })],
  },
  'data after progress that has data, too': {
    events: [
      {
        statusUpdate: {
          taskId: 't-1',
          contextId: 'c-1',
          status: {
            state: 'TASK_STATE_WORKING',
            message: { messageId: 'm', role: 'ROLE_AGENT', parts: [{ data: { percent: 50 } }] },
          },
        },
      },
      say.artifact('a', [{ data: oslo }]),
      done,
    ],
    artifacts: [artifact('a', { data: oslo })],
  },
  'data and the same as text': {
    events: [say.artifact('a', [{ text: JSON.stringify(oslo) }, { data: oslo }]), done],
    artifacts: [artifact('a', JSON.stringify(oslo), { data: oslo })],
  },
  'data and a last word': {
    events: [say.artifact('a', [{ data: oslo }]), say.status('COMPLETED', 'That was easy.')],
    artifacts: [artifact('a', { data: oslo })],
  },
  'data that is none of it, and JSON as text': {
    events: [say.artifact('log', [{ data: { steps: 3 } }]), say.artifact('a', json), done],
    artifacts: [artifact('log', { data: { steps: 3 } }), artifact('a', json)],
  },
  'a list of one': {
    events: [say.artifact('a', [{ data: [oslo] }]), done],
    artifacts: [artifact('a', { data: [oslo] })],
  },
  'a fence': {
    events: [
      say.artifact('a', '```js'),
      say.artifact('a', 'on\n{"city":"Oslo","cel', true),
      say.artifact('a', 'sius":-3}\n`', true),
      say.artifact('a', '``\n', true),
      done,
    ],
    artifacts: [artifact('a', '```json\n', json, '\n```\n')],
  },
  'a fence among prose': {
    events: [
      say.artifact('a', 'Here {you} are [1]:\n```'),
      say.artifact('a', `json\n${json}\n\`\`\`\nAnything else?`, true),
      done,
    ],
    artifacts: [artifact('a', 'Here {you} are [1]:\n```json\n', json, '\n```\nAnything else?')],
  },
  'JSON among prose': {
    events: [
      say.artifact('a', 'As {you} asked [1]: '),
      say.artifact('a', `${json}. Bye!`, true),
      done,
    ],
    artifacts: [artifact('a', 'As {you} asked [1]: ', `${json}. Bye!`)],
  },
  'JSON, and prose after it': {
    events: [say.artifact('a', `${json}\n\nAnything`), say.artifact('a', ' else?', true), done],
    artifacts: [artifact('a', `${json}\n\nAnything else?`)],
  },
  'JSON between artifacts of prose': {
    events: [
      say.artifact('p', '{curly} prose'),
      say.artifact('a', json),
      say.artifact('q', 'Anything else?'),
      done,
    ],
    artifacts: [
      artifact('p', '{curly} prose'),
      artifact('a', json),
      artifact('q', 'Anything else?'),
    ],
  },
  'other JSON first': {
    events: [say.artifact('p', '{"plan":["look"]}'), say.artifact('a', json), done],
    artifacts: [artifact('p', '{"plan":["look"]}'), artifact('a', json)],
  },
  'JSON twice': {
    events: [say.artifact('a', json), say.artifact('b', json), done],
    artifacts: [artifact('a', json), artifact('b', json)],
  },
  'JSON in its last word': {
    events: [say.status('COMPLETED', `Done: ${json}`)],
    artifacts: [artifact('a', `Done: ${json}`)],
  },
  'JSON as text, in pieces': {
    events: [
      say.artifact('a', '\n{"city":"Os'),
      say.artifact('a', 'lo","celsius"', true),
      say.artifact('a', ':-3}', true),
      done,
    ],
    artifacts: [artifact('a', '\n{"city":"Os', 'lo","celsius"', ':-3}')],
  },
};

describe.each(Object.entries(answers))('an agent that answers %s', (_, { events, artifacts }) => {
  const agent = () => scriptedAgent(resultsOrTask(events, say.task('COMPLETED', { artifacts })));

  test('generateText', async () => {
    const { model, requests } = agent();
    const result = await generateText({ model, prompt, output: Output.object({ schema: city }) });
    expect(result.output).toEqual(oslo);
    const { params } = JSON.parse(requests()[0]?.body ?? '');
    expect(params.configuration.acceptedOutputModes).toEqual(['application/json', 'text/plain']);
  });

  test('streamText', async () => {
    const { model } = agent();
    const result = streamText({ model, prompt, output: Output.object({ schema: city }) });
    await expect(result.output).resolves.toEqual(oslo);
  });
});

describe.each(['generate', 'stream'])('%s', (mode) => {
  const ask = (artifacts: object[], output: Parameters<typeof generateText>[0]['output']) => {
    const whole = say.task('COMPLETED', { artifacts });
    const { model } = scriptedAgent(resultsOrTask([whole], whole));
    return mode === 'generate'
      ? generateText({ model, prompt, ...(output !== undefined && { output }) })
      : streamText({ model, prompt, onError() {}, ...(output !== undefined && { output }) });
  };

  test('Output.array', async () => {
    const data = { elements: [oslo, bergen] };
    const output = Output.array({ element: city });
    const { output: found } = await ask([artifact('a', { data })], output);
    expect(await found).toEqual([oslo, bergen]);
  });

  const lists: Record<string, (object | string)[]> = {
    'a bare list as data': [{ data: [oslo, bergen] }],
    'a part for each': [{ data: oslo }, { data: bergen }],
    'elements as text': [JSON.stringify({ elements: [oslo, bergen] })],
    'a bare list as text': [JSON.stringify([oslo, bergen])],
    'a bare list in a fence': ['```json\n', JSON.stringify([oslo, bergen], null, 2), '\n```'],
    'a bare list among prose': ['Both [1]: ', JSON.stringify([oslo, bergen]), ' Bye!'],
    'a line for each': [`${JSON.stringify(oslo)}\n`, JSON.stringify(bergen)],
  };
  test.each(Object.entries(lists))('Output.array of %s', async (_, parts) => {
    const { output } = await ask([artifact('a', ...parts)], Output.array({ element: city }));
    expect(await output).toEqual([oslo, bergen]);
  });

  test('Output.array of none, of one, of numbers', async () => {
    const found = async (part: object | string, element: z.ZodType) =>
      (await ask([artifact('a', part)], Output.array({ element }))).output;
    expect(await found({ data: [] }, city)).toEqual([]);
    expect(await found('[]', city)).toEqual([]);
    expect(await found({ data: oslo }, city)).toEqual([oslo]);
    expect(await found(`It is ${JSON.stringify(oslo)}.`, city)).toEqual([oslo]);
    expect(await found('[1, 2, 3]', z.number())).toEqual([1, 2, 3]);
  });

  const choices: Record<string, object | string> = {
    'an object as data': { data: { result: 'rain' } },
    'a word as data': { data: 'rain' },
    'an object of another name': { data: { weather: 'rain', why: 'clouds' } },
    'an object as text': '{"result": "rain"}',
    'a string as text': '"rain"',
    'a word': ' rain\n',
    'a word with marks': '**rain**.',
    'a word as a sentence': 'Rain.',
    'a word in capitals as data': { data: { weather: 'RAIN' } },
    'a fence': '```json\n{"result":"rain"}\n```',
    'prose around it': 'No {sun}: {"result":"rain"} it is.',
  };
  test.each(Object.entries(choices))('Output.choice of %s', async (_, part) => {
    const output = Output.choice({ options: ['sun', 'rain'] });
    const { output: found } = await ask([artifact('a', part)], output);
    expect(await found).toBe('rain');
  });

  test('no choice is guessed', async () => {
    const output = Output.choice({ options: ['sun', 'rain'] });
    const asked = Promise.resolve(ask([artifact('a', 'There will be no rain.')], output));
    await expect(asked.then(({ output: found }) => found)).rejects.toMatchObject({
      name: 'AI_NoObjectGeneratedError',
      text: 'There will be no rain.',
    });
  });

  test('Output.json of a list, of several parts, of a plain value', async () => {
    const found = async (...parts: object[]) =>
      (await ask([artifact('a', ...parts)], Output.json())).output;
    expect(await found({ data: [oslo, bergen] })).toEqual([oslo, bergen]);
    expect(await found({ data: oslo }, { data: bergen })).toEqual([oslo, bergen]);
    expect(await found({ data: 7 })).toBe(7);
    expect(await found({ data: false })).toBe(false);
    expect(await found({ data: '' })).toBe('');
  });

  test('prose where JSON was asked for is still the text', async () => {
    const asked = Promise.resolve(ask([artifact('a', 'I do not know.')], Output.json()));
    await expect(asked.then(({ output }) => output)).rejects.toMatchObject({
      name: 'AI_NoObjectGeneratedError',
      text: 'I do not know.',
    });
  });

  test('data nobody asked to have as JSON is custom content', async () => {
    const { content, text } = await ask([artifact('a', 'See: ', { data: oslo })], undefined);
    expect(await text).toBe('See: ');
    const custom = (await content).find(({ type }) => type === 'custom');
    expect(custom).toMatchObject({ kind: 'a2a.data', providerMetadata: { a2a: { data: oslo } } });
  });
});

test('what was said around the data is not lost', async () => {
  const whole = say.task('COMPLETED', { artifacts: [artifact('a', 'About: ', { data: oslo })] });
  const { model } = scriptedAgent(resultsOrTask([whole], whole));
  const { text, reasoningText } = await generateText({ model, prompt, output: Output.json() });
  expect(JSON.parse(text)).toEqual(oslo);
  expect(reasoningText).toBe('About: ');
});

test('what was said around JSON text is not lost', async () => {
  const said = `About:\n\`\`\`json\n${json}\n\`\`\`\nBye!`;
  const { model } = scriptedAgent(
    resultsOrTask([], say.task('COMPLETED', { artifacts: [artifact('a', said)] })),
  );
  const { text, reasoningText } = await generateText({ model, prompt, output: Output.json() });
  expect(text).toBe(json);
  expect(reasoningText).toBe('About:\n\nBye!');
});

describe('while it streams', () => {
  async function partials(pieces: string[], output: Parameters<typeof streamText>[0]['output']) {
    const events = pieces.map((piece, index) => say.artifact('a', piece, index > 0));
    const { model } = scriptedAgent(resultsOneByOne(...events, done));
    const result = streamText({ model, prompt, ...(output !== undefined && { output }) });
    const seen: unknown[] = [];
    for await (const partial of result.partialOutputStream) seen.push(partial);
    return seen;
  }

  test('fenced JSON is seen as it comes', async () => {
    const pieces = ['```json\n{"city":"Oslo",', '"celsius":-3}', '\n```'];
    expect(await partials(pieces, Output.object({ schema: city }))).toEqual([
      { city: 'Oslo' },
      oslo,
    ]);
  });

  test('and so are the elements of a bare list', async () => {
    const pieces = [`[${json},`, JSON.stringify(bergen), ']', ' Bye!'];
    expect(await partials(pieces, Output.array({ element: city }))).toEqual([
      [],
      [oslo],
      [oslo, bergen],
    ]);
  });
});
