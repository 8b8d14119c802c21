import { generateText, streamText } from 'ai';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  agentCard,
  artifact,
  blankCall,
  card03,
  result,
  results,
  say,
  scriptedAgent,
  type Call,
} from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';
const task = (state: string, more: object = {}) => result(say.task(state, more).task);
const broken = () => new Response('', { status: 500 });
const refusal = ({ id }: Call) =>
  Response.json({ jsonrpc: '2.0', id, error: { code: -32004, message: 'It is over.' } });

/** Sends an event and then loses the line. */
function cut(...events: object[]) {
  return ({ id }: Call) => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          const event = events[sent++];
          if (event === undefined) throw new TypeError('terminated');
          const frame = JSON.stringify({ jsonrpc: '2.0', id, result: event });
          controller.enqueue(new TextEncoder().encode(`data: ${frame}\n\n`));
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  };
}

describe('a task that is not over', () => {
  test('is asked for at the default pace where the settings hold undefined', async () => {
    const { none } = JSON.parse('{}');
    const asked: number[] = [];
    const { model } = scriptedAgent(
      [
        result(say.task('SUBMITTED')),
        ...['WORKING', 'WORKING', 'COMPLETED'].map((state) => (call: Call) => {
          asked.push(Date.now());
          return task(state)(call);
        }),
      ],
      { polling: { intervalMs: none, timeoutMs: none } },
    );
    await generateText({ model, prompt });
    const [first = 0, second = 0] = asked;
    expect(second - first).toBeGreaterThan(400);
  });

  test('is asked for until it is', async () => {
    const { model, requests } = scriptedAgent([
      result(say.task('SUBMITTED')),
      task('WORKING'),
      task('WORKING', { artifacts: [artifact('a', 'Half')] }),
      task('COMPLETED', { artifacts: [artifact('a', 'Half', ' and half')] }),
    ]);
    const { text, finishReason } = await generateText({ model, prompt });
    expect([text, finishReason]).toEqual(['Half and half', 'stop']);
    expect(requests().map(({ rpc }) => rpc)).toEqual([
      'SendMessage',
      'GetTask',
      'GetTask',
      'GetTask',
    ]);
  });

  test.each(['INPUT_REQUIRED', 'AUTH_REQUIRED', 'FAILED'])('or is %s', async (state) => {
    const { model, requests } = scriptedAgent([
      result(say.task('WORKING')),
      task(state, { said: 'So it is.' }),
    ]);
    const said = await generateText({ model, prompt }).then(
      ({ text }) => text,
      (error: unknown) => String(error),
    );
    expect(said).toContain('So it is.');
    expect(requests()).toHaveLength(2);
  });

  test('survives questions that fail, but not three in a row', async () => {
    const once = scriptedAgent([
      result(say.task('WORKING')),
      broken,
      broken,
      task('WORKING'),
      broken,
      broken,
      task('COMPLETED', { artifacts: [artifact('a', 'There')] }),
    ]);
    await expect(generateText({ model: once.model, prompt })).resolves.toMatchObject({
      text: 'There',
    });

    const gone = scriptedAgent([result(say.task('WORKING')), broken]);
    await expect(generateText({ model: gone.model, prompt })).rejects.toMatchObject({
      name: 'AI_A2AProtocolError',
      taskId: 't-1',
      isRetryable: false,
      message:
        'The agent "https://agent.example.com" did not end task t-1 in its response, and querying the task failed (HTTP 500).',
    });
    expect(gone.requests()).toHaveLength(4);
  });

  test('is given up in the end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const working = (call: Call) => {
      vi.setSystemTime(Date.now() + 10);
      return task('WORKING')(call);
    };
    const { model, requests } = scriptedAgent([result(say.task('WORKING')), working], {
      polling: { intervalMs: 5, timeoutMs: 60 },
    });
    await expect(generateText({ model, prompt })).rejects.toMatchObject({
      name: 'AI_A2AProtocolError',
      taskId: 't-1',
      isRetryable: false,
      message: expect.stringContaining('within 60 ms'),
    });
    expect(requests().length).toBeGreaterThan(2);
    expect(requests().length).toBeLessThan(12);
  });
});

describe('a stream that ends too early', () => {
  const rest = task('COMPLETED', { artifacts: [artifact('a', 'Half', ' and half')] });
  const begun = [say.task('WORKING'), say.artifact('a', 'Half')];

  test.each([
    ['quietly', results(...begun)],
    ['by a cut', cut(...begun)],
    ['on half an event', (call: Call) => halved(results(...begun)(call))],
  ])('%s is followed up without repeating a word', async (_, answer) => {
    const { model, requests } = scriptedAgent([answer, refusal, rest]);
    const { text } = streamText({ model, prompt });
    expect(await text).toBe('Half and half');
    expect(requests().map(({ rpc }) => rpc)).toEqual([
      'SendStreamingMessage',
      'SubscribeToTask',
      'GetTask',
    ]);
  });

  test.each([
    ['state', { ...say.status('FAILED').statusUpdate, taskId: 't-9' }],
    ['task', { ...say.task('COMPLETED').task, id: 't-9', artifacts: [artifact('a', 'Strange')] }],
  ])('and the second one tells of another %s: that ends nothing', async (_, stranger) => {
    const { model, requests } = scriptedAgent([
      results(...begun),
      results(say.task('WORKING'), stranger, say.artifact('b', '!'), say.status('COMPLETED')),
      rest,
    ]);
    const { text } = streamText({ model, prompt });
    expect(await text).toBe('Half and half!');
    expect(requests().map(({ rpc }) => rpc)).toEqual([
      'SendStreamingMessage',
      'SubscribeToTask',
      'GetTask',
    ]);
  });

  test('of an agent whose card knows no streams is not listened to again', async () => {
    const card = agentCard({}, { capabilities: { streaming: false } });
    const { model, requests } = scriptedAgent([result(say.task('WORKING')), rest], { card });
    const { text } = streamText({ model, prompt });
    expect(await text).toBe('Half and half');
    expect(requests().map(({ rpc }) => rpc)).toEqual(['SendMessage', 'GetTask']);
  });

  const waiting = say.task('INPUT_REQUIRED', { said: 'Which?' });
  test.each([
    ['ended quietly: the agent asks again', results(waiting), 'Which?', 2],
    ['cut off: it is asked how it stands', cut(waiting), 'Half and half', 3],
  ])('behind the question that it continues, %s', async (_, answer, said, count) => {
    const { model, requests } = scriptedAgent([result(waiting), answer, rest]);
    const asked = await generateText({ model, prompt });
    const messages = [...asked.response.messages, { role: 'user' as const, content: 'This' }];
    const { text } = streamText({ model, messages });
    expect(await text).toBe(said);
    expect(requests()).toHaveLength(count);
  });

  test('before the first event: the agent is asked for the task, and knows none', async () => {
    for (const answer of [results(), cut()]) {
      const { model, requests } = scriptedAgent(answer);
      const errors: unknown[] = [];
      await streamText({
        model,
        prompt,
        maxRetries: 0,
        onError: ({ error }) => void errors.push(error),
      }).consumeStream();
      expect(errors).toMatchObject([{ name: 'AI_A2AProtocolError', isRetryable: false }]);
      expect(requests().map(({ rpc }) => rpc)).toEqual(['SendStreamingMessage', 'ListTasks']);
    }
  });

  test('and an agent that cannot say', async () => {
    const { model } = scriptedAgent([cut(...begun), broken]);
    const seen: string[] = [];
    for await (const part of streamText({ model, prompt, onError: () => {} }).fullStream) {
      if (part.type === 'text-delta') seen.push(part.text);
      if (part.type === 'error') seen.push(String(part.error));
      if (part.type === 'finish') seen.push(part.finishReason);
    }
    expect(seen).toEqual([
      'Half',
      expect.stringContaining(
        'The stream of agent "https://agent.example.com" was interrupted in task t-1, and querying the task failed (HTTP 500).',
      ),
      'error',
    ]);
  });
});

describe('an agent that is not there when its task is asked for', () => {
  const begun = cut(say.task('WORKING'), say.artifact('a', 'Half'));
  const rest = task('COMPLETED', { artifacts: [artifact('a', 'Half', ' and half')] });
  const refused = () => {
    throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
  };
  const unavailable = () => new Response('', { status: 503 });

  function agentThat(answers: ((call: Call) => Response)[], timeoutMs = 30 * 60_000) {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const asked: number[] = [];
    const agent = scriptedAgent(
      answers.map((answer) => (call) => {
        asked.push(Date.now());
        return answer(call);
      }),
      { polling: { intervalMs: 500, timeoutMs } },
    );
    return { ...agent, seconds: () => ((asked.at(-1) ?? 0) - (asked[0] ?? 0)) / 1000 };
  }

  async function listen(model: ReturnType<typeof agentThat>['model']) {
    const errors: unknown[] = [];
    const answer = streamText({
      model,
      prompt,
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    const done = (async () => {
      await answer.consumeStream();
      return errors.length > 0 ? '' : await answer.text;
    })();
    const watched = { isDone: false };
    void done.finally(() => (watched.isDone = true)).catch(() => {});
    while (!watched.isDone) {
      await vi.advanceTimersByTimeAsync(100);
      // What is read of a stream takes turns of the real loop, not time.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    return { text: await done, error: errors[0] };
  }

  test.each([
    ['it refuses connections', refused],
    ['its proxy says so', unavailable],
  ])('is asked again while it is started anew: %s', async (_, down) => {
    const { model, seconds } = agentThat([begun, ...Array.from({ length: 8 }, () => down), rest]);
    expect(await listen(model)).toMatchObject({ text: 'Half and half', error: undefined });
    expect(seconds()).toBeGreaterThan(15);
  });

  test('is given up after half a minute', async () => {
    const { model, seconds } = agentThat([begun, refused]);
    const { error } = await listen(model);
    expect(error).toMatchObject({
      name: 'AI_A2AProtocolError',
      taskId: 't-1',
      isRetryable: false,
      message:
        'The stream of agent "https://agent.example.com" was interrupted in task t-1, and querying the task failed (ECONNREFUSED).',
      cause: { name: 'AI_A2AProtocolError' },
    });
    expect(seconds()).toBeGreaterThan(20);
    // And not after half an hour, which is the time for a task that works.
    expect(seconds()).toBeLessThan(120);
  });

  test('is given up when the time for asking is over', async () => {
    const { model, seconds } = agentThat([begun, refused], 5000);
    expect(String((await listen(model)).error)).toContain('failed (ECONNREFUSED).');
    expect(seconds()).toBeLessThan(20);
  });

  test('and has lost the task when it is back', async () => {
    const unknown = ({ id }: Call) =>
      Response.json({ jsonrpc: '2.0', id, error: { code: -32001, message: 'Unknown.' } });
    const { model, requests } = agentThat([begun, refused, refused, unknown]);
    expect(String((await listen(model)).error)).toContain('failed (-32001).');
    expect(requests().filter(({ rpc }) => rpc === 'GetTask').length).toBeLessThan(6);
  });
});

describe('states nobody has heard of', () => {
  test.each([
    [
      '1.0',
      agentCard(),
      { ...say.task('WORKING').task, status: { state: 'TASK_STATE_PONDERING' } },
    ],
    ['1.0, a number', agentCard(), { ...say.task('WORKING').task, status: { state: 77 } }],
    ['1.0, none', agentCard(), { ...say.task('WORKING').task, status: {} }],
    [
      '0.3',
      card03(),
      { kind: 'task', id: 't-1', contextId: 'c-1', status: { state: 'pondering' } },
    ],
    [
      '0.3, unknown',
      card03(),
      { kind: 'task', id: 't-1', contextId: 'c-1', status: { state: 'unknown' } },
    ],
  ])('are no end: %s', async (_, card, pondering) => {
    const is03 = 'kind' in pondering;
    const over = is03
      ? { ...pondering, status: { state: 'completed' } }
      : say.task('COMPLETED', { artifacts: [artifact('a', 'Done')] }).task;
    const first = is03 ? pondering : { task: pondering };
    for (const send of [result(first), results(first)]) {
      const { model, requests } = scriptedAgent([send, result(pondering), result(over)], { card });
      const isStream = send(blankCall).headers.get('content-type')?.includes('event') === true;
      const { finishReason } = isStream
        ? streamText({ model, prompt })
        : await generateText({ model, prompt });
      expect(await finishReason).toBe('stop');
      expect(requests()).toHaveLength(3);
    }
  });
});

function halved(response: Response): Response {
  const body = response.body?.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        controller.enqueue(new TextEncoder().encode('data: {"jsonrpc":"2.0","id":null,"res'));
      },
    }),
  );
  return new Response(body, response);
}
