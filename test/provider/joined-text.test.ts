import { Chat } from '@ai-sdk/react';
import { smoothStream, streamText, type ChatTransport, type UIMessage } from 'ai';
import { expect, test } from 'vitest';
import { results, resultsOneByOne, say, scriptedAgent } from './scripted-agent';

const words = ['Hello, ', 'wör', 'ld ', '🌍', '!\n', 'How are', ' you?'];
const said = words.join('');
const events = [
  say.task('WORKING'),
  ...words.map((word, index) => say.artifact('a', word, index > 0)),
  say.status('COMPLETED'),
];
const prompt = 'Go';

async function deltasOf(
  answer: Parameters<typeof scriptedAgent>[0],
  settings: Omit<Parameters<typeof streamText>[0], 'model' | 'prompt' | 'messages'> = {},
): Promise<string[]> {
  const { model } = scriptedAgent(answer);
  const deltas: string[] = [];
  for await (const delta of streamText({ model, prompt, ...settings }).textStream)
    deltas.push(delta);
  return deltas;
}

test('text of one network read is one delta', async () => {
  expect(await deltasOf(results(...events))).toEqual([said]);
});

test('text of several network reads comes as it came', async () => {
  expect(await deltasOf(resultsOneByOne(...events))).toEqual(words);
});

test('beside raw chunks each text stays with its own', async () => {
  expect(await deltasOf(results(...events), { include: { rawChunks: true } })).toEqual(words);
});

test('text of several artifacts keeps its order, and its blocks', async () => {
  const { model } = scriptedAgent(
    results(
      say.artifact('a', 'One'),
      say.artifact('a', ' and', true),
      say.artifact('b', 'Two'),
      say.artifact('b', ' and', true),
      say.artifact('a', ' three', true),
      say.status('COMPLETED'),
    ),
  );
  const deltas: [string, string][] = [];
  for await (const part of streamText({ model, prompt }).fullStream) {
    if (part.type === 'text-delta') deltas.push([part.id, part.text]);
  }
  expect(deltas).toEqual([
    ['text-0', 'One and'],
    ['text-1', 'Two and'],
    ['text-0', ' three'],
  ]);
});

test('smoothStream makes the same pieces of it', async () => {
  const smooth = () => ({ experimental_transform: smoothStream({ delayInMs: null }) });
  const joined = await deltasOf(results(...events), smooth());
  expect(joined).toEqual(await deltasOf(resultsOneByOne(...events), smooth()));
  expect(joined.length).toBeGreaterThan(3);
  expect(joined.join('')).toBe(said);
});

test.each([
  ['one network read', results(...events), 1],
  ['several network reads', resultsOneByOne(...events), words.length],
])('a chat of useChat shows what came in %s', async (_, answer, steps) => {
  const { model } = scriptedAgent(answer);
  const transport: ChatTransport<UIMessage> = {
    sendMessages: async () => streamText({ model, prompt }).toUIMessageStream(),
    reconnectToStream: async () => null,
  };
  const chat = new Chat<UIMessage>({ transport });
  const shown = new Set<string>();
  chat['~registerMessagesCallback'](() => shown.add(textOf(chat.lastMessage)));
  await chat.sendMessage({ text: prompt });
  shown.delete('');
  expect(textOf(chat.lastMessage)).toBe(said);
  // React draws what came together at once in any case.
  expect(shown.size).toBeLessThanOrEqual(steps);
});

function textOf(message: UIMessage | undefined): string {
  if (message?.role !== 'assistant') return '';
  return message.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
