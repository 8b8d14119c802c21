import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isInstalled } from './installed-peers';
import { type PaidPoet, startPaidPoet } from './paid-poet';
import { runPythonScript } from './python/python-peer';

const lines = ['0.3', '1'] as const;
const installed = Object.fromEntries(
  lines.map((line) => [line, isInstalled(`a2a-clients-${line}`)]),
);

describe('an agent of createPaidAgent', () => {
  let poet: PaidPoet;
  beforeAll(async () => void (poet = await startPaidPoet()));
  afterAll(() => poet.close());

  const run = (line: string, script: string, calls: object[], more: object = {}) => {
    const { goOnUrl, headers, url } = poet;
    const settings = { url, goOnUrl, headers, calls, ...more };
    return runPythonScript(`a2a-clients-${line}`, script, settings);
  };
  const paid = async (call: object) => ({ ...call, metadata: await poet.pay() });

  const refused = 'Payment refused: This agent requires payment.';
  const pieces = ['Roses', ' are red', '.'];

  test.for([
    { line: '0.3', binding: 'JSONRPC' },
    { line: '1', binding: 'JSONRPC' },
    { line: '1', binding: 'HTTP+JSON' },
  ])(
    'is paid by the A2A SDK’s client in Python, line $line, $binding',
    async ({ binding, line }, { skip }) => {
      skip(!installed[line], 'It is not installed.');
      const seen = await run(
        line,
        'sdk-client.py',
        [
          { how: 'send', text: 'A poem' },
          { how: 'stream', text: 'A poem' },
          await paid({ how: 'send', text: 'A poem' }),
          await paid({ how: 'ask', text: 'A poem' }),
          await paid({ how: 'stream', text: 'A poem' }),
          await paid({ how: 'send', text: 'fails' }),
          await paid({ how: 'cancel', text: 'hangs' }),
          await paid({ how: 'listen', text: 'waits to be told' }),
        ],
        { binding },
      );
      const poem = { state: 'completed', text: 'Roses are red.' };
      expect(seen).toMatchObject([
        { state: 'rejected', text: '', said: refused },
        { state: 'rejected', text: '', said: refused },
        poem,
        poem,
        { ...poem, chunks: pieces },
        { state: 'failed', said: 'The agent failed.' },
        { state: 'canceled', canceled: 'canceled' },
        { ...poem, heard: expect.arrayContaining(['task', 'completed']) },
      ]);
      expect(poet.signals.at(-2)?.aborted).toBe(true);
    },
  );

  describe.each([
    { line: '0.3', streaming: true },
    { line: '1', streaming: true },
    { line: '1', streaming: false },
  ])('is paid by RemoteA2aAgent of ADK over line $line of the A2A SDK', ({ line, streaming }) => {
    test.skipIf(!installed[line])(`streaming: ${streaming}`, async () => {
      const calls = [
        { text: 'A poem' },
        await paid({ text: 'A poem', session: 's' }),
        await paid({ text: 'Another', session: 's' }),
        await paid({ text: 'fails' }),
      ];
      const before = poet.signals.length;
      const seen = await run(line, '../adk-client.py', calls, { streaming });
      // Of a stream, ADK keeps the piece alone that is marked as the last.
      const poem = streaming
        ? { shown: pieces.slice(0, 2), kept: pieces.slice(2), thoughts: ['Hm.'] }
        : { shown: [], kept: pieces };
      expect(seen).toMatchObject([
        { state: 'rejected', shown: [], kept: [refused] },
        { state: 'completed', ...poem, errors: [] },
        { state: 'completed', ...poem, errors: [] },
        { state: 'failed' },
      ]);
      const contexts = contextsOf(seen);
      expect(contexts[2]).toBe(contexts[1]);
      expect(poet.signals.length - before).toBe(3);
    });
  });

  test.skipIf(!installed['0.3'])('is paid by A2AAgent of Strands', async () => {
    const seen = await run('0.3', 'strands-client.py', [
      { text: 'A poem' },
      await paid({ text: 'A poem' }),
      await paid({ text: 'fails' }),
    ]);
    const ended = { stopReason: 'end_turn' };
    expect(seen).toEqual([
      { ...ended, state: 'rejected', text: refused, artifacts: [] },
      { ...ended, state: 'completed', text: 'Roses are red.', artifacts: ['Roses are red.'] },
      { ...ended, state: 'failed', text: 'The agent failed.', artifacts: ['Roses '] },
    ]);
  });

  test.skipIf(!installed['1'])('is paid by A2AAgent of Microsoft’s Agent Framework', async () => {
    const seen = await run('1', 'agent-framework-client.py', [
      { text: 'A poem' },
      await paid({ text: 'A poem', session: 's' }),
      await paid({ text: 'Another', session: 's', streaming: true }),
      await paid({ text: 'fails' }),
    ]);
    expect(seen).toEqual([
      { text: refused, chunks: [] },
      { text: 'Roses are red.', chunks: [] },
      { text: 'Roses are red.', chunks: pieces },
      // It says nothing of a failure after there was text.
      { text: 'Roses ', chunks: [] },
    ]);
  });
});

function contextsOf(seen: unknown): unknown[] {
  return JSON.parse(JSON.stringify(seen)).map((call: { contextId?: unknown }) => call.contextId);
}
