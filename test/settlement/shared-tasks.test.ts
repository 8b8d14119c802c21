import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { describe, expect, test, vi } from 'vitest';
import { memoryStorage } from '../../src/internal/memory-storage';
import type { SettlementOptions } from '../../src/index';
import type { JournalStorage } from '../../src/settlement/state/journal-storage';
import { aSettlement, priced } from './a-settlement';
import type { FakeRail } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, settlementOf, type Turn } from './scripted-agent';

const asks: Turn = { state: 'input-required', text: 'For how many?' };
const subjectOf = (subject: string) => ({ providerOptions: { a2a: { subject } } });

/** Machines that pay with one key, each with an agent of its own that answers these turns. */
function machines(
  storage: JournalStorage | undefined,
  ...turns: Turn[][]
): { rail: FakeRail; all: ReturnType<typeof aSettlement>[] } {
  const rail = priced();
  const all = turns.map((own) =>
    aSettlement({
      agent: new ScriptedAgent(...own),
      rail,
      options: { journal: { storage: storage ?? new RecordedStorage() } },
    }),
  );
  return { rail, all };
}

/** The answer of another assistant. */
const other: LanguageModelV4GenerateResult = {
  content: [{ type: 'text', text: 'It is sunny.' }],
  finishReason: { unified: 'stop', raw: 'stop' },
  usage: {
    inputTokens: { total: 1, noCache: 1, cacheRead: undefined, cacheWrite: undefined },
    outputTokens: { total: 1, text: 1, reasoning: undefined },
  },
  warnings: [],
};

describe('one task is paid once', () => {
  test.each<{ name: string; call: (asked: LanguageModelV4GenerateResult) => object }>([
    {
      name: 'when another assistant answered in between',
      call: (asked) => ({ prompt: promptAfter(asked, other, other) }),
    },
    {
      name: 'when the call names the conversation alone, and the agent goes on with its task',
      call: () => ({
        prompt: promptAfter(),
        providerOptions: { a2a: { contextId: 'talk' } },
      }),
    },
  ])('$name', async ({ call }) => {
    const common = new RecordedStorage();
    for (const mode of ['doGenerate', 'doStream'] as const) {
      const { all, rail } = machines(common, [asks, {}]);
      const [one] = all;
      if (one === undefined) throw new Error('no machine');
      const asked = await one.model.doGenerate({ prompt: promptAfter() });
      const next = call(asked) as LanguageModelV4CallOptions;
      if (mode === 'doGenerate') await one.model.doGenerate(next);
      else await (await one.model.doStream(next)).stream.pipeTo(new WritableStream());
      await vi.waitFor(() => expect(rail.statusOf('escrow-1')).toBe('released'));
      expect(rail.asked.filter((call) => call.startsWith('release'))).toEqual(['release escrow-1']);
      // What was held for nothing went back.
      if (rail.holds.length > 1) expect(rail.asked).toContain('refund escrow-2 superseded');
      await one.settlement.reconcile({ graceMs: 0 });
      expect(common.left()).toEqual([]);
    }
  });

  test('by a call that names the conversation while another goes on with the task', async () => {
    const gate = Promise.withResolvers<void>();
    const { all, rail } = machines(new RecordedStorage(), [
      asks,
      { work: () => gate.promise },
      { text: 'both' },
    ]);
    const [one] = all;
    if (one === undefined) throw new Error('no machine');
    const asked = await one.model.doGenerate({ prompt: promptAfter() });
    const first = one.model.doGenerate({ prompt: promptAfter(asked) });
    await vi.waitFor(() => expect(one.agent.calls).toHaveLength(2));
    const second = await one.model.doGenerate({
      prompt: promptAfter(),
      providerOptions: { a2a: { contextId: 'talk' } },
    });
    expect(settlementOf(second)).toMatchObject({ status: 'refunded', escrowId: 'escrow-2' });
    gate.resolve();
    expect(settlementOf(await first)).toMatchObject({ status: 'released', escrowId: 'escrow-1' });
    expect(rail.asked).toEqual(['hold', 'hold', 'refund escrow-2 superseded', 'release escrow-1']);
  });
});

describe('a kept hold is for its agent, its task and its subject', () => {
  test('not for another agent with the same payee', async () => {
    const rail = priced();
    const storage = new RecordedStorage();
    const one = aSettlement({ agent: new ScriptedAgent(asks), rail, storage });
    const asked = await one.model.doGenerate({ prompt: promptAfter() });
    const twin = Object.assign(new ScriptedAgent({}), { modelId: 'twin' });
    const another = aSettlement({ agent: twin, rail, storage });
    for (const call of [
      { prompt: promptAfter(asked) },
      { prompt: promptAfter(), providerOptions: { a2a: { taskId: 'task-1' } } },
    ]) {
      expect(settlementOf(await another.model.doGenerate(call))).not.toMatchObject({
        escrowId: 'escrow-1',
      });
    }
    expect(rail.statusOf('escrow-1')).toBe('held');
  });

  test.each(['memory', 'seal', 'journal'] as const)(
    'not for another subject: by %s',
    async (way) => {
      const rail = priced();
      const storage = new RecordedStorage();
      const agent = new ScriptedAgent(asks, { state: 'failed' }, {});
      const one = aSettlement({ agent, rail, storage });
      const asked = await one.model.doGenerate({ prompt: promptAfter(), ...subjectOf('Ann') });
      const machine = {
        memory: () => one,
        seal: () => aSettlement({ agent, rail }),
        journal: () => aSettlement({ agent, rail, storage }),
      }[way]();
      const prompt = way === 'seal' ? promptAfter(asked) : promptAfter();
      const of = (subject: string | undefined) => ({
        prompt,
        providerOptions: {
          a2a: { taskId: 'task-1', ...(subject !== undefined && { subject }) },
        },
      });
      await Promise.allSettled([machine.model.doGenerate(of('Bob'))]);
      expect(rail.statusOf('escrow-1')).toBe('held');
      expect(rail.statusOf('escrow-2')).toBe('refunded');
      expect(settlementOf(await machine.model.doGenerate(of('Ann')))).toMatchObject({
        status: 'released',
        escrowId: 'escrow-1',
      });
    },
  );
});

/** Two turns under one kept hold at once, on two machines that know of each other what these show. */
describe.each<{ name: string; storage: () => JournalStorage | undefined }>([
  { name: 'no journal in common', storage: () => undefined },
  { name: 'a common journal', storage: () => new RecordedStorage() },
])('two machines with $name', ({ storage }) => {
  const failures: { name: string; turn: Turn; tasks?: { state: string } }[] = [
    { name: 'whose line breaks', turn: { state: 'unheard-of' } },
    {
      name: 'whose line breaks, before the other ends',
      turn: { state: 'unheard-of' },
      tasks: { state: 'working' },
    },
  ];
  test.each(failures)(
    'one delivers, and one $name: paid, and never refunded',
    async ({ turn, tasks }) => {
      const gate = Promise.withResolvers<void>();
      const { all, rail } = machines(storage(), [asks, { work: () => gate.promise }], [turn]);
      const [one, another] = all;
      if (one === undefined || another === undefined) throw new Error('no machines');
      const asked = await one.model.doGenerate({ prompt: promptAfter() });
      const call = { prompt: promptAfter(asked) };
      const first = one.model.doGenerate(call);
      await vi.waitFor(() => expect(one.agent.calls).toHaveLength(2));
      if (tasks !== undefined) another.agent.tasks.set('task-1', tasks);
      await another.model.doGenerate(call);
      gate.resolve();
      expect(settlementOf(await first)).toMatchObject({ status: 'released', escrowId: 'escrow-1' });
      expect(rail.asked.filter((each) => each.startsWith('refund escrow-1'))).toEqual([]);
      expect(rail.statusOf('escrow-1')).toBe('released');
    },
  );
});

describe('machines with an atomic storage in common', () => {
  const setUp = (...turns: Turn[][]) => {
    const storage = memoryStorage();
    return { storage, ...machines(storage, ...turns) };
  };

  test('the second turn is not sent while the first is under way', async () => {
    const gate = Promise.withResolvers<void>();
    const { all, rail } = setUp([asks, { work: () => gate.promise }], [{}, {}]);
    const [one, another] = all;
    if (one === undefined || another === undefined) throw new Error('no machines');
    const asked = await one.model.doGenerate({ prompt: promptAfter() });
    const call = { prompt: promptAfter(asked) };
    const first = one.model.doGenerate(call);
    await vi.waitFor(() => expect(one.agent.calls).toHaveLength(2));
    await expect(another.model.doGenerate(call)).rejects.toMatchObject({ code: 'TASK_IN_USE' });
    expect(another.agent.calls).toEqual([]);
    gate.resolve();
    await first;
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('a turn gives the task back at its end, however that comes', async () => {
    const { all, storage } = setUp([asks, { state: 'unheard-of' }], [asks, { state: 'failed' }]);
    for (const { agent, model } of all) {
      const asked = await model.doGenerate({ prompt: promptAfter() });
      await Promise.allSettled([model.doGenerate({ prompt: promptAfter(asked) })]);
      expect(agent.calls).toHaveLength(2);
    }
    await vi.waitFor(async () => expect(await storage.getKeys('a2a-turn:')).toEqual([]));
  });

  test('what a process that died holds of a task lapses in two minutes', async () => {
    vi.useFakeTimers();
    try {
      const { all, storage } = setUp([asks, { work: () => new Promise(() => {}) }], [{}]);
      const [one, another] = all;
      if (one === undefined || another === undefined) throw new Error('no machines');
      const asked = await one.model.doGenerate({ prompt: promptAfter() });
      const call = { prompt: promptAfter(asked) };
      void one.model.doGenerate(call);
      await vi.waitFor(() => expect(one.agent.calls).toHaveLength(2));
      // It lives: the lease is renewed.
      await vi.advanceTimersByTimeAsync(10 * 60_000);
      await expect(another.model.doGenerate(call)).rejects.toMatchObject({ code: 'TASK_IN_USE' });
      // It died: nobody renews.
      const diedAt = Date.now();
      vi.clearAllTimers();
      vi.setSystemTime(diedAt + 121_000);
      expect(await storage.getKeys('a2a-turn:')).toEqual([]);
      expect(settlementOf(await another.model.doGenerate(call))).toMatchObject({
        status: 'released',
        escrowId: 'escrow-1',
      });
    } finally {
      vi.useRealTimers();
    }
  });

  test('a storage that fails stops no call', async () => {
    const storage = memoryStorage();
    storage.setItemIfAbsent = async () => {
      throw new Error('no connection');
    };
    const options: SettlementOptions = { journal: { storage } };
    const one = aSettlement({ agent: new ScriptedAgent(asks, {}), options });
    const asked = await one.model.doGenerate({ prompt: promptAfter() });
    expect(settlementOf(await one.model.doGenerate({ prompt: promptAfter(asked) }))).toMatchObject({
      status: 'released',
      escrowId: 'escrow-1',
    });
  });
});
