import { wrapLanguageModel } from 'ai';
import type {
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { describe, expect, test, vi } from 'vitest';
import { memoryStorage } from '../../src/internal/memory-storage';
import { SettlementError } from '../../src/index';
import { PaidTasks } from '../../src/settlement/hold/paid-tasks';
import { aSettlement, priced } from './a-settlement';
import { FakeRail, lineBroke } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, settlementOf, type Turn } from './scripted-agent';

const asks: Turn = { state: 'input-required', text: 'For how many?' };
const named = (a2a: Record<string, string>) => ({
  prompt: promptAfter(),
  providerOptions: { a2a },
});
const releases = (rail: FakeRail) => rail.asked.filter((call) => call.startsWith('release'));
const readAll = (stream: ReadableStream) => stream.pipeTo(new WritableStream());

const storages = [
  ['atomic', () => memoryStorage()],
  ['plain', () => new RecordedStorage()],
] as const;

describe('of several holds for one task one pays', () => {
  test.each(['alone', 'atomic storage'] as const)(
    'when the call that joined it ends last: %s',
    async (kind) => {
      const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
      const rail = priced();
      const options = kind === 'alone' ? {} : { journal: { storage: memoryStorage() } };
      const work = gates.map(({ promise }): Turn => ({ work: () => promise }));
      const one = aSettlement({ agent: new ScriptedAgent(asks, ...work), options, rail });
      const two =
        kind === 'alone'
          ? one
          : aSettlement({ agent: new ScriptedAgent(...work.slice(1)), options, rail });
      const asked = await one.model.doGenerate({ prompt: promptAfter() });
      const first = one.model.doGenerate({ prompt: promptAfter(asked) });
      await vi.waitFor(() => expect(one.agent.calls).toHaveLength(2));
      const { stream } = await two.model.doStream(named({ contextId: 'talk' }));
      const second = readAll(stream);
      await vi.waitFor(() => expect(rail.holds).toHaveLength(2));
      gates[0].resolve();
      await first;
      gates[1].resolve();
      await second;
      expect(rail.asked).toEqual([
        'hold',
        'hold',
        'release escrow-1',
        'refund escrow-2 superseded',
      ]);
    },
  );

  test('when another middleware hides how the conversation goes on, and a warning says so', async () => {
    const rail = priced();
    const agent = new ScriptedAgent(asks, {});
    const { settlement } = aSettlement({
      agent,
      rail,
      options: { agents: { agent: { accountId: 'payee', tokensPerCall: 20 } } },
    });
    const model = wrapLanguageModel({
      model: agent,
      middleware: [settlement.middleware, { specificationVersion: 'v4' }],
    });
    const asked = await model.doGenerate({ prompt: promptAfter() });
    expect(asked.warnings).toEqual([
      { type: 'other', message: expect.stringContaining('Put the settlement’s middleware last') },
    ]);
    await model.doGenerate({ prompt: promptAfter(asked) });
    agent.tasks.set('task-1', { state: 'completed' });
    await settlement.reconcile({ provider: { languageModel: () => agent }, graceMs: 0 });
    expect(releases(rail)).toEqual(['release escrow-1']);
  });

  test.each(storages)(
    'when two subjects name it one after the other: %s storage',
    async (_, storage) => {
      const { model, rail } = aSettlement({
        agent: new ScriptedAgent(asks, {}, {}),
        options: { journal: { storage: storage() } },
      });
      await model.doGenerate({ ...named({ subject: 'Ann' }) });
      await model.doGenerate(named({ subject: 'Bob', taskId: 'task-1', contextId: 'talk' }));
      await model.doGenerate(named({ subject: 'Ann', taskId: 'task-1', contextId: 'talk' }));
      expect(rail.asked).toEqual([
        'hold',
        'hold',
        'release escrow-2',
        'refund escrow-1 superseded',
      ]);
    },
  );

  test('when the ledger cannot be asked for the others: none before it can', async () => {
    const gate = Promise.withResolvers<void>();
    const rail = priced();
    const storage = new RecordedStorage();
    const machine = () =>
      aSettlement({ agent: new ScriptedAgent({ work: () => gate.promise }), rail, storage });
    const [one, two] = [machine(), machine()];
    rail.failures.listGroup.push(...Array.from({ length: 4 }, lineBroke));
    const call = named({ taskId: 'task-1', contextId: 'talk' });
    const calls = Promise.all([one.model.doGenerate(call), two.model.doGenerate(call)]);
    await vi.waitFor(() => expect(rail.holds).toHaveLength(2));
    await vi.waitFor(() =>
      expect([one, two].map(({ agent }) => agent.calls.length)).toEqual([1, 1]),
    );
    gate.resolve();
    await calls;
    expect(rail.asked).toEqual(['hold', 'hold']);
    one.agent.tasks.set('task-1', { state: 'completed' });
    await one.settlement.reconcile({ provider: { languageModel: () => one.agent }, graceMs: 0 });
    await one.settlement.reconcile({ provider: { languageModel: () => one.agent }, graceMs: -1 });
    expect(releases(rail)).toHaveLength(1);
    expect([rail.statusOf('escrow-1'), rail.statusOf('escrow-2')].toSorted()).toEqual([
      'refunded',
      'released',
    ]);
  });

  test.each([
    [7, 'release escrow-1 7', { status: 'partially-released', captured: 7 }],
    [0, 'refund escrow-1 nothing-used', { status: 'refunded' }],
  ])(
    'when the ledger cannot be asked as the task ends: who looks at it then settles it for the %i it used',
    async (creditsUsed, asked, receipt) => {
      const reports: Turn = { metadata: { creditsUsed } };
      const rail = priced();
      const { model } = aSettlement({ agent: new ScriptedAgent(reports, reports, reports), rail });
      rail.failures.listGroup.push(lineBroke(), lineBroke());
      const ended = await model.doGenerate(named({ taskId: 'task-1', contextId: 'talk' }));
      expect(settlementOf(ended)).toMatchObject({ status: 'kept', escrowId: 'escrow-1' });
      const look = () =>
        model.doGenerate({
          prompt: promptAfter(),
          providerOptions: { a2a: { resume: { taskId: 'task-1' } } },
        });
      expect(settlementOf(await look())).toMatchObject(receipt);
      expect(settlementOf(await look())).toMatchObject({ reason: 'NO_HOLD' });
      expect(rail.asked).toEqual(['hold', asked]);
    },
  );

  test('when one answer of the ledger is lost as the task ends: it is asked again, and pays', async () => {
    const rail = priced();
    const { model } = aSettlement({ agent: new ScriptedAgent({}), rail });
    rail.failures.listGroup.push(lineBroke());
    const ended = await model.doGenerate(named({ taskId: 'task-1', contextId: 'talk' }));
    expect(settlementOf(ended)).toMatchObject({ status: 'released', escrowId: 'escrow-1' });
    expect(rail.failures.listGroup).toEqual([]);
  });

  test('when the ledger refuses to tell of the others as the task ends: it is asked once', async () => {
    const rail = priced();
    const { model } = aSettlement({ agent: new ScriptedAgent({}), rail });
    const refusal = new SettlementError({ code: 'UNAUTHORIZED', message: 'Who are you?' });
    rail.failures.listGroup.push(refusal);
    const ended = await model.doGenerate(named({ taskId: 'task-1', contextId: 'talk' }));
    expect(settlementOf(ended)).toMatchObject({ status: 'kept', escrowId: 'escrow-1' });
    expect(rail.asked).toEqual(['hold']);
  });

  test('when the journal is slow for a moment, and the call names the conversation alone', async () => {
    const rail = priced();
    const storage = new RecordedStorage();
    const one = aSettlement({ rail, storage, agent: new ScriptedAgent(asks) });
    await one.model.doGenerate({ prompt: promptAfter() });
    const two = aSettlement({ rail, storage, agent: new ScriptedAgent({}) });
    const slow = Promise.withResolvers<void>();
    storage.before = async (call, key) => {
      if (call === 'get' && key.startsWith('a2a-task:')) await slow.promise;
    };
    await two.model.doGenerate(named({ contextId: 'talk' }));
    slow.resolve();
    storage.before = async () => {};
    two.agent.tasks.set('task-1', { state: 'completed' });
    await two.settlement.reconcile({ provider: { languageModel: () => two.agent }, graceMs: 0 });
    expect(rail.asked).toEqual([
      'hold',
      'hold',
      'release escrow-2',
      'refund escrow-1 not-dispatched',
    ]);
  });

  test('when its agent is spelt in two ways', async () => {
    const rail = priced();
    const options = { journal: { storage: memoryStorage() } };
    const spelt = (modelId: string, ...turns: Turn[]) =>
      aSettlement({
        agent: Object.assign(new ScriptedAgent(...turns), { modelId }),
        options,
        rail,
      });
    await spelt('https://agent.example/', asks).model.doGenerate({ prompt: promptAfter() });
    const two = spelt('https://AGENT.example', {});
    await two.model.doGenerate(named({ taskId: 'task-1', contextId: 'talk' }));
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });
});

test('an agent that works anew on a task that was paid is paid for that', async () => {
  const { model, rail } = aSettlement({ agent: new ScriptedAgent(asks, {}, {}) });
  const asked = await model.doGenerate({ prompt: promptAfter() });
  await model.doGenerate({ prompt: promptAfter(asked) });
  await model.doGenerate({ prompt: promptAfter(asked) });
  expect(releases(rail)).toEqual(['release escrow-1', 'release escrow-2']);
});

describe('an agent whose task ids are unique in a conversation only', () => {
  /** Gives its turns in the conversations that are named, in order. */
  class Forgetful extends ScriptedAgent {
    readonly contexts: string[] = [];

    override async doGenerate(call: LanguageModelV4CallOptions) {
      const contextId = this.contexts.shift() ?? 'talk';
      const inContext = (metadata: SharedV4ProviderMetadata | undefined) => ({
        a2a: { ...metadata?.['a2a'], contextId },
      });
      const result: LanguageModelV4GenerateResult = await super.doGenerate(call);
      return {
        ...result,
        providerMetadata: inContext(result.providerMetadata),
        content: result.content.map((part) => ({
          ...part,
          providerMetadata: inContext(part.providerMetadata),
        })),
      };
    }
  }

  test('is paid for each under its own hold', async () => {
    const agent = new Forgetful(asks, asks, {}, {});
    agent.contexts.push('of Ann', 'of Bob', 'of Ann', 'of Bob');
    const { model, rail } = aSettlement({ agent });
    const ann = await model.doGenerate({ prompt: promptAfter() });
    const bob = await model.doGenerate({ prompt: promptAfter() });
    const next = [
      await model.doGenerate({ prompt: promptAfter(ann) }),
      await model.doGenerate({ prompt: promptAfter(bob) }),
    ];
    expect(next.map((result) => settlementOf(result))).toMatchObject([
      { status: 'released', escrowId: 'escrow-1' },
      { status: 'released', escrowId: 'escrow-2' },
    ]);
    expect(rail.asked).toEqual(['hold', 'hold', 'release escrow-1', 'release escrow-2']);
  });

  test.each([true, false])(
    'is not paid with the hold of another conversation (by memory: %s)',
    async (isRemembered) => {
      const storage = new RecordedStorage();
      const agent = new Forgetful({}, asks, {});
      agent.contexts.push('of Bob', 'of Ann', 'of Bob');
      const one = aSettlement({ agent, storage });
      const two = isRemembered ? one : aSettlement({ agent, rail: one.rail, storage });
      await one.model.doGenerate({ prompt: promptAfter() });
      await one.model.doGenerate({ prompt: promptAfter() });
      const bob = await two.model.doGenerate(named({ contextId: 'of Bob' }));
      expect(settlementOf(bob)).toMatchObject({ status: 'released', escrowId: 'escrow-3' });
      expect(one.rail.statusOf('escrow-2')).toBe('held');
    },
  );
});

test('a lease that a machine cannot renew is not believed when its time is over', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'],
  });
  try {
    const rail = priced();
    const shared = memoryStorage();
    let hangs = false;
    const cutOff = new Proxy(shared, {
      get: (target, name) =>
        hangs ? () => new Promise(() => {}) : Reflect.get(target, name).bind(target),
    });
    const gate = Promise.withResolvers<void>();
    const breaks: Turn = { state: 'unheard-of', work: () => gate.promise };
    const one = aSettlement({
      agent: new ScriptedAgent(asks, breaks),
      rail,
      options: { journal: { storage: cutOff } },
    });
    const two = aSettlement({
      agent: new ScriptedAgent({}),
      rail,
      options: { journal: { storage: shared } },
    });
    const asked = await one.model.doGenerate({ prompt: promptAfter() });
    const first = one.model.doGenerate({ prompt: promptAfter(asked) });
    await vi.waitFor(() => expect(one.agent.calls).toHaveLength(2));
    hangs = true;
    await vi.advanceTimersByTimeAsync(180_000);
    one.agent.tasks.set('task-1', { state: 'working' });
    gate.resolve();
    const progress = { isOver: false };
    const end = () => (progress.isOver = true);
    first.then(end, end);
    while (!progress.isOver) {
      await vi.advanceTimersByTimeAsync(500);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(rail.asked).toEqual(['hold']);
    const answer = two.model.doGenerate({ prompt: promptAfter(asked) });
    expect(settlementOf(await answer)).toMatchObject({ status: 'released', escrowId: 'escrow-1' });
  } finally {
    vi.useRealTimers();
  }
});

describe('PaidTasks', () => {
  const task = { agent: 'agent', taskId: 'task-1', contextId: 'talk' };
  const rail = new FakeRail();
  const [one, other] = [rail.put(), rail.put()];

  test.each(storages)('of two processes with one %s storage one pays', async (_, make) => {
    const storage = make();
    const [here, there] = [new PaidTasks(storage, Date.now), new PaidTasks(storage, Date.now)];
    expect(await here.claim(task, one)).toBe('this');
    expect(await there.claim(task, other)).toBe('another');
    expect(await there.claim(task, one)).toBe('this');
    expect(await here.claim(task, one)).toBe('this');
  });

  test.each(storages)(
    'work that was held for later is paid, with one %s storage',
    async (_, make) => {
      const storage = make();
      let now = 1000;
      const [here, there] = [new PaidTasks(storage, () => now), new PaidTasks(storage, () => now)];
      await here.claim(task, one);
      now += 1000;
      const madeAt = there.time();
      expect(await there.claim(task, other, madeAt)).toBe('this');
      expect(await new PaidTasks(storage, () => now).claim(task, one)).toBe('another');
    },
  );

  test('a storage that fails keeps nothing from being paid', async () => {
    const storage = new RecordedStorage();
    storage.before = async () => {
      throw new Error('no connection');
    };
    const paid = new PaidTasks(storage, Date.now);
    expect(await paid.claim(task, one)).toBe('this');
    expect(await paid.claim(task, other)).toBe('another');
  });

  test('forgets when no other hold can be left', async () => {
    const storage = new RecordedStorage();
    let now = Date.now();
    const paid = new PaidTasks(storage, () => now);
    await paid.claim(task, one);
    await paid.sweep();
    expect(storage.items.size).toBe(1);
    now = one.expiresAt.getTime() + 25 * 60 * 60_000;
    await paid.sweep();
    expect(storage.items.size).toBe(0);
  });
});
