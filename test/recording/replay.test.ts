import { generateText, streamText, wrapLanguageModel } from 'ai';
import { describe, expect, it } from 'vitest';
import { createA2A, createSettlement, exchangeRail, type SettlementOptions } from '../../src/index';
import { record, replay } from '../../src/recording';
import { createSandbox, type DemoAgentName } from '../../src/sandbox';

const sandbox = createSandbox({ agentDelayMs: 0 });
const { exchangeUrl, payer } = sandbox;

/** Calls an agent of the sandbox once, and records it. */
async function recordOne(
  name: DemoAgentName,
  mode: 'generate' | 'stream' = 'generate',
  options: SettlementOptions = {},
  fetch = sandbox.fetch,
) {
  const recording = record({ fetch, settlement: options });
  const a2a = createA2A({ ...recording.provider, headers: { 'x-api-key': 'secret-of-the-agent' } });
  const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, ...recording.rail });
  const settlement = createSettlement({ ...options, rail });
  const model = wrapLanguageModel({
    model: a2a(sandbox.agents[name].url),
    middleware: recording.middleware(settlement),
  });
  const call = { model, prompt: 'Weather in Lisbon', maxRetries: 0 };
  if (mode === 'generate') await generateText(call).catch(() => {});
  else await streamText({ ...call, onError: () => {} }).consumeStream();
  return recording.toText();
}

describe('a replay', () => {
  it.each([
    ['data', 'generate', 'released'],
    ['data', 'stream', 'released'],
    ['streamer', 'stream', 'released'],
    ['failing', 'generate', 'refunded'],
    ['failing', 'stream', 'refunded'],
    ['asker', 'generate', 'kept'],
  ] as const)('of the agent %s (%s) ends as before: %s', async (name, mode, status) => {
    const text = await recordOne(name, mode);
    const { calls, unrecorded } = await replay(text);
    expect(unrecorded).toEqual([]);
    expect(calls).toHaveLength(1);
    expect(calls[0]?.recorded.receipt).toMatchObject({ status });
    expect(calls[0]?.differences).toEqual([]);
    expect(calls[0]?.replayed.receipt).toMatchObject({ status });
    expect(calls[0]?.recorded.finishReason ?? calls[0]?.recorded.error?.name).toBeDefined();
  });

  it('shows what other options would have changed', async () => {
    const text = await recordOne('data');
    const { calls, unrecorded } = await replay(text, { settlement: { verify: () => false } });
    expect(unrecorded).toEqual(['POST /v1/exchange/refund']);
    expect(calls[0]?.differences).toEqual(
      expect.arrayContaining(['receipt.status', 'receipt.captured', 'receipt.returned']),
    );
    expect(calls[0]).toMatchObject({
      recorded: { receipt: { status: 'released', captured: 5, amount: 5, fee: 1 } },
      replayed: { receipt: { status: 'refunded', captured: 0, amount: 5, fee: 1, returned: 6 } },
    });
    expect(calls[0]?.replayed.receipt?.['escrowId']).toBe(calls[0]?.recorded.receipt?.['escrowId']);

    const dear = await replay(text, { settlement: { price: 50 } });
    expect(dear.unrecorded).toEqual(['POST /v1/exchange/escrow', 'POST /v1/exchange/release']);
    expect(dear.calls[0]?.replayed.receipt).toMatchObject({ status: 'released', captured: 50 });
  });

  it('tells the code of an error, which a recording of an earlier version has not', async () => {
    const text = await recordOne('data');
    const failedWith = (code: object) =>
      text.replace(
        /\{"type":"result".*\}/,
        JSON.stringify({
          type: 'result',
          error: { name: 'AI_SettlementError', ...code, message: 'Too dear' },
        }),
      );
    const differencesOf = async (recording: string) => {
      const { calls } = await replay(recording, { settlement: { limits: { perCall: 4 } } });
      expect(calls[0]?.replayed.error).toMatchObject({
        name: 'AI_SettlementError',
        code: 'LIMIT_EXCEEDED',
        message: expect.stringContaining('perCall'),
      });
      return calls[0]?.differences;
    };
    expect((await differencesOf(text))?.[0]).toBe('error');
    expect(await differencesOf(failedWith({ code: 'LIMIT_EXCEEDED' }))).not.toContain('error');
    expect(await differencesOf(failedWith({}))).not.toContain('error');
    expect(await differencesOf(failedWith({ code: 'NETWORK' }))).toContain('error');
  });

  it('of a call that was refused before its hold ends as before', async () => {
    const text = await recordOne('data', 'generate', { limits: { perCall: 4 } });
    expect(text).toContain(
      '"error":{"name":"AI_SettlementError","code":"LIMIT_EXCEEDED","message":',
    );
    const same = await replay(text);
    expect(same.calls[0]).toMatchObject({
      differences: [],
      replayed: { error: { code: 'LIMIT_EXCEEDED' } },
    });
    const allowed = await replay(text, { settlement: { limits: { perCall: 5 } } });
    expect(allowed.unrecorded).toContain('POST /v1/exchange/escrow');
  });

  it('has the options of the recorded settlement, unless others are given', async () => {
    const text = await recordOne('data', 'generate', { price: 7 });
    const same = await replay(text);
    expect(same.calls[0]?.differences).toEqual([]);
    expect(same.calls[0]?.replayed.receipt).toMatchObject({ amount: 7 });
    const other = await replay(text, { settlement: { price: 8 } });
    expect(other.calls[0]?.replayed.receipt).toMatchObject({ amount: 8 });
  });

  it('is of today, also for a recording of last year, and with another clock', async () => {
    const text = (await recordOne('data')).replaceAll(/"at":(\d+)/g, (_, at: string) => {
      return `"at":${Number(at)}`;
    });
    const yearMs = 365 * 86_400_000;
    const old = text
      .replaceAll(/"at":(\d+)/g, (_, at: string) => `"at":${Number(at) - yearMs}`)
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (time) => {
        return new Date(Date.parse(time) - yearMs).toISOString();
      });
    expect((await replay(old)).calls[0]).toMatchObject({
      differences: [],
      replayed: { receipt: { status: 'released' } },
    });
    for (const clockSkewMs of [-900_000, 900_000]) {
      const { calls } = await replay(text, { clockSkewMs });
      expect(calls[0]).toMatchObject({ differences: [] });
    }
  });

  it('goes on after a crash, by its journal', async () => {
    const text = await recordOne('data');
    // Card, hold, message: the release reaches nothing.
    const { calls, reconciled } = await replay(text, { cutAfter: 3 });
    expect(calls[0]?.replayed.receipt).toMatchObject({ status: 'pending' });
    expect(calls[0]?.differences).toContain('receipt.status');
    expect(reconciled).toEqual([expect.objectContaining({ status: 'released', captured: 5 })]);
  });

  it('breaks off where the answer broke off', async () => {
    let isBroken = false;
    const breaking: typeof fetch = async (input, init) => {
      const response = await sandbox.fetch(input, init);
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream');
      if (!isStream || isBroken || response.body === null) return response;
      isBroken = true;
      const body = response.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            controller.enqueue(chunk);
            if (new TextDecoder().decode(chunk).includes('artifactUpdate')) {
              controller.error(new TypeError('terminated'));
            }
          },
        }),
      );
      return new Response(body, response);
    };
    const text = await recordOne('streamer', 'stream', {}, breaking);
    expect(isBroken).toBe(true);
    expect(text).toContain('"isCut":true');
    expect((await replay(text)).calls[0]?.differences).toEqual([]);
  });

  it('finds a card at its old path again', async () => {
    const text = await recordOne('data', 'generate', {}, async (input, init) =>
      new URL(new Request(input).url).pathname.endsWith('agent-card.json')
        ? new Response('Not here', { status: 404 })
        : sandbox.fetch(input, init),
    );
    expect((await replay(text)).calls[0]).toMatchObject({
      differences: [],
      replayed: { receipt: { status: 'released' } },
    });
  });

  it('calls an agent by its name at the address that was recorded', async () => {
    const recording = record({ fetch: sandbox.fetch });
    const a2a = createA2A({
      ...recording.provider,
      agents: { weather: { url: sandbox.agents.data.url } },
    });
    const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, ...recording.rail });
    const middleware = recording.middleware(createSettlement({ rail }));
    const model = wrapLanguageModel({ model: a2a('weather'), middleware });
    await generateText({ model, prompt: 'Weather in Lisbon' });
    await generateText({ model, prompt: 'Weather in Rome' });
    const { calls } = await replay(recording.toText());
    expect(calls).toMatchObject([
      { modelId: 'weather', differences: [] },
      { modelId: 'weather', differences: [] },
    ]);
  });

  it.each([
    ['', 'The recording contains no call.'],
    ['Milk', 'line 1 cannot be read'],
    ['{"type":"recording","version":2,"settlement":{}}', 'line 1 cannot be read'],
    ['{"type":"recording","version":1,"settlement":{}}', 'The recording contains no call.'],
    ['{"type":"event","name":"held","receipt":{}}', 'line 1 cannot be read'],
  ])('of %j says what is wrong', async (text, words) => {
    await expect(replay(text)).rejects.toThrow(words);
  });
});

describe('a recording', () => {
  it('has prompts and answers, and no credentials', async () => {
    const recording = record({ fetch: sandbox.fetch });
    const a2a = createA2A({
      ...recording.provider,
      headers: { authorization: 'Bearer key-of-the-agent' },
    });
    const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, ...recording.rail });
    const model = wrapLanguageModel({
      model: a2a(`${sandbox.agents.streamer.url}?key=key-in-the-url`),
      middleware: recording.middleware(createSettlement({ rail })),
    });
    const { text } = await generateText({
      model,
      // The agent repeats it.
      prompt: `What is key-of-the-agent, and ${payer.apiKey}?`,
      providerOptions: {
        a2a: {
          pushNotification: {
            url: 'http://localhost/hook',
            token: 'token-of-the-hook',
            authentication: { scheme: 'Bearer', credentials: 'credentials-of-the-hook' },
          },
        },
      },
    });
    expect(text).toContain('key-of-the-agent');
    const recorded = recording.toText();
    expect(recorded).toContain('You asked: What is [authorization], and [');
    for (const secret of [
      payer.apiKey,
      'key-of-the-agent',
      'key-in-the-url',
      'token-of-the-hook',
      'credentials-of-the-hook',
    ]) {
      expect(recorded).not.toContain(secret);
    }
    expect((await replay(recorded)).calls[0]).toMatchObject({
      replayed: { receipt: { status: 'released' } },
    });
  });

  it('has no credential that an agent repeats in a stream', async () => {
    const push = {
      url: 'https://user:password-of-the-hook@app.example.com/hook?key=key-of-the-hook',
      token: 'token-of-the-hook',
      authentication: { schemes: ['Bearer'], credentials: 'credentials-of-the-hook' },
    };
    const metadata = { 'x402.payment.payload': { payload: { signature: '0xsignature' } } };
    const bare = { url: 'https://app.example.com/?key=second-key' };
    const events = [
      { result: { history: [{ metadata }], pushNotificationConfig: push } },
      { result: { text: 'I call key-of-the-hook with token-of-the-hook for 0xsignature' } },
      { result: { text: 'So did I', taskPushNotificationConfig: [bare] } },
      // Nobody has sent this one.
      { result: { metadata: { access_token: 'token-of-the-agent' } } },
    ];
    const stream = events.map((event) => `data: ${JSON.stringify(event)}\n\n`);
    const recording = record({
      fetch: async () =>
        new Response(stream.join(''), { headers: { 'content-type': 'text/event-stream' } }),
    });
    const body = JSON.stringify({
      params: {
        configuration: { taskPushNotificationConfig: push },
        message: { metadata, parts: [{ text: 'Hello' }] },
      },
    });
    const url = 'https://agent.example.com/';
    await (await recording.provider.fetch(url, { method: 'POST', body })).text();
    const text = recording.toText();
    for (const secret of ['-of-the-hook', '-of-the-agent', '0xsignature', 'second-key']) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('https://app.example.com/hook');
    expect(text).toContain('So did I');
    expect(text).toContain('Hello');
  });

  it('has no secret of a token endpoint', async () => {
    const recording = record({
      fetch: async () =>
        Response.json(
          {
            access_token: 'access-1',
            refresh_token: 'refresh-1',
            about: 'my secret+of the client',
          },
          { headers: { location: 'https://login.example.com/next?code=code-1#part-1' } },
        ),
    });
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: 'my-app',
      client_secret: 'secret+of the client',
    });
    const url = 'https://login.example.com/token';
    await (await recording.provider.fetch(url, { method: 'POST', body })).text();
    const text = recording.toText();
    for (const secret of ['secret%2B', 'secret+', 'access-1', 'refresh-1', 'code-1', 'part-1']) {
      expect(text).not.toContain(secret);
    }
    expect(text).toContain('client_id=my-app');
    expect(text).toContain('https://login.example.com/next');
  });

  it('has no part of a secret that begins with another, or that JSON writes differently', async () => {
    const recording = record({
      fetch: async () => Response.json({ said: 'pass-word-and-more', also: 'a"quoted\\one' }),
    });
    const headers = {
      'x-short': 'pass-word',
      'x-long': 'pass-word-and-more',
      'x-odd': 'a"quoted\\one',
    };
    await (await recording.provider.fetch('https://agent.example.com/', { headers })).text();
    const text = recording.toText();
    for (const secret of ['pass-word', 'and-more', 'quoted']) expect(text).not.toContain(secret);
  });

  it('has the pieces of a stream without secrets as they arrived', async () => {
    const pieces = ['data: { "text":', ' "one" }\n\n', 'data: {"text": "two"}\n\n'];
    const recording = record({
      fetch: async () =>
        new Response(
          new ReadableStream({
            start(controller) {
              for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
              controller.close();
            },
          }),
        ),
    });
    await (await recording.provider.fetch('https://agent.example.com/')).text();
    const line: unknown = JSON.parse(recording.toText().split('\n')[1] ?? '');
    expect(line).toMatchObject({ chunks: pieces });
  });

  it('has requests that failed, and answers that broke off', async () => {
    const lost = record({
      fetch: () => Promise.reject(new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } })),
    });
    await expect(lost.rail.fetch('https://exchange.example.com/v1/stats')).rejects.toThrow();
    expect(lost.toText()).toContain('"failed":"ENOTFOUND"');

    const broken = record({
      fetch: async () => {
        const pieces = ['one', 'two'];
        const body = new ReadableStream({
          pull(controller) {
            const piece = pieces.shift();
            if (piece === undefined) controller.error(new TypeError('terminated'));
            else controller.enqueue(new TextEncoder().encode(piece));
          },
        });
        return new Response(body, { headers: { 'content-type': 'text/plain' } });
      },
    });
    const response = await broken.provider.fetch('https://agent.example.com/');
    await expect(response.text()).rejects.toThrow();
    expect(JSON.parse(broken.toText().split('\n')[1] ?? '')).toMatchObject({
      chunks: ['one', 'two'],
      isCut: true,
    });
  });
});
