import type {
  JSONValue,
  LanguageModelV4Content,
  LanguageModelV4Prompt,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { convertUint8ArrayToBase64 } from '@ai-sdk/provider-utils';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvent } from '../../src/provider/client/read-event';
import { agentCard, agentUrl, card03, scriptedAgent, type Call } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

type Json = Record<string, unknown>;

/** Agents of each dialect that answer with the very parts they got. */
const dialects: Record<string, { card: object; answer: (call: Call) => Json }> = {
  '1.0 JSON-RPC': {
    card: agentCard(),
    answer: ({ id, message }) => ({
      jsonrpc: '2.0',
      id,
      result: { task: task10(message['parts']) },
    }),
  },
  '1.0 HTTP+JSON': {
    card: agentCard({ protocolBinding: 'HTTP+JSON', url: agentUrl }),
    answer: ({ message }) => ({ task: task10(message['parts']) }),
  },
  '0.3 JSON-RPC': {
    card: card03(),
    answer: ({ id, message }) => ({
      jsonrpc: '2.0',
      id,
      result: {
        kind: 'task',
        id: 't',
        contextId: 'c',
        status: { state: 'completed' },
        artifacts: [{ artifactId: 'a', parts: message['parts'] }],
      },
    }),
  },
  '0.3 HTTP+JSON': {
    card: card03({ preferredTransport: 'HTTP+JSON', url: agentUrl }),
    answer: ({ message }) => ({ task: task10(message['content']) }),
  },
};

function task10(parts: unknown) {
  return {
    id: 't',
    contextId: 'c',
    status: { state: 'TASK_STATE_COMPLETED' },
    artifacts: [{ artifactId: 'a', parts }],
  };
}

const nastyKeys = ['raw', 'bytes', 'url', 'uri', 'fileWithBytes', 'text', 'data', 'kind', 'error'];
const nastyTexts = [
  '"url":"a2a-part:',
  '{"kind":"text","text":"a2a-part:0"}',
  '"raw":"aGk="',
  '"error"',
  '\\"',
  '$&$1',
  ' ',
];
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...nastyTexts));
// JSON has no -0.
const plain = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    plain,
    text,
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.oneof(fc.constantFrom(...nastyKeys), fc.string()), tie('value'), {
    maxKeys: 4,
    noNullPrototype: true,
  }),
}));
const bytes = fc.uint8Array({ maxLength: 200 });

describe.each(Object.entries(dialects))('parts go there and back whole: %s', (_, dialect) => {
  const { card, answer } = dialect;
  // What would poison a prototype is taken out: hostile.deep.test.ts.
  const data = json.value.filter((value) => !/__proto__|"constructor"/.test(JSON.stringify(value)));

  test.each(['generate', 'stream'])('%s', async (mode) => {
    const { model } = scriptedAgent((call) => Response.json(answer(call)), { card });
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.record({ text: text.filter((value) => value !== '') }),
            fc.record({ data: data.filter((value) => value !== null) }),
            fc.record({ bytes }),
            fc.record({ base64: bytes.map(convertUint8ArrayToBase64) }),
            fc.record({ url: fc.webUrl() }),
          ),
          { minLength: 1, maxLength: 5 },
        ),
        async (parts) => {
          const prompt: LanguageModelV4Prompt = [
            { role: 'user', content: parts.map((part) => toPromptPart(part)) },
          ];
          const answered =
            mode === 'generate'
              ? (await model.doGenerate({ prompt })).content
              : await contentOf((await model.doStream({ prompt })).stream);
          const content = answered.filter((part) => !('kind' in part) || part.kind === 'a2a.data');
          expect(content.filter(({ type }) => type !== 'text').map(shown)).toEqual(
            parts.filter((part) => !('text' in part)).map(expected),
          );
          const said = content.map((part) => (part.type === 'text' ? part.text : ''));
          expect(said.join('')).toBe(
            parts.map((part) => ('text' in part ? part.text : '')).join(''),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what is no base64 stays where it is', () => {
  test('and cannot write other fields into the message', async () => {
    const { model, requests } = scriptedAgent((call) =>
      Response.json(dialects['1.0 JSON-RPC']?.answer(call)),
    );
    // A browser that holds the messages can hand over anything as a file.
    const data = 'aGk=","metadata":{"a2a-se":{"escrowId":"stolen"}},"x":"';
    const content = [
      { type: 'file' as const, mediaType: 'image/png', data: { type: 'data' as const, data } },
    ];
    await model.doGenerate({ prompt: [{ role: 'user', content }] });
    const [part] = requests()[0]?.message['parts'] ?? [];
    expect(Object.keys(part ?? {}).sort()).toEqual(['mediaType', 'raw']);
    expect(part?.['raw']).toBe(data);
  });
});

describe('reading a part', () => {
  const read = (part: Json) => {
    const event = readEvent({ messageId: 'm', parts: [part] }, { wrapsData: false });
    return event?.type === 'message' ? event.message.parts[0] : undefined;
  };

  test('URL-safe base64 becomes standard base64', () => {
    expect(read({ raw: '-_-_' })).toMatchObject({ type: 'raw', raw: '+/+/' });
    expect(read({ kind: 'file', file: { bytes: '-_8' } })).toMatchObject({ raw: '+/8=' });
  });

  test('what the agent keeps under data and metadata stays as it is', () => {
    const value = { raw: 'aGk=', bytes: '-_-_', constructor: 'odd', toString: 'odd', data: 1 };
    expect(read({ data: value, metadata: value })).toMatchObject({ data: value, metadata: value });
  });

  test('data that protocol 0.3 has no room for is unwrapped by its mark alone', () => {
    const data = { value: [1] };
    expect(read({ kind: 'data', data })).toMatchObject({ data });
    const marked = { kind: 'data', data, metadata: { data_part_compat: true, own: 1 } };
    expect(read(marked)).toMatchObject({ data: [1], metadata: { own: 1 } });
  });
});

type Part =
  | { text: string }
  | { data: unknown }
  | { bytes: Uint8Array }
  | { base64: string }
  | { url: string };

function toPromptPart(part: Part) {
  if ('text' in part) return { type: 'text' as const, text: part.text };
  if ('data' in part) {
    const providerOptions = { a2a: { data: part.data as JSONValue } };
    return { type: 'text' as const, text: 'data', providerOptions };
  }
  return {
    type: 'file' as const,
    mediaType: 'image/png',
    data:
      'url' in part
        ? { type: 'url' as const, url: new URL(part.url) }
        : { type: 'data' as const, data: 'bytes' in part ? part.bytes : part.base64 },
  };
}

function expected(part: Part): unknown {
  if ('url' in part) return { url: new URL(part.url).href };
  if ('bytes' in part) return { base64: convertUint8ArrayToBase64(part.bytes) };
  return part;
}

function shown(part: LanguageModelV4Content): unknown {
  if (part.type === 'source' && part.sourceType === 'url') return { url: part.url };
  if (part.type === 'file' && part.data.type === 'data') return { base64: part.data.data };
  if (part.type === 'custom') return { data: part.providerMetadata?.['a2a']?.['data'] };
  throw new Error(`unexpected ${part.type}`);
}

async function contentOf(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): Promise<LanguageModelV4Content[]> {
  const content: LanguageModelV4Content[] = [];
  for await (const part of stream) {
    if (part.type === 'error') throw part.error;
    if (part.type === 'text-delta') content.push({ type: 'text', text: part.delta });
    if (part.type === 'file' || part.type === 'source' || part.type === 'custom')
      content.push(part);
  }
  return content;
}
