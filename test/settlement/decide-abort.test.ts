import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FinishedGeneration, SettlementOptions } from '../../src/index';
import type { AgentTerms } from '../../src/rails/rail';
import { decideAbort, type OnAbort } from '../../src/settlement/outcome/decide-abort';
import { aGeneration } from './a-generation';
import { aSettlement } from './a-settlement';
import { promptAfter, ScriptedAgent, type TaskAnswer } from './scripted-agent';

const policies = ['refund', 'partial', 'release'] as const satisfies OnAbort[];
const open = [
  'submitted',
  'working',
  'input-required',
  'auth-required',
  'some-new-state',
  undefined,
];

const refund = { type: 'failed', reason: 'aborted' };
const release = { type: 'delivered' };

describe('what becomes of an aborted call', () => {
  const decide = async (state: string | undefined, onAbort: OnAbort, worth?: number) => {
    const measure = vi.fn(async () => worth);
    const asked = state === undefined ? undefined : { state, at: 0, generation: aGeneration() };
    return { outcome: await decideAbort({ asked, measure, onAbort }), measure };
  };

  test.each(policies)('completed, with %s: paid', async (policy) => {
    const { measure, outcome } = await decide('completed', policy, 7);
    expect(outcome).toEqual(release);
    expect(measure).not.toHaveBeenCalled();
  });

  test.each(
    ['canceled', 'failed', 'rejected'].flatMap((state) =>
      policies.map((policy) => [state, policy] as const),
    ),
  )('%s, with %s: refunded', async (state, policy) => {
    const { measure, outcome } = await decide(state, policy, 7);
    expect(outcome).toEqual(refund);
    expect(measure).not.toHaveBeenCalled();
  });

  const left: [OnAbort, number | undefined, object][] = [
    ['refund', 7, refund],
    ['release', 7, release],
    ['partial', 7, { type: 'delivered', amount: 7 }],
    ['partial', 0, { type: 'delivered', amount: 0 }],
    ['partial', undefined, refund],
  ];
  test.each(open.flatMap((state) => left.map((one) => [state, ...one] as const)))(
    '%s, with %s of %s: %j',
    async (state, policy, worth, outcome) => {
      const decided = await decide(state, policy, worth);
      expect(decided.outcome).toEqual(outcome);
      expect(decided.measure).toHaveBeenCalledTimes(policy === 'partial' ? 1 : 0);
    },
  );
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
});
afterEach(() => void vi.useRealTimers());

const perMinute: Partial<AgentTerms> = { amount: 6, pricingModel: 'per-minute' };

/** A stream that is aborted after 95 seconds, when a first word has come. */
async function abortedStream(
  options: SettlementOptions,
  {
    lifetimeMs = 3_600_000,
    task,
    terms = {},
  }: { lifetimeMs?: number; task?: TaskAnswer | undefined; terms?: Partial<AgentTerms> } = {},
) {
  const agent = new ScriptedAgent({ hangs: true, text: 'Oslo: ' });
  if (task !== undefined) agent.tasks.set('task-1', task);
  const given = aSettlement({ agent, options });
  given.rail.cardTerms = { payee: 'payee', amount: 20, required: false, ...terms };
  given.rail.lifetimeMs = lifetimeMs;
  const abort = new AbortController();
  const { stream } = await given.model.doStream({
    prompt: promptAfter(),
    abortSignal: abort.signal,
  });
  const reader = stream.getReader();
  for (;;) {
    const { value } = await reader.read();
    if (value?.type === 'text-delta') break;
  }
  vi.setSystemTime(1_095_000);
  abort.abort(new Error('the caller has gone'));
  await expect(reader.read()).rejects.toThrow('the caller has gone');
  await vi.waitFor(() => expect(given.names()).toHaveLength(2));
  return given;
}

describe('a stream that is aborted', () => {
  test('is settled before its hold lapses, although its meter does not end', async () => {
    const options: SettlementOptions = { onAbort: 'partial', meter: () => new Promise(() => {}) };
    const { names } = await abortedStream(options, { lifetimeMs: 126_000 });
    expect(names()).toEqual(['held', 'refunded']);
  });

  const completed: TaskAnswer = { state: 'completed', text: 'Oslo: rain' };

  test.each(policies)('and completed all the same is paid (%s)', async (onAbort) => {
    const { agent, names, rail } = await abortedStream({ onAbort }, { task: completed });
    expect(agent.askedFor).toEqual(['task-1']);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    expect(names()).toEqual(['held', 'released']);
  });

  test('and completed is judged by the task’s own answer', async () => {
    const seen: FinishedGeneration[] = [];
    const options: SettlementOptions = {
      verify: (generation) => seen.push(generation) > 0,
      meter: (generation) => seen.push(generation) + 3,
    };
    const { rail } = await abortedStream(options, { task: completed });
    expect(seen).toMatchObject([
      { agent: 'agent', text: 'Oslo: rain', finishReason: 'stop' },
      { agent: 'agent', text: 'Oslo: rain', finishReason: 'stop' },
    ]);
    expect(rail.asked).toEqual(['hold', 'release escrow-1 5']);
  });

  test('and completed with an answer that is refused is refunded', async () => {
    const verify = ({ text }: FinishedGeneration) => text !== 'Oslo: rain';
    const { rail } = await abortedStream({ onAbort: 'release', verify }, { task: completed });
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 verification-failed']);
  });

  test.each(
    ['canceled', 'failed', 'rejected'].flatMap((state) =>
      policies.map((onAbort) => [state, onAbort] as const),
    ),
  )('and is %s is refunded (%s)', async (state, onAbort) => {
    const options: SettlementOptions = { onAbort, meter: () => 7, verify: () => true };
    const { rail } = await abortedStream(options, { task: { state } });
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']);
  });

  const unsaid: [string, TaskAnswer | undefined][] = [
    ['is not known', undefined],
    ['works on', { state: 'working', text: 'Oslo: rain', metadata: { creditsUsed: 13 } }],
  ];
  const left: [string, SettlementOptions, Partial<AgentTerms>, string][] = [
    ['by default', {}, {}, 'refund escrow-1 aborted'],
    ['refund', { onAbort: 'refund', meter: () => 7 }, {}, 'refund escrow-1 aborted'],
    ['release', { onAbort: 'release', meter: () => 7 }, {}, 'release escrow-1'],
    [
      'partial by a meter, of what had come',
      { onAbort: 'partial', meter: ({ text }) => text.length },
      {},
      'release escrow-1 6',
    ],
    ['partial by the minute', { onAbort: 'partial' }, perMinute, 'release escrow-1 10'],
    [
      'partial by a meter of nothing',
      { onAbort: 'partial', meter: () => 0 },
      {},
      'refund escrow-1 nothing-used',
    ],
    ['partial by nothing', { onAbort: 'partial' }, {}, 'refund escrow-1 aborted'],
    [
      'partial by a meter that fails',
      { onAbort: 'partial', meter: () => JSON.parse('{') },
      {},
      'refund escrow-1 aborted',
    ],
    // An answer nobody has seen the end of is not refused for being cut.
    [
      'release, unseen by verify',
      { onAbort: 'release', verify: () => false },
      {},
      'release escrow-1',
    ],
  ];
  test.each(
    left.flatMap(([policy, ...one]) =>
      unsaid.map(([task, ...two]) => [task, policy, ...one, ...two] as const),
    ),
  )('and %s: %s', async (_, __, options, terms, asked, task) => {
    const { rail } = await abortedStream(options, { task, terms });
    expect(rail.asked).toEqual(['hold', asked]);
  });
});

describe('a call that is aborted while it waits for its answer', () => {
  test.each<[string, SettlementOptions, Partial<AgentTerms>, string]>([
    ['by default', {}, {}, 'refund escrow-1 aborted'],
    ['release', { onAbort: 'release' }, {}, 'release escrow-1'],
    ['partial by the minute', { onAbort: 'partial' }, perMinute, 'release escrow-1 10'],
    [
      'partial by a meter, which has nothing to look at',
      { onAbort: 'partial', meter: () => 7 },
      {},
      'refund escrow-1 aborted',
    ],
  ])('%s', async (_, options, terms, asked) => {
    const abort = new AbortController();
    const work = () => {
      vi.setSystemTime(1_095_000);
      abort.abort(new Error('the caller has gone'));
      throw abort.signal.reason;
    };
    const { model, rail } = aSettlement({ agent: new ScriptedAgent({ work }), options });
    rail.cardTerms = { payee: 'payee', amount: 20, required: false, ...terms };
    const call = model.doGenerate({ prompt: promptAfter(), abortSignal: abort.signal });
    await expect(call).rejects.toThrow('the caller has gone');
    expect(rail.asked).toEqual(['hold', asked]);
  });
});
