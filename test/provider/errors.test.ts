import { AISDKError, APICallError } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import {
  A2AAgentCardError,
  A2AProtocolError,
  A2ATaskError,
} from '../../src/provider/client/a2a-error';
import { failureOf } from './failure-of';
import { agentCard, agentUrl, artifact, card03, say, scriptedAgent, sse } from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const modes = ['generate', 'stream'] as const;

describe('the classes', () => {
  const base = { agent: 'a', url: agentUrl, message: 'm' };
  const errors = [
    new A2AProtocolError(base),
    new A2AAgentCardError(base),
    new A2ATaskError({ ...base, taskId: 't', contextId: 'c', state: 'failed', agentMessage: 'no' }),
  ];

  test('know themselves and no other, also from another copy of the package', () => {
    const checks = [
      A2AProtocolError.isInstance,
      A2AAgentCardError.isInstance,
      A2ATaskError.isInstance,
    ];
    for (const [index, error] of errors.entries()) {
      expect(checks.map((check) => check(error))).toEqual(checks.map((_, at) => at === index));
      expect(AISDKError.isInstance(error)).toBe(true);
      const foreign = Object.assign(new Error(), {
        [Symbol.for('vercel.ai.error')]: true,
        [Symbol.for(`vercel.ai.error.${error.name}`)]: true,
      });
      expect(checks.map((check) => check(foreign))).toEqual(checks.map((_, at) => at === index));
    }
    expect(errors.map((error) => APICallError.isInstance(error))).toEqual([true, true, false]);
    for (const other of [new Error('x'), undefined, null, 'x', {}]) {
      expect(
        [A2AProtocolError, A2AAgentCardError, A2ATaskError].some((one) => one.isInstance(other)),
      ).toBe(false);
    }
  });
});

describe.each(modes)('%s', (mode) => {
  test.each([
    [400, false],
    [401, false],
    [402, false],
    [404, false],
    [408, false],
    [409, false],
    [429, true],
    [500, false],
    [502, false],
    [503, true],
    [504, false],
  ])('HTTP %i: isRetryable %s', async (status, isRetryable) => {
    const { model } = scriptedAgent(() => new Response('oops', { status }));
    const error = await failureOf(model, mode);
    expect(error).toMatchObject({
      name: 'AI_A2AProtocolError',
      agent: agentUrl,
      statusCode: status,
      isRetryable,
      message: `The agent "${agentUrl}" answered HTTP ${status}`,
    });
  });

  test('what says when to try again comes along, and no other header', async () => {
    const headers = { 'retry-after': '7', 'set-cookie': 'a=b', 'x-own': 'c' };
    const { model } = scriptedAgent(() => new Response('oops', { status: 429, headers }));
    expect(await failureOf(model, mode)).toMatchObject({ isRetryable: true });
    expect(await failureOf(model, mode)).toHaveProperty('responseHeaders', { 'retry-after': '7' });
  });

  test.each([
    ['ECONNREFUSED', true],
    ['ENOTFOUND', true],
    ['EAI_AGAIN', true],
    ['UND_ERR_CONNECT_TIMEOUT', true],
    ['ConnectionRefused', true],
    ['ECONNRESET', false],
    ['EPIPE', false],
    ['UND_ERR_SOCKET', false],
    ['UND_ERR_HEADERS_TIMEOUT', false],
    [undefined, false],
  ])('network code %s: isRetryable %s', async (code, isRetryable) => {
    for (const error of [
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code }) }),
      new TypeError('fetch failed', {
        cause: new AggregateError([Object.assign(new Error('x'), { code })]),
      }),
    ]) {
      const { model } = scriptedAgent(() => Promise.reject(error));
      expect(await failureOf(model, mode)).toMatchObject({
        name: 'AI_A2AProtocolError',
        isRetryable,
        message: expect.stringContaining(
          `could not be reached${code === undefined ? '.' : ` (${code})`}`,
        ),
      });
    }
  });

  test('a timeout of the custom fetch is a lost connection, not an abort', async () => {
    const { model } = scriptedAgent(() =>
      Promise.reject(new DOMException('The operation timed out.', 'TimeoutError')),
    );
    expect(await failureOf(model, mode)).toMatchObject({
      name: 'AI_A2AProtocolError',
      isRetryable: false,
    });
  });

  test.each(['Tool "mail" failed: Method not found', 'Method not found: tools/call'])(
    'JSON-RPC error -32000, "%s": the agent was at its work, so the message is not sent again',
    async (message) => {
      const { model, requests } = scriptedAgent(({ id }) =>
        Response.json({ jsonrpc: '2.0', id, error: { code: -32000, message } }),
      );
      expect(await failureOf(model, mode)).toMatchObject({ code: -32000, isRetryable: false });
      expect(requests()).toHaveLength(1);
    },
  );

  test.each([-32700, -32600, -32601, -32602, -32603, -32001, -32004, -32009, -32000])(
    'JSON-RPC error %i inside HTTP 200 is final',
    async (code) => {
      const error = { code, message: 'No way.' };
      const frame = (id: unknown) => ({ jsonrpc: '2.0', id, error });
      for (const answer of [
        Response.json(frame(1)),
        Response.json(frame(null)),
        Response.json({ ...frame(1), result: null }),
        ...(mode === 'stream' ? [sse([frame(1)]), sse([frame(null)])] : []),
      ]) {
        const { model } = scriptedAgent(() => answer.clone());
        const thrown = await failureOf(model, mode);
        expect(thrown).toMatchObject({
          name: 'AI_A2AProtocolError',
          code,
          statusCode: 200,
          isRetryable: false,
          message: `The agent "${agentUrl}" responded with an error: No way.`,
        });
      }
    },
  );

  test('an answer to which a gateway adds a code and a message is an answer', async () => {
    const added = {
      ...say.task('COMPLETED', { artifacts: [artifact('a', 'Done')] }),
      code: 0,
      message: 'success',
    };
    const { model } = scriptedAgent(
      () => (mode === 'stream' ? sse([added]) : Response.json(added)),
      {
        card: agentCard({ protocolBinding: 'HTTP+JSON' }),
      },
    );
    expect(await failureOf(model, mode)).toBeUndefined();
  });

  test('an error of a gateway, as plain text in HTTP 200', async () => {
    const { model } = scriptedAgent(() => Response.json({ error: 'Budget exceeded.' }));
    const error = await failureOf(model, mode);
    expect(A2AProtocolError.isInstance(error)).toBe(true);
    expect(error).toMatchObject({
      statusCode: 200,
      code: undefined,
      isRetryable: false,
      message: `The agent "${agentUrl}" responded with an error: Budget exceeded.`,
    });
  });

  test.each([
    ['JSON-RPC', { jsonrpc: '2.0', id: null, error: { code: -32602, message: 'Bad.' } }, -32602],
    ['Google', { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'Bad.' } }, 400],
    [
      'LiteLLM',
      { error: { message: 'Bad.', type: 'None', param: 'None', code: '400' } },
      undefined,
    ],
    ['plain', { error: 'Bad.' }, undefined],
    ['FastAPI', { detail: 'Bad.' }, undefined],
    ['FastAPI validation', { detail: [{ loc: ['body'], msg: 'Bad.', type: 'x' }] }, undefined],
    ['A2A 0.3 over HTTP+JSON', { code: -32602, message: 'Bad.' }, -32602],
  ])('the error body of %s', async (_, body, code) => {
    const { model } = scriptedAgent(() => Response.json(body, { status: 400 }));
    expect(await failureOf(model, mode)).toMatchObject({
      statusCode: 400,
      code,
      message: `The agent "${agentUrl}" answered HTTP 400: Bad.`,
    });
  });

  test('`error: null` beside a result is no error', async () => {
    const { model } = scriptedAgent(({ id }) =>
      Response.json({ jsonrpc: '2.0', id, result: say.message('Fine'), error: null }),
    );
    expect(await failureOf(model, mode)).toBeUndefined();
  });

  test('a page instead of an answer is said to be none', async () => {
    const { model } = scriptedAgent(() => new Response('<html>Please sign in.</html>'));
    expect(await failureOf(model, mode)).toHaveProperty(
      'message',
      `The agent "${agentUrl}" sent a response that is not a JSON object.`,
    );
  });

  test.each([
    ['HTML', () => new Response('<html>secret answer</html>')],
    ['nothing', () => new Response('')],
    ['half a JSON', () => new Response('{"jsonrpc":"2.0","result": secret answer')],
    ['half a JSON of text', () => new Response('{"text":"secret answer"x')],
    ['a list', () => Response.json(['secret answer'])],
    ['no JSON-RPC', () => Response.json({ answer: 'secret answer' })],
    [
      'another id',
      () => Response.json({ jsonrpc: '2.0', id: 99, result: say.message('secret answer') }),
    ],
    ['an empty result', () => Response.json({ jsonrpc: '2.0', id: null, result: {} })],
  ])('%s instead of an answer', async (_, answer) => {
    for (const card of [agentCard(), agentCard({ protocolBinding: 'HTTP+JSON' }), card03()]) {
      const { model } = scriptedAgent(answer, { card });
      const error = await failureOf(model, mode);
      expect(error).toMatchObject({ name: 'AI_A2AProtocolError', isRetryable: false });
      expect(dump(error)).not.toContain('secret');
      expect(dump(error)).not.toContain('"se');
    }
  });
});

function dump(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${error.cause === undefined ? '' : dump(error.cause)}`;
}
