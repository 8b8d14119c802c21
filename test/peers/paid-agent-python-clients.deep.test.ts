import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isInstalled } from './installed-peers';
import { type PaidPoet, startPaidPoet } from './paid-poet';
import { runPythonScript } from './python/python-peer';

const clients = 'a2a-clients-0.3';

describe.skipIf(!isInstalled(clients))('an agent of createPaidAgent', () => {
  let poet: PaidPoet;
  beforeAll(async () => void (poet = await startPaidPoet()));
  afterAll(() => poet.close());

  const run = (script: string, calls: object[], more: object = {}) =>
    runPythonScript(clients, script, { url: poet.url, headers: poet.headers, calls, ...more });

  const refused = 'Payment refused: This agent is paid first.';

  describe('is called by RemoteA2aAgent of ADK', () => {
    const calls = async () => [
      { text: 'A poem' },
      { text: 'A poem', metadata: await poet.pay(), session: 's' },
      { text: 'Another', metadata: await poet.pay(), session: 's' },
      { text: 'fails', metadata: await poet.pay() },
    ];

    test('which streams, and is paid for in escrow', async () => {
      const before = poet.signals.length;
      const seen = await run('adk-client.py', await calls());
      // ADK keeps the piece alone that is marked as the last.
      const poem = { shown: ['Roses', ' are red'], kept: ['.'], thoughts: ['Hm.'], errors: [] };
      expect(seen).toMatchObject([
        { state: 'rejected', kept: [refused], shown: [] },
        { state: 'completed', ...poem },
        { state: 'completed', ...poem },
        { state: 'failed', shown: ['Roses'], kept: [' ', 'The agent failed.'] },
      ]);
      expect(contextsOf(seen).at(2)).toBe(contextsOf(seen).at(1));
      expect(poet.signals.length - before).toBe(3);
    });

    test('which waits for the whole answer, and keeps it', async () => {
      const seen = await run('adk-client.py', await calls(), { streaming: false });
      const poem = { shown: [], kept: ['Roses', ' are red', '.'], errors: [] };
      expect(seen).toMatchObject([
        { state: 'rejected', kept: [refused] },
        { state: 'completed', ...poem },
        { state: 'completed', ...poem },
        { state: 'failed' },
      ]);
      expect(contextsOf(seen).at(2)).toBe(contextsOf(seen).at(1));
    });
  });

  test('is called by A2AAgent of Strands, and paid for in escrow', async () => {
    const seen = await run('strands-client.py', [
      { text: 'A poem' },
      { text: 'A poem', metadata: await poet.pay() },
      { text: 'fails', metadata: await poet.pay() },
    ]);
    expect(seen).toEqual([
      { state: 'rejected', stopReason: 'end_turn', text: refused, artifacts: [] },
      {
        state: 'completed',
        stopReason: 'end_turn',
        text: 'Roses are red.',
        artifacts: ['Roses are red.'],
      },
      {
        state: 'failed',
        stopReason: 'end_turn',
        text: 'The agent failed.',
        artifacts: ['Roses '],
      },
    ]);
  });
});

function contextsOf(seen: unknown): unknown[] {
  return JSON.parse(JSON.stringify(seen)).map((call: { contextId?: unknown }) => call.contextId);
}
