import type { LanguageModelV4FilePart, LanguageModelV4Prompt } from '@ai-sdk/provider';
import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { artifact, result, resultsOrTask, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
const done = say.task('COMPLETED', { said: 'Seen.' });

/** Some megabytes that repeat nowhere. */
function large(megabytes: number): Uint8Array {
  const words = new Uint32Array(megabytes * 262_144);
  let state = 1;
  for (let index = 0; index < words.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    words[index] = state;
  }
  return new Uint8Array(words.buffer);
}

describe('to the agent', () => {
  const sent = async (prompt: LanguageModelV4Prompt) => {
    const { model, requests } = scriptedAgent(result(done));
    await model.doGenerate({ prompt });
    return requests()[0]?.message.parts;
  };
  const file = (part: Omit<LanguageModelV4FilePart, 'type'>): LanguageModelV4Prompt => [
    { role: 'user', content: [{ type: 'file', ...part }] },
  ];

  test.each([
    ['image', 'image/png'],
    ['image/*', 'image/png'],
    ['image/jpeg', 'image/jpeg'],
    ['text', 'text'],
  ])('%s is told as %s', async (mediaType, told) => {
    const parts = await sent(file({ data: { type: 'data', data: png }, mediaType }));
    expect(parts).toMatchObject([{ mediaType: told }]);
  });

  test('bytes, base64 and text of a file, with their names', async () => {
    const name = { filename: 'a.png', mediaType: 'image/png' };
    const raw = Buffer.from(png).toString('base64');
    expect(await sent(file({ data: { type: 'data', data: png }, ...name }))).toEqual([
      { raw, ...name },
    ]);
    expect(await sent(file({ data: { type: 'data', data: raw }, ...name }))).toEqual([
      { raw, ...name },
    ]);
    const text = { filename: 'a.txt', mediaType: 'text/plain' };
    expect(await sent(file({ data: { type: 'text', text: 'Grüße' }, ...text }))).toEqual([
      { raw: Buffer.from('Grüße').toString('base64'), ...text },
    ]);
    const url = 'https://files.example.com/a.png';
    expect(await sent(file({ data: { type: 'url', url: new URL(url) }, ...name }))).toEqual([
      { url, ...name },
    ]);
  });

  test('a file that another agent made keeps its name', async () => {
    const maker = scriptedAgent(
      result(
        say.task('COMPLETED', {
          artifacts: [artifact('a', { raw: 'iVBORw0=', filename: 'map.png' })],
        }),
      ),
      { trustCardUrl: true },
    );
    const { model, requests } = scriptedAgent(result(done));
    const made = await generateText({
      model: maker.a2a('https://maker.example.com'),
      prompt: 'Draw',
    });
    await generateText({
      model,
      messages: [
        { role: 'user', content: 'Draw' },
        ...made.response.messages,
        { role: 'user', content: 'What is it?' },
      ],
    });
    expect(requests()[0]?.message.parts).toContainEqual({
      raw: 'iVBORw0=',
      filename: 'map.png',
      mediaType: 'image/png',
    });
  });

  test('a large one, byte for byte', async () => {
    const data = large(16);
    const [part] =
      (await sent(file({ data: { type: 'data', data }, mediaType: 'video/mp4' }))) ?? [];
    expect(Buffer.from(String(part?.['raw']), 'base64').equals(data)).toBe(true);
  });
});

describe.each(['generate', 'stream'])('from the agent: %s', (mode) => {
  const got = async (...parts: object[]) => {
    const whole = say.task('COMPLETED', { artifacts: [artifact('a', ...parts)] });
    const events = [say.artifact('a', parts), whole];
    const { model } = scriptedAgent(resultsOrTask(events, whole));
    const call =
      mode === 'generate'
        ? await generateText({ model, prompt: 'Hi' })
        : streamText({ model, prompt: 'Hi' });
    return { content: await call.content, files: await call.files };
  };

  test.each([
    ['data:image/png;base64,iVBORw0=', 'image/png', 'iVBORw0='],
    ['data:image/png;base64,iVBORw0%3D', 'image/png', 'iVBORw0='],
    ['data:text/plain;charset=utf-8,Gr%C3%BC%C3%9Fe', 'text/plain', btoa('GrÃ¼Ã\u009fe')],
    ['data:,plain', 'application/octet-stream', btoa('plain')],
  ])('%s is a file', async (url, mediaType, base64) => {
    const { files } = await got({ url, filename: 'a' });
    expect(files).toMatchObject([{ mediaType, base64 }]);
  });

  test('what a file is shows where the agent does not say', async () => {
    const raw = Buffer.from(png).toString('base64');
    expect((await got({ raw })).files).toMatchObject([{ mediaType: 'image/png', base64: raw }]);
  });

  test('a broken data URL stays a source', async () => {
    const { content } = await got({ url: 'data:text/plain,%' });
    expect(content).toMatchObject([{ type: 'source', url: 'data:text/plain,%' }, {}]);
  });

  test.each(['javascript:alert(1)', ' JavaScript:alert(1)', 'java\nscript:alert(1)', 'vbscript:x'])(
    'an address that would run in the page that shows it is left out: %j',
    async (url) => {
      const { content } = await got({ text: 'See' }, { url }, { url: 's3://bucket/key' });
      expect(content).toMatchObject([
        { type: 'text', text: 'See' },
        { type: 'source', url: 's3://bucket/key' },
      ]);
    },
  );

  test('data and files keep what the agent attached to them', async () => {
    const metadata = { adk_type: 'function_call', adk_is_long_running: true };
    const { content } = await got(
      { data: { name: 'approve' }, metadata },
      { raw: 'AAAA', mediaType: 'video/mp4', metadata: {} },
      { url: 'https://files.example.com/a', metadata },
    );
    expect(content.map((part) => Object(part).providerMetadata.a2a.metadata)).toEqual([
      metadata,
      undefined,
      metadata,
    ]);
  });

  test('data keeps its name and media type', async () => {
    const { content } = await got({
      data: [1],
      filename: 'rows',
      mediaType: 'application/geo+json',
    });
    expect(content).toMatchObject([
      {
        type: 'custom',
        kind: 'a2a.data',
        providerMetadata: {
          a2a: { data: [1], filename: 'rows', mediaType: 'application/geo+json' },
        },
      },
    ]);
  });

  test('a large one, byte for byte', async () => {
    const data = Buffer.from(large(12));
    const { files } = await got({ raw: data.toString('base64'), mediaType: 'video/mp4' });
    expect(files).toHaveLength(1);
    expect(Buffer.from(files[0]?.base64 ?? '', 'base64').equals(data)).toBe(true);
  });
});
