import {
  InvalidArgumentError,
  type LanguageModelV4CallOptions,
  type LanguageModelV4Prompt,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { createLiteLLM } from '../../src/provider/litellm/create-litellm';
import type { A2AConversationSealing } from '../../src/provider/message/conversation-seals';
import type { Peer } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { result, say, scriptedAgent } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const secret = 'a secret of at least thirty-two characters';
const user = (text: string): LanguageModelV4Prompt[number] => ({
  role: 'user',
  content: [{ type: 'text', text }],
});

describe.each([
  { name: 'SDK 1.x', start: startSdk1Peer },
  { name: 'SDK 0.3', start: startSdk03Peer },
])('messages from a browser, with $name', ({ start }) => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await start();
  });
  afterAll(() => peer.close());
  beforeEach(() => {
    peer.seen.length = 0;
  });

  const modelOf = (conversation?: A2AConversationSealing) =>
    createA2A(conversation === undefined ? {} : { conversation })(peer.url);
  const sent = () => {
    const { contextId, parts, taskId } = JSON.parse(peer.messages().at(-1)?.body ?? '').params
      .message;
    return { contextId, taskId, texts: parts.map(({ text }: { text: string }) => text) };
  };

  async function ask(
    model: ReturnType<typeof modelOf>,
    prompt: LanguageModelV4Prompt,
    { stream, subject }: { stream: boolean; subject?: string },
  ) {
    const options: LanguageModelV4CallOptions = {
      prompt,
      ...(subject !== undefined && { providerOptions: { a2a: { subject } } }),
    };
    if (!stream) {
      const { content, warnings } = await model.doGenerate(options);
      return { warnings, metadata: content.findLast((part) => part.providerMetadata) };
    }
    const { stream: parts } = await model.doStream(options);
    const all: LanguageModelV4StreamPart[] = [];
    for await (const part of parts) all.push(part);
    return {
      warnings: all.flatMap((part) => (part.type === 'stream-start' ? part.warnings : [])),
      metadata: all.findLast(
        (part) => part.type !== 'finish' && 'providerMetadata' in part && part.providerMetadata,
      ),
    };
  }

  /** A first turn, and the messages that a browser would send with the second. */
  async function firstTurn(
    model: ReturnType<typeof modelOf>,
    { stream, subject, text = 'completes' }: { stream: boolean; subject?: string; text?: string },
  ) {
    const { metadata, warnings } = await ask(model, [user(text)], {
      stream,
      ...(subject !== undefined && { subject }),
    });
    expect(warnings).toEqual([]);
    const a2a =
      metadata !== undefined && 'providerMetadata' in metadata
        ? metadata.providerMetadata?.['a2a']
        : undefined;
    if (a2a === undefined) throw new Error('no metadata');
    const promptWith = (changed: typeof a2a): LanguageModelV4Prompt => [
      user(text),
      {
        role: 'assistant',
        content: [{ type: 'text', text: 'Done', providerOptions: { a2a: changed } }],
      },
      user('completes'),
    ];
    return { a2a, promptWith };
  }

  describe.each([{ stream: false }, { stream: true }])('stream: $stream', ({ stream }) => {
    const aNewOne = {
      contextId: undefined,
      taskId: undefined,
      texts: ['User: completes', 'Assistant: Done', 'User: completes'],
    };
    const warned = [{ type: 'other', message: expect.stringContaining('A2A_CONVERSATION_SECRET') }];

    test('a sealed conversation goes on, also in another provider of the process', async () => {
      const { a2a, promptWith } = await firstTurn(modelOf(), { stream });
      expect(a2a['seal']).toMatch(/^[0-9a-f]{32}$/);
      expect((await ask(modelOf(), promptWith(a2a), { stream })).warnings).toEqual([]);
      expect(sent()).toEqual({ ...aNewOne, contextId: a2a['contextId'], texts: ['completes'] });
    });

    test.each<{ name: string; forge: (a2a: Record<string, unknown>) => object }>([
      { name: 'another context', forge: (a2a) => ({ ...a2a, contextId: 'of-somebody-else' }) },
      { name: 'no seal', forge: (a2a) => ({ ...a2a, seal: undefined }) },
      { name: 'an empty seal', forge: (a2a) => ({ ...a2a, seal: '' }) },
      { name: 'another state', forge: (a2a) => ({ ...a2a, state: 'input-required' }) },
      { name: 'another task', forge: (a2a) => ({ ...a2a, taskId: 'of-somebody-else' }) },
      { name: 'no agent and no seal', forge: ({ contextId }) => ({ contextId }) },
    ])('$name in the messages begins a new conversation', async ({ forge }) => {
      const model = modelOf();
      const { a2a, promptWith } = await firstTurn(model, { stream });
      const forged = promptWith(JSON.parse(JSON.stringify(forge(a2a))));
      expect((await ask(model, forged, { stream })).warnings).toEqual(warned);
      expect(sent()).toEqual(aNewOne);
      expect(await model.conversation({ prompt: forged })).toEqual({});
    });

    test('a question stays with the task that asked, and only under its seal', async () => {
      const model = modelOf();
      const { a2a, promptWith } = await firstTurn(model, { stream, text: 'input-required' });
      const asked = { contextId: a2a['contextId'], taskId: a2a['taskId'] };
      expect(await model.conversation({ prompt: promptWith(a2a) })).toEqual(asked);
      // A valid mark after a forged one: the conversation is ours, the task is not.
      const [, answer] = promptWith(a2a);
      if (answer?.role !== 'assistant') throw new Error('unexpected');
      const later = await firstTurn(model, { stream });
      const mixed: LanguageModelV4Prompt = [
        {
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: '?',
              providerOptions: {
                a2a: { ...later.a2a, taskId: 'of-somebody-else', state: 'input-required' },
              },
            },
            { type: 'text', text: '.', providerOptions: { a2a: later.a2a } },
          ],
        },
      ];
      expect(await model.conversation({ prompt: mixed })).toEqual({
        contextId: later.a2a['contextId'],
      });
    });

    test('a conversation is gone on with for its subject only', async () => {
      const model = modelOf({ secret });
      const { a2a, promptWith } = await firstTurn(model, { stream, subject: 'Ann' });
      for (const subject of ['Bob', undefined]) {
        const { warnings } = await ask(model, promptWith(a2a), {
          stream,
          ...(subject !== undefined && { subject }),
        });
        expect(warnings).toEqual(warned);
        expect(sent()).toEqual(aNewOne);
      }
      await ask(model, promptWith(a2a), { stream, subject: 'Ann' });
      expect(sent()).toMatchObject({ contextId: a2a['contextId'], texts: ['completes'] });
      expect(peer.messages().at(-1)?.body).not.toContain('Ann');
    });

    test('machines know each other’s conversations by a common secret, also after it was replaced', async () => {
      const { a2a, promptWith } = await firstTurn(modelOf({ secret }), { stream });
      const next = 'another secret of at least thirty-two characters';
      expect(
        (await ask(modelOf({ secret: [next, secret] }), promptWith(a2a), { stream })).warnings,
      ).toEqual([]);
      expect(sent()).toMatchObject({ contextId: a2a['contextId'] });
      const { warnings } = await ask(modelOf({ secret: next }), promptWith(a2a), { stream });
      expect(warnings).toEqual(warned);
      expect(sent()).toEqual(aNewOne);
    });

    test('what the call itself says is the word of the application', async () => {
      const model = modelOf();
      const { a2a, promptWith } = await firstTurn(model, { stream });
      const options = {
        prompt: promptWith({ ...a2a, seal: 'broken' }),
        providerOptions: { a2a: { contextId: String(a2a['contextId']) } },
      };
      const { warnings } = await model.doGenerate(options);
      expect(warnings).toEqual([]);
      expect(sent()).toMatchObject({ contextId: a2a['contextId'], texts: ['completes'] });
    });

    test('`unsealed` believes the messages', async () => {
      const model = modelOf('unsealed');
      const { a2a, promptWith } = await firstTurn(model, { stream });
      expect(a2a).not.toHaveProperty('seal');
      expect((await ask(model, promptWith(a2a), { stream })).warnings).toEqual([]);
      expect(sent()).toMatchObject({ contextId: a2a['contextId'] });
    });
  });

  test('the environment names the secret', async () => {
    vi.stubEnv('A2A_CONVERSATION_SECRET', secret);
    const { a2a, promptWith } = await firstTurn(modelOf(), { stream: false });
    vi.unstubAllEnvs();
    await ask(modelOf({ secret }), promptWith(a2a), { stream: false });
    expect(sent()).toMatchObject({ contextId: a2a['contextId'] });
  });

  test('a name that stands for another agent elsewhere shares no conversations', async () => {
    const one = createA2A({ agents: { agent: { url: peer.url } } })('agent');
    const other = createA2A({ agents: { agent: { url: `${peer.url}elsewhere` } } })('agent');
    const { a2a, promptWith } = await firstTurn(one, { stream: false });
    expect(await one.conversation({ prompt: promptWith(a2a) })).toMatchObject({
      contextId: a2a['contextId'],
    });
    expect(await other.conversation({ prompt: promptWith(a2a) })).toEqual({});
  });
});

describe('the secret', () => {
  afterEach(() => vi.unstubAllEnvs());

  test.each([{ secret: 'short' }, { secret: [] }, { secret: [secret, 'short'] }])(
    '$secret is refused where the provider is created',
    (conversation) => {
      for (const create of [createA2A, createLiteLLM]) {
        expect(() => create({ conversation })).toThrow(
          expect.objectContaining({
            argument: 'conversation.secret',
            message: expect.stringMatching(/at least 32 characters.*openssl rand -hex 32/),
          }),
        );
        expect(() => create({ conversation })).not.toThrow('short');
      }
    },
  );

  test('one of the environment is refused before anything is sent', async () => {
    vi.stubEnv('A2A_CONVERSATION_SECRET', 'short');
    const { fetch, calls, model } = scriptedAgent(result(say.message('Hello')));
    const litellm = createLiteLLM({ baseURL: 'https://gateway.example.com', fetch })('agent');
    const prompt = [user('Hi')];
    for (const ask of [
      () => model.conversation({ prompt }),
      () => model.doGenerate({ prompt }),
      () => model.doStream({ prompt }),
      () => litellm.doGenerate({ prompt }),
      () => litellm.doStream({ prompt }),
    ]) {
      const error: unknown = await ask().catch((thrown: unknown) => thrown);
      expect(InvalidArgumentError.isInstance(error)).toBe(true);
      expect(String(error)).toMatch(/A2A_CONVERSATION_SECRET\) must have at least 32 characters/);
      expect(String(error)).not.toContain('short');
    }
    expect(calls).toEqual([]);
  });

  test('one of the environment does not matter where nothing is sealed', async () => {
    vi.stubEnv('A2A_CONVERSATION_SECRET', 'short');
    const { model } = scriptedAgent(result(say.message('Hello')), { conversation: 'unsealed' });
    await expect(model.doGenerate({ prompt: [user('Hi')] })).resolves.toMatchObject({
      content: [{ text: 'Hello' }],
    });
  });
});
