import { generateText, streamText, wrapLanguageModel } from 'ai';
import { afterEach, describe, expect, test } from 'vitest';
import { createSettlement, exchangeRail } from '../../src/index';
import { createA2A } from '../../src/provider/a2a-provider';
import { createSandbox } from '../../src/sandbox';
import type { Peer, PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import { agentCard } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const peers: Peer[] = [];
afterEach(async () => {
  await Promise.all(peers.splice(0).map((peer) => peer.close()));
});

type Start = (options?: PeerOptions) => Promise<Peer>;

async function replicas(...starts: (Start | Promise<Peer>)[]): Promise<Peer[]> {
  const started = await Promise.all(
    starts.map((start) => (typeof start === 'function' ? start() : start)),
  );
  peers.push(...started);
  return started;
}

function providerOf(replicated: Peer[]) {
  return createA2A({
    agents: { team: { urls: replicated.map(({ url }) => url) } },
    polling: { intervalMs: 5, timeoutMs: 60_000 },
  });
}

const prompt = 'completes';
const hello = 'Hello, wörld 🌍!';
const counts = (replicated: Peer[]) => replicated.map((peer) => peer.messages().length);

describe('one replica of several', () => {
  test('each gets its share, whatever it speaks', async () => {
    const two = await replicas(startSdk1Peer, startSdk03Peer);
    const a2a = providerOf(two);
    for (let call = 0; call < 2; call++) {
      const { text } = await generateText({ model: a2a('team'), prompt });
      expect(text).toBe(hello);
      await expect(streamText({ model: a2a('team'), prompt }).text).resolves.toBe(hello);
    }
    expect(counts(two)).toEqual([2, 2]);
  });

  test('the least busy one gets the next message', async () => {
    const two = await replicas(startSdk1Peer, startSdk1Peer);
    const model = providerOf(two)('team');
    const abort = new AbortController();
    const hanging = streamText({ model, prompt: 'hangs', abortSignal: abort.signal });
    const reader = hanging.textStream[Symbol.asyncIterator]();
    await reader.next();
    for (let call = 0; call < 3; call++) await generateText({ model, prompt });
    expect(counts(two).toSorted()).toEqual([1, 3]);
    abort.abort();
    await reader.next().catch(() => {});
    // What ended is busy no more.
    await generateText({ model, prompt });
    await generateText({ model, prompt });
    expect(counts(two).toSorted()).not.toEqual([1, 5]);
  });

  test('the other one is asked when one is gone, and goes first for a while', async () => {
    const two = await replicas(startSdk1Peer, startSdk1Peer);
    const a2a = providerOf(two);
    const model = a2a('team');
    await generateText({ model, prompt });
    await generateText({ model, prompt });
    await two[0]?.close();
    // A message on a line that is only just being closed may have got there.
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let call = 0; call < 4; call++) {
      await expect(generateText({ model, prompt, maxRetries: 0 })).resolves.toMatchObject({
        text: hello,
      });
      await expect(streamText({ model, prompt, maxRetries: 0 }).text).resolves.toBe(hello);
    }
    expect(counts(two)[1]).toBe(9);
  });

  test('one without a card is passed over', async () => {
    const [up] = await replicas(startSdk1Peer);
    const gone = await startSdk1Peer();
    await gone.close();
    for (const urls of [
      [gone.url, up?.url ?? ''],
      [up?.url ?? '', gone.url],
    ]) {
      const a2a = createA2A({ agents: { team: { urls } } });
      await expect(a2a.agentCard('team')).resolves.toMatchObject({ name: 'Peer 1.x' });
      for (let call = 0; call < 2; call++) await generateText({ model: a2a('team'), prompt });
    }
  });

  test('when none is there, the error says that it may be tried again', async () => {
    const gone = await Promise.all([startSdk1Peer(), startSdk1Peer()]);
    await Promise.all(gone.map((peer) => peer.close()));
    const model = providerOf(gone)('team');
    await expect(generateText({ model, prompt, maxRetries: 0 })).rejects.toMatchObject({
      name: 'AI_A2AAgentCardError',
      isRetryable: true,
    });
  });
});

describe('what may have been dispatched goes to nobody else', () => {
  test.each(['stream cut', 'fails'] as const)('%s', async (behaviour) => {
    const two = await replicas(startSdk1Peer, startSdk1Peer);
    const model = providerOf(two)('team');
    await generateText({ model, prompt: behaviour, maxRetries: 0 }).catch(() => {});
    const streamed = streamText({ model, prompt: behaviour, maxRetries: 0, onError: () => {} });
    await streamed.consumeStream();
    const sent = two.flatMap((peer) => peer.messages());
    expect(sent).toHaveLength(2);
  });

  test.each([
    [500, 1],
    [502, 1],
    [400, 1],
    [429, 2],
    [503, 2],
  ])('HTTP %i: %i messages', async (status, messages) => {
    const { a2a, sent } = scripted(() => new Response('', { status }));
    await expect(generateText({ model: a2a('team'), prompt, maxRetries: 0 })).rejects.toMatchObject(
      { statusCode: status },
    );
    expect(sent).toHaveLength(messages);
  });

  test('a refused connection is no dispatch; one that broke may be', async () => {
    for (const [code, messages] of [
      ['ECONNREFUSED', 2],
      ['ECONNRESET', 1],
    ] as const) {
      const { a2a, sent } = scripted(() => {
        throw Object.assign(new TypeError('fetch failed'), { cause: { code } });
      });
      await generateText({ model: a2a('team'), prompt, maxRetries: 0 }).catch(() => {});
      expect(sent).toHaveLength(messages);
    }
  });
});

describe('a task stays where it is', () => {
  test('over turns, polls and questions', async () => {
    const three = await replicas(startSdk1Peer, startSdk03Peer, startSdk1Peer);
    const model = providerOf(three)('team');
    const asked = await generateText({ model, prompt: 'input-required' });
    for (let call = 0; call < 4; call++) await generateText({ model, prompt: 'bare message' });
    const answered = await generateText({
      model,
      messages: [
        { role: 'user', content: 'input-required' },
        ...asked.response.messages,
        { role: 'user', content: 'Oslo' },
      ],
    });
    expect(answered.text).toBe('You said Oslo.');
    const { taskId } = asked.providerMetadata?.['a2a'] ?? {};
    await expect(model.task(String(taskId))).resolves.toMatchObject({
      finishReason: { raw: 'completed' },
    });
  });

  test('and is found by a process that has not seen it', async () => {
    const three = await replicas(startSdk1Peer, startSdk1Peer, startSdk1Peer);
    const first = await generateText({ model: providerOf(three)('team'), prompt });
    const { taskId } = first.providerMetadata?.['a2a'] ?? {};
    for (let process = 0; process < 5; process++) {
      await expect(providerOf(three)('team').task(String(taskId))).resolves.toMatchObject({
        finishReason: { raw: 'completed' },
      });
    }
    await expect(providerOf(three)('team').task('nobody-has-it')).rejects.toMatchObject({
      name: 'AI_A2AProtocolError',
      code: -32001,
    });
  });
});

describe('who is paid', () => {
  const terms = (account: string) => [{ uri: 'urn:pay', params: { account, tokens: 5 } }];

  test('replicas that name another payee than the first get no message', async () => {
    const two = await replicas(
      startSdk1Peer({ extensions: terms('ours') }),
      startSdk1Peer({ extensions: terms('theirs') }),
    );
    const a2a = providerOf(two);
    for (let call = 0; call < 4; call++) await generateText({ model: a2a('team'), prompt });
    expect(counts(two)).toEqual([4, 0]);
    await expect(a2a.agentCard('team')).resolves.toMatchObject({
      capabilities: { extensions: [{ params: { account: 'ours' } }] },
    });
  });

  test('where only such a one is left, that is an error of its own', async () => {
    const two = await replicas(
      startSdk1Peer({ extensions: terms('ours'), diesAfterCard: true }),
      startSdk1Peer({ extensions: terms('theirs') }),
    );
    const [dying, other] = two;
    const model = createA2A({
      agents: { team: { urls: two.map(({ url }) => url) } },
      fetch: async (input, init) => {
        const isMessage = init?.method === 'POST' && String(input).startsWith(dying?.url ?? '');
        if (isMessage) {
          throw Object.assign(new TypeError('x'), { cause: { code: 'ECONNREFUSED' } });
        }
        return fetch(input, init);
      },
    })('team');
    await expect(generateText({ model, prompt, maxRetries: 0 })).rejects.toMatchObject({
      isRetryable: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(other?.messages()).toEqual([]);
  });

  test('one hold, whichever replica answers', async () => {
    const sandbox = createSandbox();
    const { url } = sandbox.agents.streamer;
    const gone = 'https://gone.example.com/agent';
    const a2a = createA2A({
      agents: { team: { urls: [url, gone] } },
      fetch: async (input, init) => {
        const target = String(input);
        if (!target.startsWith(gone)) return sandbox.fetch(input, init);
        if (!target.endsWith('.json')) {
          throw Object.assign(new TypeError('x'), { cause: { code: 'ECONNREFUSED' } });
        }
        const card: unknown = await (await sandbox.fetch(target.replace(gone, url))).json();
        return Response.json(JSON.parse(JSON.stringify(card).replaceAll(url, gone)));
      },
    });
    const settlement = createSettlement({
      rail: exchangeRail({
        exchangeUrl: sandbox.exchangeUrl,
        apiKey: sandbox.payer.apiKey,
        fetch: sandbox.fetch,
      }),
    });
    const events: string[] = [];
    for (const name of ['held', 'released', 'refunded'] as const) {
      settlement.on(name, (event) => void events.push(`${name} ${event.agent}`));
    }
    const model = wrapLanguageModel({ model: a2a('team'), middleware: settlement.middleware });
    for (let call = 0; call < 3; call++) await generateText({ model, prompt: 'Hello' });
    const once = ['held team', 'released team'];
    expect(events).toEqual([...once, ...once, ...once]);
  });
});

test('health of each, and of all', async () => {
  const two = await replicas(startSdk1Peer, startSdk1Peer);
  const a2a = providerOf(two);
  await two[0]?.close();
  expect(await a2a.checkHealth('team')).toEqual({
    isHealthy: true,
    latencyMs: expect.any(Number),
    replicas: [
      expect.objectContaining({ url: two[0]?.url, isHealthy: false, error: expect.any(Error) }),
      { url: two[1]?.url, isHealthy: true, latencyMs: expect.any(Number) },
    ],
  });
  await two[1]?.close();
  expect(await a2a.checkHealth('team')).toMatchObject({ isHealthy: false });
});

test('a list of one is that agent, and a list of none is no agent', async () => {
  const [only] = await replicas(startSdk1Peer);
  const a2a = createA2A({ agents: { one: { urls: [only?.url ?? ''] }, none: { urls: [] } } });
  await generateText({ model: a2a('one'), prompt });
  expect(() => a2a('none')).toThrow('set an http(s) URL as url or endpoint in agents["none"]');
});

/** Two replicas that answer messages as told. */
function scripted(answer: () => Response) {
  const sent: string[] = [];
  const a2a = createA2A({
    agents: { team: { urls: ['https://one.example.com', 'https://two.example.com'] } },
    fetch: async (input, init) => {
      const { origin } = new URL(String(input));
      if (init?.method !== 'POST') return Response.json(agentCard({ url: `${origin}/rpc` }));
      // After a message the agents may be asked for the task that it began.
      if (!String(init.body).includes('ListTasks')) sent.push(origin);
      return answer();
    },
  });
  return { a2a, sent };
}
