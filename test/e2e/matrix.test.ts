import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type createSandbox, type Sandbox } from '../../src/sandbox';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import type { Behaviour } from '../peers/behaviours';
import type { Binding, Peer, PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';
import type { Job, Report } from './perform';
import { runtimes, type Runtime, type RuntimeName } from './runtimes/runtimes';

type Served = Awaited<ReturnType<typeof serveSandbox>>;
type Expected = {
  text?: string;
  finishReason?: string;
  raw?: string;
  error?: string;
  message?: RegExp;
  settlement: 'released' | 'refunded' | 'kept';
};

/** What each behaviour must come to, whatever the protocol, the transport and the runtime. */
const expectations: Partial<Record<Behaviour, Expected>> = {
  completes: {
    text: 'Hello, wörld 🌍!',
    finishReason: 'stop',
    raw: 'completed',
    settlement: 'released',
  },
  'completes with files and data': {
    text: 'See the files.',
    finishReason: 'stop',
    raw: 'completed',
    settlement: 'released',
  },
  'bare message': {
    text: 'Just a message.',
    finishReason: 'stop',
    raw: 'message',
    settlement: 'released',
  },
  fails: {
    error: 'AI_A2ATaskError',
    message: /^The oven is cold\.$/,
    finishReason: 'error',
    raw: 'failed',
    settlement: 'refunded',
  },
  rejects: {
    error: 'AI_A2ATaskError',
    message: /^Not my job\.$/,
    finishReason: 'error',
    raw: 'rejected',
    settlement: 'refunded',
  },
  'canceled by the agent': {
    error: 'AI_A2ATaskError',
    message: /^I gave up\.$/,
    finishReason: 'error',
    raw: 'canceled',
    settlement: 'refunded',
  },
  'input-required': {
    text: 'Which city?',
    finishReason: 'other',
    raw: 'input-required',
    settlement: 'kept',
  },
  'stream cut': {
    error: 'AI_A2AProtocolError',
    message: /was interrupted|did not end task|could not be reached/,
    settlement: 'refunded',
  },
};

const peers: { name: string; start: (options: PeerOptions) => Promise<Peer>; binding: Binding }[] =
  [
    { name: 'SDK 1.x, JSON-RPC', start: startSdk1Peer, binding: 'JSONRPC' },
    { name: 'SDK 1.x, HTTP+JSON', start: startSdk1Peer, binding: 'HTTP+JSON' },
    { name: 'SDK 0.3, JSON-RPC', start: startSdk03Peer, binding: 'JSONRPC' },
    { name: 'SDK 0.3, HTTP+JSON', start: startSdk03Peer, binding: 'HTTP+JSON' },
  ];

describe.each(Object.keys(runtimes) as RuntimeName[])('in %s', (runtimeName) => {
  let runtime: Runtime;
  let sandbox: Served;
  let before: ReturnType<Sandbox['ledger']>;

  beforeAll(async () => {
    runtime = await runtimes[runtimeName]();
    sandbox = await serveSandbox({ payerTokens: 1_000_000 });
  });
  afterAll(async () => {
    await runtime.close();
    await sandbox.close();
  });
  beforeEach(() => {
    before = sandbox.ledger();
  });

  const job = (peer: { url: string }, rest: Partial<Job> & Pick<Job, 'mode' | 'prompt'>): Job => ({
    agentUrl: peer.url,
    exchangeUrl: sandbox.exchangeUrl,
    apiKey: sandbox.payer.apiKey,
    payee: sandbox.agents.streamer.accountId,
    ...rest,
  });

  /** Exactly one hold was made since, it ended as it must, and the books show it. */
  function expectOneSettlement(report: Report, status: 'released' | 'refunded' | 'kept'): void {
    expect(report.events).toEqual(['held', status]);
    const after = sandbox.ledger();
    const known = new Set(before.escrows.map(({ id }) => id));
    const made = after.escrows.filter(({ id }) => !known.has(id));
    expect(made).toHaveLength(1);
    expect(made[0]).toMatchObject({
      status: status === 'kept' ? 'held' : status,
      amount: 10,
      requesterId: sandbox.payer.accountId,
      providerId: sandbox.agents.streamer.accountId,
    });
    const change = (id: string) => available(after, id) - available(before, id);
    expect(change(sandbox.payer.accountId)).toBe(status === 'refunded' ? 0 : -11);
    expect(change(sandbox.agents.streamer.accountId)).toBe(status === 'released' ? 10 : 0);
  }

  describe.each(peers)('with $name', ({ name, start, binding }) => {
    let peer: Peer;
    beforeEach(async () => {
      peer = await start({ binding });
      return () => peer.close();
    });

    describe.each(['generate', 'stream'] as const)('%s', (mode) => {
      test.each(Object.entries(expectations))('%s', async (behaviour, expected) => {
        const report = await runtime.perform(job(peer, { mode, prompt: behaviour }));

        if (expected.error === undefined) {
          expect(report.error).toBeUndefined();
          expect(report.text).toBe(expected.text);
          expect(report.a2a).toMatchObject({
            agent: peer.url,
            contextId: expect.any(String),
            state: expected.raw,
          });
          expect(report.settlement).toMatchObject({
            status: expected.settlement,
            escrowId: expect.any(String),
            amount: 10,
            fee: 1,
            currency: 'ATE',
            payee: sandbox.agents.streamer.accountId,
          });
          if (behaviour !== 'bare message')
            expect(report.a2a?.['taskId']).toEqual(expect.any(String));
        } else {
          expect(report.error?.name).toBe(expected.error);
          expect(report.error?.message).toMatch(expected.message ?? /./);
          if (mode === 'stream') expect(report.finishReason).toBe('error');
        }
        if (expected.error === undefined || mode === 'stream') {
          expect(report.finishReason).toBe(expected.finishReason ?? 'error');
          if (expected.raw !== undefined) expect(report.rawFinishReason).toBe(expected.raw);
        }
        expect(peer.messages()).toHaveLength(1);
        expectOneSettlement(report, expected.settlement);
      });

      test('files and data arrive, and are sent, whole', async () => {
        const report = await runtime.perform(
          job(peer, { mode, prompt: 'completes with files and data', withParts: true }),
        );
        expect(report.error).toBeUndefined();
        expect(report.files).toEqual([{ mediaType: 'text/plain', base64: 'aGVsbG8gZmlsZQ==' }]);
        // Protocol 0.3 over HTTP+JSON has no names for files.
        expect(report.sources).toMatchObject([
          name === 'SDK 0.3, HTTP+JSON'
            ? { url: 'https://files.example.com/a.pdf' }
            : { url: 'https://files.example.com/a.pdf', title: 'a.pdf' },
        ]);
        expect(report.data).toEqual([{ rows: [1, 2], raw: 'kept as it is' }]);

        const sent = peer.messages()[0]?.body ?? '';
        for (const piece of ['aGk=', 'https://files.example.com/in.pdf', '{"rows":[1,2]}']) {
          expect(sent).toContain(piece);
        }
        if (name !== 'SDK 0.3, HTTP+JSON') expect(sent).toContain('hi.bin');
        expect(sent).not.toContain('a2a-part:');
      });

      test('a cut line to an agent that goes on is followed up, without a word lost or repeated', async () => {
        if (mode === 'generate') return;
        const report = await runtime.perform(job(peer, { mode, prompt: 'cut, then completes' }));
        expect(report.error).toBeUndefined();
        expect(report.text).toBe('Half of the answer.');
        expectOneSettlement(report, 'released');
      });

      test('agent unreachable after its card was read', async () => {
        const dying = await start({ binding, diesAfterCard: true });
        const report = await runtime.perform(job(dying, { mode, prompt: 'completes' }));
        await dying.close();
        expect(report.error?.name).toBe('AI_A2AProtocolError');
        expect(report.error?.message).toMatch(/could not be reached/);
        expectOneSettlement(report, 'refunded');
      });

      test('agent unreachable, card and all: nothing is held', async () => {
        const dead = await start({ binding });
        const { url } = dead;
        await dead.close();
        const report = await runtime.perform(job({ url }, { mode, prompt: 'completes' }));
        expect(report.error?.name).toBe('AI_A2AAgentCardError');
        expect(report.events).toEqual([]);
        expect(sandbox.ledger().escrows).toHaveLength(before.escrows.length);
      });
    });
  });
});

function available(
  { accounts }: ReturnType<ReturnType<typeof createSandbox>['ledger']>,
  id: string,
) {
  return accounts.find((account) => account.id === id)?.available ?? 0;
}
