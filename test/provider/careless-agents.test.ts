import { generateText, streamText } from 'ai';
import { describe, expect, test } from 'vitest';
import { cardsOfAll, scriptedAgent, type Call } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';
const ids = { taskId: 't', contextId: 'c' };
const text = (said: string) => ({ kind: 'text', text: said });
const done = { kind: 'status-update', ...ids, status: { state: 'completed' } };
const artifact = (artifactId: string, parts: unknown) => ({
  kind: 'artifact-update',
  ...ids,
  artifact: { artifactId, parts },
});

const careless: Record<string, { events: object[]; content: unknown[] }> = {
  'names in snake case': {
    events: [
      { kind: 'task', id: 't', context_id: 'c', status: { state: 'working' } },
      {
        kind: 'artifact-update',
        task_id: 't',
        context_id: 'c',
        artifact: { artifact_id: 'a', parts: [text('Hel')] },
      },
      {
        kind: 'artifact-update',
        task_id: 't',
        context_id: 'c',
        artifact: { artifact_id: 'b', parts: [text('Aside')] },
      },
      {
        kind: 'artifact-update',
        task_id: 't',
        context_id: 'c',
        append: true,
        artifact: { artifact_id: 'a', parts: [text('lo')] },
      },
      { kind: 'status-update', task_id: 't', context_id: 'c', status: { state: 'completed' } },
    ],
    content: ['Hello', 'Aside'],
  },
  'states without their prefix': {
    events: [
      { task: { id: 't', contextId: 'c', status: { state: 'WORKING' } } },
      {
        artifactUpdate: { ...ids, artifact: { artifactId: 'a', parts: [null, { text: 'Hello' }] } },
      },
      { statusUpdate: { ...ids, status: { state: 'COMPLETED' } } },
    ],
    content: ['Hello'],
  },
  'null for a list': {
    events: [artifact('a', null), artifact('b', [text('Hello')]), done],
    content: ['Hello'],
  },
  'parts that hold nothing': {
    events: [
      artifact('a', [
        text('Hel'),
        { kind: 'text' },
        { kind: 'text', text: null },
        { kind: 'file', file: {} },
        { kind: 'file', file: { uri: '', mimeType: 'text/x' } },
        text('lo'),
      ]),
      done,
    ],
    content: ['Hello'],
  },
  'parts that do not say what they are': {
    events: [artifact('a', [{ text: 'Hel' }]), artifact('a', [text('Hel'), { text: 'lo' }]), done],
    content: ['Hello'],
  },
  'parts with null for all they are not': {
    events: [
      artifact('a', [
        { kind: 'text', text: 'Hello', data: null, raw: null, url: null, metadata: null },
        { text: null, data: null, raw: null, url: 'https://files.example.com/a' },
        { kind: 'file', data: null, file: { bytes: null, uri: 'https://files.example.com/b' } },
      ]),
      done,
    ],
    content: ['Hello', 'https://files.example.com/a', 'https://files.example.com/b'],
  },
  'a file that is no base64, of unknown type': {
    events: [artifact('a', [text('Hello'), { kind: 'file', file: { bytes: '%%%' } }]), done],
    content: ['Hello', 'application/octet-stream'],
  },
};

describe.each(Object.entries(cardsOfAll))('%s', (_, card) => {
  const isRest = JSON.stringify(card).includes('HTTP+JSON');
  const frame = ({ id }: Call, result: unknown) =>
    JSON.stringify(isRest ? result : { jsonrpc: '2.0', id, result });

  test.each(Object.entries(careless))('%s', async (_name, { events, content }) => {
    const { model, requests } = scriptedAgent(
      (call) =>
        new Response(events.map((event) => `data: ${frame(call, event)}\n\n`).join(''), {
          headers: { 'content-type': 'text/event-stream' },
        }),
      { card },
    );
    const result = streamText({ model, prompt });
    expect((await result.content).map(shown)).toEqual(content);
    expect((await result.providerMetadata)?.['a2a']).toMatchObject({ contextId: 'c', taskId: 't' });
    expect(requests()).toHaveLength(1);
  });

  test('a blocking answer with names in snake case', async () => {
    const task = {
      id: 't',
      context_id: 'c',
      status: { state: 'completed' },
      artifacts: [
        { artifact_id: 'a', parts: [text('Hello')] },
        { artifact_id: 'b', parts: [text('Aside')] },
      ],
    };
    const { model } = scriptedAgent((call) => new Response(frame(call, task)), { card });
    const { content, providerMetadata } = await generateText({ model, prompt });
    expect(content.map(shown)).toEqual(['Hello', 'Aside']);
    expect(providerMetadata?.['a2a']).toMatchObject({ contextId: 'c', taskId: 't' });
  });
});

function shown(part: { type: string }): unknown {
  if ('text' in part) return part.text;
  if ('url' in part) return part.url;
  return 'file' in part && Object(part.file).mediaType;
}
