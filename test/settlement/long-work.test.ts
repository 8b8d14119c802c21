import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SettlementOptions } from '../../src/index';
import { aSettlement } from './a-settlement';
import type { FakeRail } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, settlementOf, type Turn } from './scripted-agent';

const start = 1_000_000;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});
afterEach(() => void vi.useRealTimers());

const works: Turn = { state: 'working' };
const atOnce: LanguageModelV4CallOptions = {
  prompt: promptAfter(),
  providerOptions: { a2a: { returnImmediately: true } },
};
const resume = (taskId = 'task-1', more: object = {}): LanguageModelV4CallOptions => ({
  prompt: [],
  providerOptions: { a2a: { resume: { taskId }, ...more } },
});

/** A call that returned although its agent works on, and the machine that takes the task up again. */
async function leave(
  way: 'memory' | 'seal' | 'journal',
  {
    options = {},
    turns = [],
    prepare = () => {},
  }: { options?: SettlementOptions; turns?: Turn[]; prepare?: (rail: FakeRail) => void } = {},
) {
  const storage = new RecordedStorage();
  const one = aSettlement({ agent: new ScriptedAgent(works), options, storage });
  const { rail } = one;
  prepare(rail);
  const answer = await one.model.doGenerate(atOnce);
  expect(settlementOf(answer)).toMatchObject({ status: 'kept', escrowId: 'escrow-1' });
  expect(one.names()).toEqual(['held', 'kept']);
  await vi.waitFor(() => expect(storage.stages()).toEqual(['working']));
  const agent = new ScriptedAgent(...turns);
  const call = resume();
  switch (way) {
    case 'memory':
      storage.before = async (asked) => {
        if (asked === 'get') throw new Error('no connection');
      };
      Object.assign(one.agent, agent);
      return { rail, second: one, call, answer };
    case 'seal':
      return {
        rail,
        second: aSettlement({ agent, options, rail }),
        call: { ...call, prompt: promptAfter(answer) },
        answer,
      };
    case 'journal':
      return { rail, second: aSettlement({ agent, options, rail, storage }), call, answer };
  }
}

describe.each(['memory', 'seal', 'journal'] as const)('by %s', (way) => {
  test.each([
    ['completed', 'release escrow-1', 'released'],
    ['input-required', undefined, 'kept'],
    ['working', undefined, 'kept'],
  ])('a task that is %s when it is resumed', async (state, asked, status) => {
    const { call, rail, second } = await leave(way, { turns: [{ state }] });
    const answer = await second.model.doGenerate(call);
    expect(settlementOf(answer)).toMatchObject({ status, escrowId: 'escrow-1' });
    expect(rail.asked).toEqual(['hold', ...(asked === undefined ? [] : [asked])]);
  });

  test('a task that failed is refunded', async () => {
    const { call, rail, second } = await leave(way, { turns: [{ state: 'failed' }] });
    await expect(second.model.doGenerate(call)).rejects.toThrow('failed');
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 task-failed']);
  });

  test('an agent that cannot be reached says nothing of its task: the hold stays', async () => {
    const gone: Turn = {
      work: () => {
        throw new Error('gone');
      },
    };
    const { call, rail, second } = await leave(way, { turns: [gone] });
    await expect(second.model.doGenerate(call)).rejects.toThrow('gone');
    expect(rail.asked).toEqual(['hold']);
    expect(rail.statusOf('escrow-1')).toBe('held');
    expect(settlementOf(await second.model.doGenerate(resume()))).toMatchObject({
      status: 'released',
    });
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('a next message is another task, under a hold of its own', async () => {
    const { answer, rail, second } = await leave(way, {
      turns: [{ taskId: 'task-2' }, { state: 'completed' }],
    });
    await second.model.doGenerate({ prompt: promptAfter(answer) });
    expect(rail.asked).toEqual(['hold', 'hold', 'release escrow-2']);
    await second.model.doGenerate({ ...resume(), prompt: promptAfter(answer) });
    expect(rail.asked.slice(3)).toEqual(['release escrow-1']);
  });

  test('minutes run until the task was done, whoever waited for it', async () => {
    const { call, rail, second } = await leave(way, {
      prepare: (priced) => {
        priced.cardTerms = {
          payee: 'payee',
          amount: 6,
          pricingModel: 'per-minute',
          required: false,
        };
      },
    });
    vi.setSystemTime(start + 20 * 60_000);
    second.agent.tasks.set('task-1', { state: 'completed', at: start + 95_000 });
    expect(settlementOf(await second.model.doGenerate(call))).toMatchObject({ captured: 10 });
    expect(rail.asked).toEqual(['hold', 'release escrow-1 10']);
  });
});

test('a task for which nothing is held is looked at for nothing', async () => {
  const { agent, model, names, rail } = aSettlement();
  rail.cardTerms = { payee: 'payee', amount: 20, required: true };
  const answer = await model.doGenerate(resume('someone-elses'));
  expect(settlementOf(answer)).toEqual({ status: 'unsettled', reason: 'NO_HOLD' });
  expect([rail.asked, names(), answer.warnings]).toEqual([[], [], []]);
  expect(agent.calls).toHaveLength(1);
});

test('of two that resume a task at once one settles it', async () => {
  let arrived = 0;
  const work = () => {
    arrived++;
    return vi.waitFor(() => expect(arrived).toBe(2));
  };
  const { call, rail, second } = await leave('journal', { turns: [{ work }, { work }] });
  const answers = await Promise.all([second.model.doGenerate(call), second.model.doGenerate(call)]);
  expect(answers.map(settlementOf)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ status: 'released' }),
      { status: 'unsettled', reason: 'IN_USE' },
    ]),
  );
  expect(rail.asked).toEqual(['hold', 'release escrow-1']);
});

test('a call that is under way keeps its hold to itself', async () => {
  let release = () => {};
  const done = new Promise<void>((resolve) => (release = resolve));
  const { model, rail } = aSettlement({
    agent: new ScriptedAgent({ work: () => done }),
    options: { journal: { writeAhead: true } },
  });
  const { stream } = await model.doStream({ prompt: promptAfter() });
  const reader = stream.getReader();
  // The task is known, and written down.
  await reader.read();
  await reader.read();
  expect(settlementOf(await model.doGenerate(resume()))).toMatchObject({ reason: 'IN_USE' });
  release();
  for (let read = await reader.read(); !read.done; read = await reader.read());
  expect(rail.asked).toEqual(['hold', 'release escrow-1']);
});

test('an abort cancels the task, and its hold goes back', async () => {
  const { second, call, rail } = await leave('journal', { turns: [{ hangs: true }] });
  second.agent.tasks.set('task-1', { state: 'canceled' });
  const abort = new AbortController();
  const { stream } = await second.model.doStream({ ...call, abortSignal: abort.signal });
  const read = stream.pipeTo(new WritableStream());
  abort.abort();
  await expect(read).rejects.toThrow(/abort/);
  await vi.waitFor(() => expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']));
});

describe('a hold that may lapse while the agent works', () => {
  const warningsOf = async (totalTimeoutMs: number) => {
    const agent = Object.assign(new ScriptedAgent(), { totalTimeoutMs });
    const { model } = aSettlement({ agent });
    return (await model.doGenerate({ prompt: promptAfter() })).warnings;
  };
  test('is warned of', async () => {
    expect(await warningsOf(2 * 3_600_000)).toEqual([
      {
        type: 'other',
        message: expect.stringMatching(/expires in 3600 s.*7200 s.*ttlMinutes to 121/),
      },
    ]);
  });
  test('or not, when it lasts', async () => {
    expect(await warningsOf(3_600_000)).toEqual([]);
  });
});

test('a journal that cannot be read does not fail a call that returned at once', async () => {
  const storage = new RecordedStorage();
  storage.before = async (asked) => {
    if (asked === 'get') throw new Error('no connection');
  };
  const { model, rail } = aSettlement({ agent: new ScriptedAgent(works), storage });
  const pushNotification = { url: 'https://app.example.com/hook', token: 'secret' };
  const answer = await model.doGenerate({
    prompt: promptAfter(),
    providerOptions: { a2a: { returnImmediately: true, pushNotification } },
  });
  expect(settlementOf(answer)).toMatchObject({ status: 'kept', escrowId: 'escrow-1' });
  expect(rail.asked).toEqual(['hold']);
});
