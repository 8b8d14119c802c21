import { InvalidPromptError, type JSONObject, type LanguageModelV4Prompt } from '@ai-sdk/provider';
import { generateText } from 'ai';
import { describe, expect, test } from 'vitest';
import type { A2ALanguageModelOptions } from '../../src/provider/message/a2a-language-model-options';
import { convertToA2AMessage } from '../../src/provider/message/convert-to-a2a-message';
import { ConversationSeals } from '../../src/provider/message/conversation-seals';
import { readConversation } from '../../src/provider/message/read-conversation';
import type { A2APart } from '../../src/provider/client/a2a-event';
import { result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const unsealed = new ConversationSeals({ agent: 'a', address: '', options: 'unsealed' });

async function convert(prompt: LanguageModelV4Prompt, options: A2ALanguageModelOptions = {}) {
  const conversation = await readConversation(prompt, unsealed, undefined);
  if (conversation === 'unknown') throw new Error('unexpected');
  const facts = { prompt, agent: 'a', conversation, options, messageId: 'm' };
  const message = convertToA2AMessage(facts);
  const show = (part: A2APart) => {
    const { filename = '', mediaType } = part;
    switch (part.type) {
      case 'text':
        return part.text;
      case 'data':
        return { data: JSON.stringify(part.data) };
      case 'url':
        return { url: part.url, filename, mediaType };
      case 'raw': {
        const { raw } = part;
        const bytes = typeof raw === 'string' ? raw : Buffer.from(raw).toString('base64');
        return { bytes, filename, mediaType };
      }
    }
  };
  return { ...message, parts: message.parts.map(show) };
}

const user = (...texts: string[]): LanguageModelV4Prompt[number] => ({
  role: 'user',
  content: texts.map((text) => ({ type: 'text', text })),
});
const system = (content: string) => ({ role: 'system' as const, content });
const assistant = (text: string, a2a?: Record<string, string>): LanguageModelV4Prompt[number] => ({
  role: 'assistant',
  content: [{ type: 'text', text, ...(a2a !== undefined && { providerOptions: { a2a } }) }],
});
const known = { agent: 'a', contextId: 'c', taskId: 't', state: 'completed' };

test('metadata of a text, a file or data goes along with that part', async () => {
  const { model, requests } = scriptedAgent(result(say.task('COMPLETED').task));
  const a2a = (metadata: object, more: object = {}) => ({
    a2a: { ...more, metadata } as JSONObject,
  });
  await generateText({
    model,
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Look', providerOptions: a2a({ lang: 'en' }) },
          {
            type: 'file',
            data: new Uint8Array([1]),
            mediaType: 'image/png',
            providerOptions: a2a({ page: 1 }),
          },
          {
            type: 'text',
            text: 'x',
            providerOptions: a2a({ adk_type: 'function_response' }, { data: { id: 1 } }),
          },
          { type: 'text', text: 'Plain' },
        ],
      },
    ],
  });
  expect(requests()[0]?.message.parts).toEqual([
    { text: 'Look', metadata: { lang: 'en' } },
    { raw: 'AQ==', mediaType: 'image/png', metadata: { page: 1 } },
    { data: { id: 1 }, metadata: { adk_type: 'function_response' } },
    { text: 'Plain' },
  ]);
});

describe('without a known context', () => {
  test('a lone user message goes as it is', async () => {
    expect(await convert([user('Hello', '', 'there')])).toMatchObject({
      parts: ['Hello', 'there'],
      contextId: '',
      taskId: '',
    });
  });

  test('instructions go first, wherever they stand', async () => {
    expect((await convert([system('Be brief.'), user('Hello')])).parts).toEqual([
      'Be brief.',
      'Hello',
    ]);
    expect(
      (await convert([user('A'), assistant('B'), system('Be brief.'), user('C')])).parts,
    ).toEqual(['Be brief.', 'User: A', 'Assistant: B', 'User: C']);
  });

  test('everything goes as a transcript, files in their place', async () => {
    const image = {
      type: 'file' as const,
      mediaType: 'image/png',
      data: { type: 'data' as const, data: new Uint8Array([104, 105]) },
    };
    const pdf = {
      type: 'file' as const,
      mediaType: 'application/pdf',
      filename: 'a.pdf',
      data: { type: 'url' as const, url: new URL('https://files.example.com/a.pdf') },
    };
    const { parts } = await convert([
      { role: 'user', content: [image, { type: 'text', text: 'What is it?' }, pdf] },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'secret thoughts' },
          { type: 'text', text: 'Let me look.' },
          { type: 'tool-call', toolCallId: '1', toolName: 'look', input: { at: 'it' } },
          { type: 'custom', kind: 'a2a.data', providerOptions: { a2a: { data: { n: 1 } } } },
        ],
      },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            toolCallId: '1',
            toolName: 'look',
            output: { type: 'json', value: { is: 'a cat' } },
          },
        ],
      },
      user('Sure?'),
    ]);
    expect(parts).toEqual([
      'User: ',
      { bytes: 'aGk=', filename: '', mediaType: 'image/png' },
      'What is it?',
      { url: 'https://files.example.com/a.pdf', filename: 'a.pdf', mediaType: 'application/pdf' },
      'Assistant: Let me look.',
      'calls look {"at":"it"}',
      { data: '{"n":1}' },
      'Tool: look returned {"is":"a cat"}',
      'User: Sure?',
    ]);
  });

  test.each([
    [{ type: 'text' as const, value: 'cat' }, 'look returned cat'],
    [{ type: 'error-text' as const, value: 'no' }, 'look returned no'],
    [{ type: 'error-json' as const, value: { no: 1 } }, 'look returned {"no":1}'],
    [{ type: 'execution-denied' as const }, 'look was not allowed'],
    [
      { type: 'content' as const, value: [{ type: 'text' as const, text: 'cat' }] },
      'look returned cat',
    ],
  ])('tool results: %j', async (output, text) => {
    const content = [{ type: 'tool-result' as const, toolCallId: '1', toolName: 'look', output }];
    expect((await convert([user('Hi'), { role: 'tool', content }])).parts.at(-1)).toBe(
      `Tool: ${text}`,
    );
  });

  test('text that looks like a part of the wire format is only text', async () => {
    const text = '","url":"a2a-part:0","text":"';
    expect((await convert([user(text)])).parts).toEqual([text]);
    expect((await convert([user('Hi'), assistant(text)])).parts.at(-1)).toBe(`Assistant: ${text}`);
  });
});

describe('with a known context', () => {
  const prompt = [system('S'), user('A'), assistant('B', known), user('C')];

  test('only what is new goes along', async () => {
    expect(await convert(prompt)).toMatchObject({ parts: ['C'], contextId: 'c', taskId: '' });
    expect((await convert([...prompt, user('D')])).parts).toEqual(['C', 'D']);
    expect((await convert([...prompt, assistant('other'), user('D')])).parts).toEqual([
      'User: C',
      'Assistant: other',
      'User: D',
    ]);
  });

  test.each(['input-required', 'auth-required'])('and the task that is %s', async (state) => {
    const asked = [user('A'), assistant('B', { ...known, state }), user('C')];
    expect(await convert(asked)).toMatchObject({ contextId: 'c', taskId: 't' });
  });

  test.each(['completed', 'message', 'working', 'failed', 'unheard-of'])(
    'but no task that is %s',
    async (state) => {
      const answered = [user('A'), assistant('B', { ...known, state }), user('C')];
      expect(await convert(answered)).toMatchObject({ contextId: 'c', taskId: '' });
    },
  );

  test.each([
    { contextId: '' },
    { contextId: '7', agent: 'another' },
    { agent: 'a' },
    { contextId: 'c', taskId: '' },
  ])('marks that are no marks of this agent do not count: %j', async (a2a) => {
    expect(await convert([user('A'), assistant('B', a2a), user('C')])).toMatchObject({
      parts: ['User: A', 'Assistant: B', 'User: C'],
      contextId: '',
    });
  });

  test('`history` forces either', async () => {
    expect(await convert(prompt, { history: 'transcript' })).toMatchObject({
      parts: ['S', 'User: A', 'Assistant: B', 'User: C'],
      contextId: 'c',
    });
    const unknown = [system('S'), user('A'), assistant('B'), user('C')];
    expect(await convert(unknown, { history: 'last' })).toMatchObject({
      parts: ['C'],
      contextId: '',
    });
  });

  test('`last` leaves out what others were told and said since', async () => {
    const mixed = [...prompt, assistant('other'), system('new'), user('D'), user('E')];
    expect(await convert(mixed, { history: 'last' })).toMatchObject({
      parts: ['D', 'E'],
      contextId: 'c',
    });
    const asked = { ...known, state: 'input-required' };
    const answered = [
      user('A'),
      assistant('How many?', asked),
      user('C'),
      assistant('x'),
      user('4'),
    ];
    expect(await convert(answered, { history: 'last' })).toMatchObject({
      parts: ['4'],
      contextId: 'c',
      taskId: 't',
    });
  });

  test('`contextId` and `taskId` override', async () => {
    expect(await convert(prompt, { contextId: 'other', taskId: 'x' })).toMatchObject({
      parts: ['C'],
      contextId: 'other',
      taskId: 'x',
    });
    const asked = [user('A'), assistant('B', { ...known, state: 'input-required' }), user('C')];
    expect(await convert(asked, { contextId: 'other' })).toMatchObject({
      contextId: 'other',
      taskId: '',
    });
    expect(await convert(asked, { contextId: 'c' })).toMatchObject({ contextId: 'c', taskId: 't' });
  });

  test('a `contextId` given with the first message takes no instructions away', async () => {
    expect(await convert([system('Be brief.'), user('Hello')], { contextId: 'c' })).toMatchObject({
      parts: ['Be brief.', 'Hello'],
      contextId: 'c',
    });
  });
});

describe('nothing left to send', () => {
  test.each<[string, LanguageModelV4Prompt]>([
    ['no messages', []],
    ['an empty message', [user('')]],
    ['the answer is the last word', [user('A'), assistant('B', known)]],
    ['only reasoning', [{ role: 'assistant', content: [{ type: 'reasoning', text: 'x' }] }]],
  ])('%s', async (_, prompt) => {
    await expect(convert(prompt)).rejects.toThrow(InvalidPromptError);
    await expect(convert(prompt)).rejects.toThrow(/Nothing to send to agent "a"/);
  });

  test('and nothing is sent', async () => {
    const { model, calls } = scriptedAgent(result(say.message('x')));
    await expect(generateText({ model, prompt: '' })).rejects.toMatchObject({
      name: 'AI_InvalidPromptError',
    });
    expect(calls).toEqual([]);
  });
});

test('a file that lies with another provider is refused', async () => {
  const data = { type: 'reference' as const, reference: { openai: 'file-1' } };
  const content = [{ type: 'file' as const, mediaType: 'image/png', data }];
  await expect(convert([{ role: 'user', content }])).rejects.toThrow(/cannot read a file/);
});
