import { createServer } from 'node:http';
import { generateText, streamText, type LanguageModel } from 'ai';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { A2AProtocolError, A2ATaskError } from '../../src/provider/client/a2a-error';
import type { A2ALanguageModelOptions } from '../../src/provider/message/a2a-language-model-options';
import type { Peer, PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentCard, result, say, scriptedAgent } from './scripted-agent';

// The SDK's servers tell the console of each notification.
beforeEach(() => void vi.spyOn(console, 'info').mockImplementation(() => {}));
afterEach(() => void vi.restoreAllMocks());

const peers: [string, (options?: PeerOptions) => Promise<Peer>, PeerOptions][] = [
  ['1.x over JSON-RPC', startSdk1Peer, {}],
  ['1.x over HTTP+JSON', startSdk1Peer, { binding: 'HTTP+JSON' }],
  ['0.3 over JSON-RPC', startSdk03Peer, {}],
  ['0.3 over HTTP+JSON', startSdk03Peer, { binding: 'HTTP+JSON' }],
];

async function ask(
  mode: string,
  model: LanguageModel,
  prompt: string,
  a2a: A2ALanguageModelOptions,
) {
  const call = { model, prompt, maxRetries: 0, providerOptions: { a2a } };
  if (mode === 'generate') return generateText(call);
  const errors: unknown[] = [];
  const streamed = streamText({ ...call, onError: ({ error }) => void errors.push(error) });
  await streamed.consumeStream();
  if (errors.length > 0) throw errors[0];
  const [text, finishReason, rawFinishReason, providerMetadata, warnings, content] =
    await Promise.all([
      streamed.text,
      streamed.finishReason,
      streamed.rawFinishReason,
      streamed.providerMetadata,
      streamed.warnings,
      streamed.content,
    ]);
  return { text, finishReason, rawFinishReason, providerMetadata, warnings, content };
}

describe.each(peers)('an agent of the SDK %s', (_, start, options) => {
  // The SDK's 0.3 server refuses the webhooks that its client registers in this binding.
  const isRest03 = start === startSdk03Peer && options.binding === 'HTTP+JSON';
  let peer: Peer;
  const model = () => createA2A({ polling: { intervalMs: 5 } })(peer.url);
  const begin = async (prompt: string, mode = 'generate') => {
    const begun = await ask(mode, model(), prompt, { returnImmediately: true });
    return String(begun.providerMetadata?.['a2a']?.['taskId']);
  };
  beforeEach(async () => {
    peer = await start({ ...options, pushNotifications: true });
  });
  afterEach(() => peer.close());

  describe.each(['generate', 'stream'])('%s', (mode) => {
    test('returns immediately with the id of a task that goes on', async () => {
      const begun = await ask(mode, model(), 'hangs', { returnImmediately: true });
      expect(begun.finishReason).toBe('other');
      expect(begun.rawFinishReason).toMatch(/^(submitted|working)$/);
      expect(begun.providerMetadata?.['a2a']).toMatchObject({
        taskId: expect.any(String),
        contextId: expect.any(String),
        state: begun.rawFinishReason,
      });
      expect(peer.messages()).toHaveLength(1);
      expect(peer.canceled).toEqual([]);
    });

    test('resumes a task that runs', async () => {
      const taskId = await begin('slow', mode);
      const resumed = await ask(mode, model(), '', { resume: { taskId } });
      expect(resumed).toMatchObject({ text: 'one two three', finishReason: 'stop' });
      expect(resumed.providerMetadata?.['a2a']).toMatchObject({ taskId, state: 'completed' });
      // Nothing but the first was a message.
      expect(peer.messages()).toHaveLength(1);
    });

    test('resumes a task that has ended', async () => {
      const taskId = await begin('slow');
      await ask('generate', model(), '', { resume: { taskId } });
      const again = await ask(mode, model(), 'ignored', { resume: { taskId } });
      expect(again).toMatchObject({ text: 'one two three', rawFinishReason: 'completed' });
      expect(peer.messages()).toHaveLength(1);
    });

    test('resumes a task that waits for its caller', async () => {
      const asked = await ask(mode, model(), 'input-required', {});
      const taskId = String(asked.providerMetadata?.['a2a']?.['taskId']);
      const resumed = await ask(mode, model(), '', { resume: { taskId } });
      expect(resumed).toMatchObject({ text: 'Which city?', rawFinishReason: 'input-required' });
    });

    test('looks at a task without waiting for it', async () => {
      const taskId = await begin('hangs');
      const resume = { resume: { taskId }, returnImmediately: true };
      await vi.waitFor(async () => {
        const seen = await ask(mode, model(), '', resume);
        expect(seen).toMatchObject({ text: 'Half of ', rawFinishReason: 'working' });
      });
      expect(peer.canceled).toEqual([]);
    });

    test('a task that failed is an error, one that is not known as well', async () => {
      const taskId = await begin('fails');
      await vi.waitFor(async () => {
        const failure = await ask(mode, model(), '', { resume: { taskId } }).catch(
          (error: unknown) => error,
        );
        expect(A2ATaskError.isInstance(failure)).toBe(true);
        expect(failure).toMatchObject({ message: 'The oven is cold.', taskId });
      });
      const unknown = await ask(mode, model(), '', { resume: { taskId: 'nobody' } }).catch(
        (error: unknown) => error,
      );
      expect(A2AProtocolError.isInstance(unknown)).toBe(true);
    });
  });

  test('an abort cancels the task that was resumed', async () => {
    const taskId = await begin('hangs');
    const abort = new AbortController();
    const resumed = generateText({
      model: model(),
      prompt: '',
      abortSignal: abort.signal,
      providerOptions: { a2a: { resume: { taskId } } },
    });
    resumed.catch(() => {});
    await vi.waitFor(() =>
      // Of 0.3 it is asked first.
      expect(
        peer.seen.filter(({ body, path }) =>
          /ubscribe|GetTask|tasks\/get|\/tasks\//.test(body + path),
        ).length,
      ).toBeGreaterThan(1),
    );
    abort.abort();
    await expect(resumed).rejects.toThrow(/abort/);
    expect(peer.canceled).toEqual([taskId]);
  });

  const webhooks: [string, A2ALanguageModelOptions['pushNotification'], object][] = [
    ['a token', { url: '', token: 'secret' }, { 'x-a2a-notification-token': 'secret' }],
    [
      'a scheme',
      { url: '', authentication: { scheme: 'Bearer', credentials: 'secret' } },
      { authorization: 'Bearer secret' },
    ],
  ];
  test.skipIf(isRest03).each(webhooks)(
    'tells a webhook, by %s',
    async (how, pushNotification, headers) => {
      // The SDK's 0.3 server knows tokens only.
      if (start === startSdk03Peer && how === 'a scheme') return;
      const hook = await startWebhook();
      try {
        await ask('generate', model(), 'slow', {
          returnImmediately: true,
          pushNotification: { ...pushNotification, url: hook.url },
        });
        await vi.waitFor(() => expect(hook.bodies.join()).toMatch(/completed/i));
        expect(hook.headers).toMatchObject(headers);
      } finally {
        await hook.close();
      }
    },
  );

  test.skipIf(isRest03)('tells a webhook that a resumed task was given', async () => {
    const hook = await startWebhook();
    try {
      const taskId = await begin('slow');
      await ask('generate', model(), '', {
        resume: { taskId },
        returnImmediately: true,
        pushNotification: { url: hook.url, token: 'secret' },
      });
      await vi.waitFor(() => expect(hook.bodies.join()).toMatch(/completed/i));
      expect(hook.headers['x-a2a-notification-token']).toBe('secret');
    } finally {
      await hook.close();
    }
  });
});

test('what the conversation shows of the task is not repeated', async () => {
  const half = say.task('WORKING', {
    artifacts: [{ artifactId: 'a', parts: [{ text: 'Half ' }] }],
  });
  const whole = say.task('COMPLETED', {
    artifacts: [{ artifactId: 'a', parts: [{ text: 'Half of it.' }] }],
  }).task;
  const { model } = scriptedAgent([result(half), result(whole)]);
  const begun = await generateText({
    model,
    prompt: 'Go',
    providerOptions: { a2a: { returnImmediately: true } },
  });
  expect(begun.text).toBe('Half ');
  const resumed = await generateText({
    model,
    messages: [{ role: 'user', content: 'Go' }, ...begun.response.messages],
    providerOptions: { a2a: { resume: { taskId: 't-1' } } },
  });
  expect(resumed.text).toBe('of it.');
});

test('an agent that waits all the same has ended its task', async () => {
  const { model } = scriptedAgent(result(say.task('COMPLETED', { said: 'Done.' })));
  const { text, finishReason } = await generateText({
    model,
    prompt: 'Go',
    providerOptions: { a2a: { returnImmediately: true } },
  });
  expect([text, finishReason]).toEqual(['Done.', 'stop']);
});

test('an agent whose card offers no push notifications is warned of', async () => {
  const { model, requests } = scriptedAgent(result(say.task('SUBMITTED')), { card: agentCard() });
  const { warnings } = await generateText({
    model,
    prompt: 'Go',
    providerOptions: {
      a2a: { returnImmediately: true, pushNotification: { url: 'https://hook.example.com/' } },
    },
  });
  expect(warnings).toMatchObject([{ type: 'unsupported', feature: 'pushNotification' }]);
  expect(requests()[0]?.body).toContain('https://hook.example.com/');
});

test('a next message goes into the conversation, and not to the task that runs', async () => {
  const { model, requests } = scriptedAgent([
    result(say.task('WORKING')),
    result(say.task('COMPLETED', { said: 'Another.' })),
  ]);
  const begun = await generateText({
    model,
    prompt: 'Go',
    providerOptions: { a2a: { returnImmediately: true } },
  });
  await generateText({
    model,
    messages: [
      { role: 'user', content: 'Go' },
      ...begun.response.messages,
      { role: 'user', content: 'And this?' },
    ],
  });
  expect(requests()[1]?.message).toMatchObject({
    contextId: 'c-1',
    parts: [{ text: 'And this?' }],
  });
  expect(requests()[1]?.message['taskId'] ?? '').toBe('');
});

/** What an agent posts to. */
async function startWebhook() {
  const bodies: string[] = [];
  const headers: Record<string, unknown> = {};
  const server = createServer((request, response) => {
    Object.assign(headers, request.headers);
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      bodies.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    bodies,
    headers,
    close: () => new Promise<unknown>((resolve) => server.close(resolve)),
  };
}
