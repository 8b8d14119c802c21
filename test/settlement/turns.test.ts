import type { LanguageModelV4CallOptions, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SettlementOptions } from '../../src/index';
import { aSettlement } from './a-settlement';
import { type FakeRail, lineBroke } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, settlementOf, type Turn } from './scripted-agent';

const start = 1_000_000;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: start });
});
afterEach(() => void vi.useRealTimers());

const asks: Turn = { state: 'input-required', text: 'For how many?' };
/** A caller who kept the task’s id, but not the messages. */
const byTaskId = (taskId = 'task-1'): LanguageModelV4CallOptions => ({
  prompt: promptAfter(),
  providerOptions: { a2a: { taskId } },
});

interface Setting {
  options?: SettlementOptions;
  /** What the agent does on the first turn, and on the others. */
  turns?: [Turn, ...Turn[]];
}

/** The machine that has kept a hold, and where the next turn comes in. */
interface Kept {
  rail: FakeRail;
  second: ReturnType<typeof aSettlement>;
  call: LanguageModelV4CallOptions;
  answer: LanguageModelV4GenerateResult;
}

async function keep(
  way: 'memory' | 'seal' | 'journal',
  { options = {}, turns: [first, ...rest] = [asks] }: Setting = {},
  prepare: (rail: FakeRail) => void = () => {},
): Promise<Kept> {
  const storage = new RecordedStorage();
  const one = aSettlement({ agent: new ScriptedAgent(first), options, storage });
  const { rail } = one;
  prepare(rail);
  const answer = await one.model.doGenerate({ prompt: promptAfter() });
  expect(settlementOf(answer)).toMatchObject({ status: 'kept', escrowId: 'escrow-1' });
  await vi.waitFor(() => expect(storage.stages()).toEqual(['kept']));
  const agent = new ScriptedAgent(...rest);
  switch (way) {
    case 'memory':
      // The journal cannot be read, and no messages came along.
      storage.before = async (call) => {
        if (call === 'list') throw new Error('no connection');
      };
      Object.assign(one.agent, agent);
      return { rail, second: one, call: byTaskId(), answer };
    case 'seal':
      return {
        rail,
        second: aSettlement({ agent, options, rail }),
        call: { prompt: promptAfter(answer) },
        answer,
      };
    case 'journal':
      return {
        rail,
        second: aSettlement({ agent, options, rail, storage }),
        call: byTaskId(),
        answer,
      };
  }
}

const onItsHold = ['hold', 'release escrow-1'];
const onANewHold = ['hold', 'hold', 'release escrow-2'];

describe.each(['memory', 'seal', 'journal'] as const)('by %s', (way) => {
  test('a turn goes on under the hold of the one before, and pays once', async () => {
    const { call, rail, second } = await keep(way);
    const answer = await second.model.doGenerate(call);
    expect(settlementOf(answer)).toMatchObject({ status: 'released', escrowId: 'escrow-1' });
    expect(rail.asked).toEqual(onItsHold);
    expect(second.agent.calls.at(-1)?.providerOptions?.['a2a']).toMatchObject({
      metadata: { pay: { escrowId: 'escrow-1' } },
    });
    expect(second.storage.stages()).toEqual([]);
  });

  const harmless: [string, (rail: FakeRail) => void][] = [
    [
      'of a ledger that cannot be asked',
      (rail) => rail.failures.look.push(...Array.from({ length: 9 }, lineBroke)),
    ],
    ['that lasts just long enough', () => vi.setSystemTime(start + 3_600_000 - 30_000)],
  ];
  test.each(harmless)('also under a hold %s', async (_, change) => {
    const { call, rail, second } = await keep(way);
    change(rail);
    await second.model.doGenerate(call);
    expect(rail.asked).toEqual(onItsHold);
  });

  const changes: [string, (rail: FakeRail, kept: Kept) => void][] = [
    ['for another payee', (rail) => (rail.cardTerms = { payee: 'someone', required: false })],
    [
      'that the ledger has for another payee',
      (rail, { answer }) => change(rail, answer, { hold: { payee: 'someone' } }),
    ],
    [
      'that was settled meanwhile',
      (rail, { answer }) =>
        change(rail, answer, {
          state: { type: 'settled', settled: { status: 'refunded', returned: 21 } },
        }),
    ],
    [
      'that is in dispute',
      (rail, { answer }) =>
        change(rail, answer, { state: { type: 'foreign', status: 'disputed' } }),
    ],
    ['of another payer', (rail, { answer }) => change(rail, answer, { isOurs: false })],
    ['that the ledger does not know', (rail) => rail.ledger.clear()],
    ['that is about to lapse', () => vi.setSystemTime(start + 3_600_000 - 29_999)],
    ['that has lapsed', () => vi.setSystemTime(start + 3_600_001)],
    [
      'of another task',
      (_, { call }) => void (call.providerOptions = { a2a: { taskId: 'task-2' } }),
    ],
  ];
  test.each(changes)('never under one %s', async (_, change) => {
    const kept = await keep(way);
    change(kept.rail, kept);
    await kept.second.model.doGenerate(kept.call);
    expect(kept.rail.asked).toEqual(onANewHold);
  });

  test('of two at once one goes on under it, the other is not sent', async () => {
    const { call, rail, second } = await keep(way, { turns: [asks, {}, {}] });
    const answers = await Promise.allSettled([
      second.model.doGenerate(call),
      second.model.doGenerate(call),
    ]);
    expect(answers).toEqual([
      { status: 'fulfilled', value: expect.anything() },
      {
        status: 'rejected',
        reason: expect.objectContaining({ code: 'TASK_IN_USE', isDispatched: false }),
      },
    ]);
    expect(rail.asked).toEqual(onItsHold);
  });

  test.each([
    ['fails', 'refund escrow-1 task-failed'],
    ['asks again, and then fails', 'refund escrow-1 task-failed'],
  ])('a turn that %s: the hold goes back', async (what, asked) => {
    const turns: [Turn, ...Turn[]] =
      what === 'fails' ? [asks, { state: 'failed' }] : [asks, asks, { state: 'failed' }];
    const { call, rail, second } = await keep(way, { turns });
    if (turns.length === 3) {
      expect(settlementOf(await second.model.doGenerate(call))).toMatchObject({ status: 'kept' });
      await expect(second.model.doGenerate(byTaskId())).rejects.toThrow('failed');
    } else {
      await expect(second.model.doGenerate(call)).rejects.toThrow('failed');
    }
    expect(rail.asked).toEqual(['hold', asked]);
  });

  test('the time of all turns adds up, and no time between them', async () => {
    const turns: [Turn, ...Turn[]] = [
      { ...asks, work: () => vi.setSystemTime(start + 60_000) },
      { work: () => vi.setSystemTime(start + 695_000) },
    ];
    const { call, rail, second } = await keep(way, { turns }, (priced) => {
      priced.cardTerms = { payee: 'payee', amount: 6, pricingModel: 'per-minute', required: false };
    });
    vi.setSystemTime(start + 660_000);
    // 95 seconds at 6 a minute.
    expect(settlementOf(await second.model.doGenerate(call))).toMatchObject({ captured: 10 });
    expect(rail.asked).toEqual(['hold', 'release escrow-1 10']);
  });

  test.each<[string, (call: number) => number]>([
    ['throws', (call) => (call === 1 ? 20 : JSON.parse('{'))],
    ['is nothing', (call) => (call === 1 ? 20 : 0)],
    ['is above every limit', (call) => (call === 1 ? 20 : 10_000)],
  ])('a price that %s on the next turn does not matter', async (_, priceOf) => {
    const price = vi.fn<() => number>();
    price.mockImplementation(() => priceOf(price.mock.calls.length));
    const approve = vi.fn(() => approve.mock.calls.length === 1);
    const options = { price, approve, maxTokensPerCall: 100, limits: { perCall: 100 } };
    const { call, rail, second } = await keep(way, { options });
    expect(settlementOf(await second.model.doGenerate(call))).toMatchObject({
      status: 'released',
      captured: 20,
    });
    expect(rail.asked).toEqual(onItsHold);
  });
});

test.each(['memory', 'journal'] as const)(
  'by %s, the task of another agent is none',
  async (way) => {
    const { call, rail, second } = await keep(way);
    second.agent.modelId = 'another';
    await second.model.doGenerate(call);
    expect(rail.asked).toEqual(onANewHold);
  },
);

test('a conversation that goes on after the task was done holds anew', async () => {
  const agent = new ScriptedAgent(asks);
  const { model, rail } = aSettlement({ agent });
  const first = await model.doGenerate({ prompt: promptAfter() });
  const second = await model.doGenerate({ prompt: promptAfter(first) });
  await model.doGenerate({ prompt: promptAfter(first, second) });
  expect(rail.asked).toEqual(['hold', 'release escrow-1', 'hold', 'release escrow-2']);
});

type Change = { hold?: object; state?: object; isOurs?: boolean };

/** Changes what the ledger says, behind everybody’s back. */
function change(rail: FakeRail, { providerMetadata }: LanguageModelV4GenerateResult, to: Change) {
  const escrowId = String(providerMetadata?.['settlement']?.['escrowId']);
  const recorded = rail.ledger.get(escrowId);
  if (recorded === undefined) throw new Error(`no ${escrowId}`);
  const hold = { ...recorded.hold, ...to.hold };
  rail.ledger.set(escrowId, Object.assign({}, recorded, to, { hold }));
}
