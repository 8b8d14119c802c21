import { generateText, Output, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { z } from 'zod/v4';
import { artifact, resultsOrTask, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Weather?';
const city = z.object({ city: z.string(), celsius: z.number() });
const oslo = { city: 'Oslo', celsius: -3 };
const bergen = { city: 'Bergen', celsius: 4 };

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
