import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startInternalService } from '../agent/served-agent';
import { type HandlerAgent, startHandlerAgent } from './handler-agent';
import { isInstalled } from './installed-peers';
import { runPythonScript } from './python/python-peer';

const lines = ['0.3', '1'] as const;
const installed = Object.fromEntries(
  lines.map((line) => [line, isInstalled(`a2a-clients-${line}`)]),
);

describe('an agent of createAgentHandler', () => {
  let agent: HandlerAgent;
  // One that was told to go on waits no more.
  beforeEach(async () => void (agent = await startHandlerAgent()));
  afterEach(() => agent.close());

  const run = (line: string, script: string, calls: object[], more: object = {}) => {
    const { goOnUrl, url } = agent;
    return runPythonScript(`a2a-clients-${line}`, script, { url, goOnUrl, calls, ...more });
  };

  const whole = 'Hello, wörld 🌍!';
  const pieces = ['Hello, ', 'wörld ', '🌍!'];

  test.for([
    { line: '0.3', binding: 'JSONRPC', kinds: ['text', 'file', 'file', 'data'] },
    { line: '1', binding: 'JSONRPC', kinds: ['text', 'raw', 'url', 'data'] },
    { line: '1', binding: 'HTTP+JSON', kinds: ['text', 'raw', 'url', 'data'] },
  ])(
    'is called by the A2A SDK’s client in Python, line $line, $binding',
    async ({ binding, kinds, line }, { skip }) => {
      skip(!installed[line], 'It is not installed.');
      const hook = await startInternalService();
      const seen = await run(
        line,
        'sdk-client.py',
        [
          { how: 'send', text: 'completes' },
          { how: 'ask', text: 'completes with files and data' },
          { how: 'stream', text: 'completes' },
          { how: 'send', text: 'bare message' },
          { how: 'stream', text: 'bare message' },
          { how: 'send', text: 'fails' },
          { how: 'stream', text: 'fails' },
          { how: 'stream', text: 'rejects' },
          { how: 'stream', text: 'auth-required' },
          { how: 'turns', text: 'input-required', next: 'Oslo' },
          { how: 'cancel', text: 'hangs' },
          { how: 'push', text: 'waits to be told' },
        ],
        { binding, pushUrl: hook.url },
      );
      const failed = { state: 'failed', text: '', said: 'The oven is cold.' };
      expect(seen).toMatchObject([
        { state: 'completed', text: whole, said: '' },
        { state: 'completed', text: 'See the files.', kinds },
        { state: 'completed', text: whole, states: ['working', 'completed'], chunks: pieces },
        { message: 'Just a message.' },
        { message: 'Just a message.' },
        failed,
        { ...failed, states: ['working', 'failed'] },
        { state: 'rejected', said: 'Not my job.', states: ['rejected'] },
        { state: 'auth-required', said: 'Please sign in.' },
        { state: 'completed', text: 'You said Oslo.', isSameTask: true },
        { state: 'canceled', canceled: 'canceled', states: ['working', 'canceled'] },
        { state: 'completed', text: 'Done.', configs: [hook.url, hook.url] },
      ]);
      await expect.poll(() => hook.seen.at(-1)?.body).toMatch(/completed/i);
      await hook.close();
    },
  );

  test.for(['0.3', '1'])(
    'is listened to a second time by the A2A SDK’s client in Python, line %s',
    async (line, { skip }) => {
      skip(!installed[line], 'It is not installed.');
      const calls = [{ how: 'listen', text: 'waits to be told' }];
      expect(await run(line, 'sdk-client.py', calls)).toMatchObject([
        { text: 'Done.', heard: ['task', 'artifact-update', 'status-update', 'completed'] },
      ]);
    },
  );

  test.for(['0.3', '1'])(
    'is called by RemoteA2aAgent of ADK, over line %s of the A2A SDK',
    async (line, { skip }) => {
      skip(!installed[line], 'It is not installed.');
      const calls = ['completes', 'bare message', 'fails', 'input-required'];
      const seen = await run(
        line,
        '../adk-client.py',
        calls.map((text) => ({ text })),
      );
      expect(seen).toMatchObject([
        // ADK keeps the piece alone that is marked as the last.
        { state: 'completed', shown: pieces.slice(0, 2), kept: pieces.slice(2) },
        { kept: ['Just a message.'] },
        { state: 'failed', kept: ['The oven is cold.'] },
        { state: expect.stringMatching(/^input.required$/) },
      ]);
    },
  );

  test.skipIf(!installed['0.3'])('is called by A2AAgent of Strands', async () => {
    const calls = ['completes', 'bare message', 'fails', 'input-required'];
    const seen = await run(
      '0.3',
      'strands-client.py',
      calls.map((text) => ({ text })),
    );
    expect(seen).toMatchObject([
      { state: 'completed', text: whole },
      { text: 'Just a message.' },
      { state: 'failed', text: 'The oven is cold.' },
      { state: 'input-required', stopReason: 'interrupt', text: 'Which city?' },
    ]);
  });

  test.skipIf(!installed['1'])('is called by A2AAgent of Microsoft’s Agent Framework', async () => {
    const texts = ['completes', 'bare message', 'fails', 'input-required'];
    const calls = [false, true].flatMap((streaming) => texts.map((text) => ({ text, streaming })));
    const answers = [whole, 'Just a message.', 'The oven is cold.', 'Which city?'];
    expect(await run('1', 'agent-framework-client.py', calls)).toEqual([
      ...answers.map((text) => ({ text, chunks: [] })),
      ...answers.map((text, index) => ({ text, chunks: index === 0 ? pieces : [text] })),
    ]);
  });
});
