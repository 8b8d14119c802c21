import { generateText, RetryError } from 'ai';
import { describe, expect, test } from 'vitest';
import { createA2A } from '../../src/provider/a2a-provider';
import { A2ATaskError } from '../../src/provider/client/a2a-error';
import { failureOf } from './failure-of';
import {
  agentCard,
  agentUrl,
  card03,
  rawSse,
  result,
  results,
  say,
  scriptedAgent,
} from './scripted-agent';
import { expectSilentConsole } from './silent-console';

expectSilentConsole();

const prompt = 'Hi';

describe('the end of a task', () => {
  test.each(['FAILED', 'REJECTED', 'CANCELED'])('%s', async (state) => {
    for (const mode of ['generate', 'stream'] as const) {
      const events = [say.task('WORKING'), say.status(state, 'The oven is cold.')];
      const { model } = scriptedAgent(
        mode === 'generate'
          ? result(say.task(state, { said: 'The oven is cold.' }))
          : results(...events),
      );
      const error = await failureOf(model, mode);
      expect(A2ATaskError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({
        message: 'The oven is cold.',
        agent: agentUrl,
        taskId: 't-1',
        contextId: 'c-1',
        state: state.toLowerCase(),
        isRetryable: false,
      });
    }
  });

  test('without a word, or with the words in the history', async () => {
    const silent = scriptedAgent(result(say.task('FAILED')));
    expect(await failureOf(silent.model)).toMatchObject({
      message: `The agent "${agentUrl}" ended the task as failed without a reason.`,
    });
    const history = [{ messageId: 'm', role: 'ROLE_AGENT', parts: [{ text: 'No flour.' }] }];
    const told = scriptedAgent(result(say.task('FAILED', { history })));
    expect(await failureOf(told.model)).toMatchObject({ message: 'No flour.' });
  });

  test('an error event of HTTP+JSON carries its words', async () => {
    const rest = agentCard({ protocolBinding: 'HTTP+JSON' });
    const legacy = card03({ preferredTransport: 'HTTP+JSON' });
    for (const [card, data] of [
      [rest, { error: { code: 500, status: 'INTERNAL', message: 'Out of flour.' } }],
      [legacy, { code: -32603, message: 'Out of flour.' }],
    ] as const) {
      const { model } = scriptedAgent(
        () => rawSse(`event: error\ndata: ${JSON.stringify(data)}\n\n`),
        { card },
      );
      expect(await failureOf(model, 'stream')).toMatchObject({
        name: 'AI_A2AProtocolError',
        message: expect.stringContaining('Out of flour.'),
      });
    }
  });
});

describe('the AI SDK', () => {
  const refused = () =>
    Promise.reject(
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      }),
    );

  test('tries again where nothing can have been dispatched', async () => {
    const agent = scriptedAgent([refused, result(say.message('Here'))]);
    await expect(
      generateText({ model: agent.model, prompt, maxRetries: 1 }),
    ).resolves.toMatchObject({
      text: 'Here',
    });
    expect(agent.requests()).toHaveLength(2);
  });

  test('and nowhere else', async () => {
    const agent = scriptedAgent(() => new Response('', { status: 500 }));
    const error: unknown = await generateText({ model: agent.model, prompt }).catch(
      (e: unknown) => e,
    );
    expect(RetryError.isInstance(error)).toBe(false);
    expect(agent.requests()).toHaveLength(1);
  });

  test('an agent that is not there at all', async () => {
    const model = createA2A()('http://127.0.0.1:1');
    expect(await failureOf(model)).toMatchObject({
      name: 'AI_A2AAgentCardError',
      message: expect.stringContaining('could not be reached'),
    });
  });
});
