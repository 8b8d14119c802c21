import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import { SettlementJournal } from '../../src/settlement/state/settlement-journal';
import { lineBroke } from './fake-rail';
import { aPaidAgent, asking } from './a-paid-agent';
import { CapturingRail } from './capturing-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, settlementOf, type Turn } from './scripted-agent';

const prompt = promptAfter();
const minute = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What is left of a call, whether it ended well or not. */
async function end(paid: ReturnType<typeof aPaidAgent>) {
  try {
    return settlementOf(await paid.model.doGenerate({ prompt }));
  } catch {
    return undefined;
  }
}

const reconcile = async ({ agent, settlement }: ReturnType<typeof aPaidAgent>) => {
  const { open, settled, unresolved } = await settlement.reconcile({
    graceMs: 0,
    provider: { languageModel: () => agent },
  });
  return {
    settled: settled.map(({ receipt }) => receipt?.status),
    open: open.map(({ receipt }) => receipt?.status),
    unresolved: unresolved.map(({ receipt }) => receipt?.status),
  };
};

const settledAs = (status: string) => ({ settled: [status], open: [], unresolved: [] });
const stillPending = { settled: [], open: [], unresolved: ['pending'] };

describe('an agent that delivers', () => {
  it('and captures at once is released', async () => {
    const chain = new CapturingRail();
    const paid = aPaidAgent({ chain, turns: [asking(), { work: () => chain.capture() }] });
    expect(await end(paid)).toMatchObject({ status: 'released', captured: '0.25' });
    expect(paid.names()).toEqual(['held', 'released']);
    expect(paid.storage.stages()).toEqual([]);
  });

  it('and captures after its answer is asked for its task once', async () => {
    const chain = new CapturingRail();
    chain.hasLedger = false;
    const paid = aPaidAgent({ chain });
    paid.agent.tasks.set('task-1', { state: 'completed', metadata: { receipt: '0.25' } });
    expect(await end(paid)).toMatchObject({
      status: 'released',
      proof: [{ confirmedBy: 'agent' }],
    });
    expect(chain.asked).toEqual(['release chain-1 completed', 'release chain-1 completed']);
    expect(paid.agent.askedFor).toEqual(['task-1']);
  });

  it('is asked for its task with what the call itself went with', async () => {
    const chain = new CapturingRail();
    chain.hasLedger = false;
    chain.headers = { 'payment-signature': 'a token' };
    const paid = aPaidAgent({ chain });
    paid.agent.tasks.set('task-1', { state: 'completed', metadata: { receipt: '0.25' } });
    await paid.model.doGenerate({ prompt, headers: { authorization: 'Bearer of the call' } });
    expect(paid.agent.askedWith).toEqual([
      { authorization: 'Bearer of the call', 'payment-signature': 'a token' },
    ]);
  });

  it('and captures late is pending until then, and found by reconcile', async () => {
    const paid = aPaidAgent();
    expect(await end(paid)).toMatchObject({
      status: 'pending',
      amount: '0.25',
      expiresAt: '2026-01-01T00:01:00.000Z',
    });
    expect(paid.names()).toEqual(['held']);
    expect(await reconcile(paid)).toEqual(stillPending);
    paid.chain.capture();
    expect(await reconcile(paid)).toEqual(settledAs('released'));
    expect(paid.names()).toEqual(['held', 'released']);
    expect(paid.storage.stages()).toEqual([]);
  });

  it('and never captures is late when its time is over', async () => {
    const paid = aPaidAgent();
    await end(paid);
    vi.setSystemTime(Date.now() + 2 * minute);
    expect(await reconcile(paid)).toEqual(settledAs('late'));
    expect(paid.told.at(-1)).toMatchObject([
      'released',
      { receipt: { captured: '0', returned: '0.25' } },
    ]);
    expect(await reconcile(paid)).toEqual({ settled: [], open: [], unresolved: [] });
  });

  it('and takes too much is told of, and counted', async () => {
    const chain = new CapturingRail();
    const limits = { USDC: { perCall: 0.5, perWindow: { amount: '1', minutes: 10 } } };
    const turns = [asking(), { work: () => chain.capture('0.9') }, asking('0.11')];
    const paid = aPaidAgent({ chain, options: { limits }, turns });
    const result = await paid.model.doGenerate({ prompt });
    expect(settlementOf(result)).toMatchObject({
      status: 'released',
      amount: '0.25',
      captured: '0.9',
    });
    expect(result.warnings).toMatchObject([
      { message: expect.stringContaining('captured 0.9 USDC') },
    ]);
    expect(paid.names()).toEqual(['held', 'released', 'overcharged']);
    await expect(paid.model.doGenerate({ prompt })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      message: expect.stringContaining('limits.USDC.perWindow allows 1 USDC'),
    });
  });

  it('twice has one of it settled', async () => {
    const chain = new CapturingRail();
    const paid = aPaidAgent({ chain, turns: [asking(), { work: () => chain.capture() }] });
    await end(paid);
    chain.capture();
    expect(await reconcile(paid)).toEqual({ settled: [], open: [], unresolved: [] });
    expect(paid.names()).toEqual(['held', 'released']);
  });

  it('what verify refuses is taken all the same', async () => {
    const chain = new CapturingRail();
    const turns: Turn[] = [asking(), { work: () => chain.capture() }];
    const paid = aPaidAgent({ chain, turns, options: { verify: () => false } });
    expect(await end(paid)).toMatchObject({ status: 'taken', captured: '0.25' });
    expect(paid.told.at(-1)).toMatchObject(['taken', { reason: 'verification-failed' }]);
  });

  it('is not metered: what was used is what the agent took', async () => {
    const chain = new CapturingRail();
    const metadata = { creditsUsed: 1 };
    const turns = [asking(), { metadata, work: () => chain.capture() }];
    const paid = aPaidAgent({ chain, turns, options: { meter: () => 3 } });
    expect(await end(paid)).toMatchObject({ status: 'released', captured: '0.25' });
    expect(chain.asked).toEqual(['release chain-1 completed']);
  });
});

describe('an agent that fails', () => {
  const failing = (chain: CapturingRail, work = () => {}) =>
    aPaidAgent({ chain, turns: [asking(), { state: 'failed', work }] });

  it('and has captured has taken it, which is counted', async () => {
    const chain = new CapturingRail();
    const limits = { USDC: { perWindow: { amount: 0.3, minutes: 10 } } };
    const paid = aPaidAgent({
      chain,
      options: { limits },
      turns: [asking(), { state: 'failed', work: () => chain.capture() }, asking('0.06')],
    });
    await end(paid);
    expect(paid.told.at(-1)).toMatchObject([
      'taken',
      { reason: 'task-failed', receipt: { status: 'taken', captured: '0.25' } },
    ]);
    await expect(paid.model.doGenerate({ prompt })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
    });
  });

  it('and captures afterwards has taken it', async () => {
    const chain = new CapturingRail();
    const paid = failing(chain);
    await end(paid);
    expect(paid.names()).toEqual(['held']);
    chain.capture();
    expect(await reconcile(paid)).toEqual(settledAs('taken'));
    expect(paid.names()).toEqual(['held', 'taken']);
  });

  it('and never captures has it refunded when its time is over', async () => {
    const chain = new CapturingRail();
    const paid = failing(chain);
    await end(paid);
    expect(await reconcile(paid)).toEqual(stillPending);
    vi.setSystemTime(Date.now() + 2 * minute);
    expect(await reconcile(paid)).toEqual(settledAs('refunded'));
    expect(paid.told.at(-1)).toMatchObject(['refunded', { receipt: { returned: '0.25' } }]);
  });

  it('is asked later for the task that its error named', async () => {
    const chain = new CapturingRail();
    chain.hasLedger = false;
    const paid = failing(chain);
    await end(paid);
    expect(paid.agent.askedFor).toEqual(['task-1']);
    paid.agent.tasks.set('task-1', { state: 'failed', metadata: { receipt: '0.25' } });
    expect(await reconcile(paid)).toEqual(settledAs('taken'));
  });

  it('says in what it attached that it was paid', async () => {
    const chain = new CapturingRail();
    chain.hasLedger = false;
    const turns = [asking(), { state: 'failed', metadata: { receipt: '0.25' } }];
    const paid = aPaidAgent({ chain, turns });
    await end(paid);
    expect(paid.told.at(-1)).toMatchObject([
      'taken',
      { receipt: { proof: [{ confirmedBy: 'agent' }] } },
    ]);
  });

  it('in a stream, too', async () => {
    const chain = new CapturingRail();
    chain.hasLedger = false;
    const turns = [asking(), { state: 'failed', metadata: { receipt: '0.25' } }];
    const paid = aPaidAgent({ chain, turns });
    const { stream } = await paid.model.doStream({ prompt });
    const reader = stream.getReader();
    while (!(await reader.read()).done);
    expect(paid.names()).toEqual(['held', 'taken']);
  });

  it('before it was reached is refunded at once', async () => {
    const chain = new CapturingRail();
    const paid = aPaidAgent({ chain });
    const abort = new AbortController();
    const decorate = chain.decorate.bind(chain);
    chain.decorate = (...call) => {
      abort.abort();
      return decorate(...call);
    };
    const calling = paid.model.doGenerate({ prompt, abortSignal: abort.signal });
    await expect(calling).rejects.toThrow('aborted');
    expect(paid.names()).toEqual(['held', 'refunded']);
    expect(paid.agent.calls).toHaveLength(1);
  });
});

test('an answer of the ledger that was lost is asked for again', async () => {
  const chain = new CapturingRail();
  const paid = aPaidAgent({ chain, turns: [asking(), { work: () => chain.capture() }] });
  const release = chain.release.bind(chain);
  let isLost = false;
  chain.release = async (...call) => {
    if (isLost) return release(...call);
    isLost = true;
    throw lineBroke();
  };
  expect(await end(paid)).toMatchObject({ status: 'released', captured: '0.25' });
});

test('a refund whose answer was lost is taken where the ledger says so', async () => {
  const chain = new CapturingRail();
  const paid = aPaidAgent({
    chain,
    turns: [asking(), { state: 'failed', work: () => chain.capture() }],
  });
  chain.refund = async () => {
    throw lineBroke();
  };
  await end(paid);
  expect(paid.names()).toEqual(['held', 'taken']);
});

describe('a process that died', () => {
  /** Another process, on the same journal and chain. */
  async function die(turn: Turn) {
    const chain = new CapturingRail();
    const storage = new RecordedStorage();
    const options = { journal: { writeAhead: true }, limits: { USDC: { perCall: 1 } } };
    const never = new Promise<void>(() => {});
    const turns = [asking(), { ...turn, work: () => (turn.work?.(), never) }];
    const first = aPaidAgent({ chain, options, storage, turns });
    void first.model.doStream({ prompt }).then(({ stream }) => stream.getReader().read());
    await vi.waitFor(() => expect(chain.signed).toHaveLength(1));
    await vi.waitFor(() => expect(storage.stages()).not.toEqual([]));
    return { chain, next: aPaidAgent({ chain, storage }), storage };
  }

  it.each([
    ['completed', 'released'],
    ['failed', 'taken'],
  ])('has its %s task settled as %s', async (state, status) => {
    const { chain, next } = await die({});
    chain.capture();
    next.agent.tasks.set('task-1', { state });
    await vi.waitFor(async () => expect(await reconcile(next)).toEqual(settledAs(status)));
  });

  it('leaves what nobody can say to the ledger, when its time is over', async () => {
    const { chain, next } = await die({});
    expect(await reconcile(next)).toEqual({ settled: [], open: [], unresolved: ['pending'] });
    vi.setSystemTime(Date.now() + 2 * minute);
    expect(await reconcile(next)).toEqual(settledAs('refunded'));
    expect(chain.captures.size).toBe(0);
  });

  it('leaves what nobody can say to a rail without a ledger, when its time is over', async () => {
    const { chain, next } = await die({});
    Object.assign(chain, { look: undefined });
    expect(await reconcile(next)).toEqual({ settled: [], open: [], unresolved: ['pending'] });
    vi.setSystemTime(Date.now() + 2 * minute);
    expect(await reconcile(next)).toEqual(settledAs('refunded'));
  });

  it('writes the rail’s notes down, and nothing that pays', async () => {
    const { chain, storage } = await die({});
    const written = storage.written.join('\n');
    expect(written).toContain('"state":{"nonce":"nonce 1","of":{"chain":"chain"}}');
    expect(written).toContain('"amount":"0.25"');
    expect(written).not.toContain('nonce of seller');
    expect(chain.signed[0]).toHaveProperty('challenge');
  });
});

test('a signature that failed is nothing that may be held', async () => {
  const paid = aPaidAgent();
  paid.chain.failures.push(lineBroke(), lineBroke());
  expect(await end(paid)).toEqual({ status: 'unsettled', reason: 'NETWORK' });
  expect(paid.storage.stages()).toEqual([]);
});

test('a price on the card is paid with the first message', async () => {
  const chain = new CapturingRail('credits', { code: 'credits', decimals: 0 });
  chain.cardTerms = { payee: 'seller', amount: 5, currency: chain.currency, required: true };
  const limits = { credits: { perCall: 5 } };
  const paid = aPaidAgent({
    chain,
    options: { limits, tokensPerCall: 1, maxTokensPerCall: 2 },
    turns: [{ work: () => chain.capture() }],
  });
  expect(await end(paid)).toMatchObject({ status: 'released', captured: 5, currency: 'credits' });
  expect(chain.signed[0]).toMatchObject({ amount: 5, agent: { id: 'agent', card: {} } });
});

test('a card without a price is paid what a call may cost', async () => {
  const chain = new CapturingRail();
  chain.cardTerms = { payee: 'seller', currency: chain.currency, required: true };
  const paid = aPaidAgent({ chain, turns: [{ work: () => chain.capture('0.1') }] });
  expect(await end(paid)).toMatchObject({ status: 'released', amount: '0.5', captured: '0.1' });
});

test('a card in a currency without a limit is not signed for', async () => {
  const chain = new CapturingRail('credits', { code: 'credits', decimals: 0 });
  chain.cardTerms = { payee: 'seller', amount: 5, currency: chain.currency, required: false };
  const paid = aPaidAgent({ chain, turns: [{}] });
  await expect(paid.model.doGenerate({ prompt })).rejects.toThrow('limits: { credits: {');
  expect(paid.agent.calls).toEqual([]);
});

test('of two payments for one task, the one too many is taken where the agent took it', async () => {
  const paid = aPaidAgent();
  const { agent, chain, settlement, storage } = paid;
  const journal = new SettlementJournal(storage);
  const work = { startedAt: Date.now(), earlierMs: 0 };
  for (const taskId of ['aisdk-1', 'aisdk-2']) {
    const request = { taskId, payee: 'seller', amount: '0.25', ttlMinutes: 1 };
    const hold = await chain.hold(request);
    chain.capture();
    const about = { agent: agent.modelId, at: Date.now(), hold, task: 'task-1', work };
    await journal.put({ type: 'open', ...about });
  }
  agent.tasks.set('task-1', { state: 'completed' });
  const provider = { languageModel: () => agent };
  const { settled } = await settlement.reconcile({ graceMs: 0, provider });
  expect(settled.map(({ receipt }) => receipt?.status).toSorted()).toEqual(['released', 'taken']);
});
