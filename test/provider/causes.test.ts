import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { failureOf } from './failure-of';
import { result, say, scriptedAgent } from './scripted-agent';

const secret = 'sk-agent-4f3c2b1a';
const headers = { authorization: `Bearer ${secret}` };

const failures: [string, unknown][] = [
  ['axios', Object.assign(new Error('x'), { config: { headers }, request: { headers } })],
  ['ofetch', Object.assign(new Error('x'), { options: { headers } })],
  ['a cause', new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { headers }) })],
  ['a cause that is no error', new Error('x', { cause: { headers } })],
  ['no error', { message: 'x', headers }],
];

describe.each(failures)('a failure that carries the request as %s does', (_, failure) => {
  const fails = () => Promise.reject(failure);
  const told = (error: unknown) => inspect(error, { depth: 50, showHidden: true, getters: true });

  test.each(['generate', 'stream'] as const)('of the first request, %s', async (mode) => {
    const { model } = scriptedAgent(fails, { headers });
    const error = await failureOf(model, mode);
    expect(error).toMatchObject({ name: 'AI_A2AProtocolError' });
    expect(told(error)).not.toContain(secret);
  });

  test('of the questions after the task', async () => {
    const { model } = scriptedAgent([result(say.task('TASK_STATE_WORKING')), fails], { headers });
    const error = await failureOf(model);
    expect(error).toMatchObject({ name: 'AI_A2AProtocolError', cause: expect.any(Error) });
    expect(told(error)).not.toContain(secret);
  });

  test('of a function that gives a credential', async () => {
    const { model } = scriptedAgent(result(say.message('Hello')), { auth: { bearer: fails } });
    const error = await failureOf(model);
    expect(error).toMatchObject({ name: 'AI_A2AAuthError' });
    expect(told(error)).not.toContain(secret);
  });

  test('of the token endpoint', async () => {
    const { model } = scriptedAgent(result(say.message('Hello')), {
      auth: {
        clientCredentials: {
          clientId: 'me',
          clientSecret: secret,
          tokenUrl: 'https://agent.example.com/token',
        },
      },
      fetch: fails,
    });
    expect(told(await failureOf(model))).not.toContain(secret);
  });
});
