import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { SpendingLimitOptions } from '../../src/settlement/plan/currency-limits';
import { aSettlement } from './a-settlement';
import { failure } from './fake-rail';
import { promptAfter, ScriptedAgent, settlementOf, type Turn } from './scripted-agent';

const prompt = promptAfter();
const hour = { amount: 20, minutes: 60 };
/** Room for one call of 20. */
const limits: SpendingLimitOptions = { perWindow: hour };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 });
});
afterEach(() => void vi.useRealTimers());

const refused = { code: 'LIMIT_EXCEEDED' };

function machine(turns: Turn[], like?: ReturnType<typeof aSettlement>, own = limits) {
  const shared = like && { rail: like.rail, storage: like.storage };
  return aSettlement({ agent: new ScriptedAgent(...turns), options: { limits: own }, ...shared });
}

describe('a storage that fails', () => {
  test.each([
    ['proceed', 'set'],
    ['proceed', 'list'],
    ['throw', 'set'],
  ] as const)('(%s, %s) stops the call: nothing is held, nothing is sent', async (policy, call) => {
    const { agent, model, names, rail, storage } = aSettlement({
      options: { limits, onHoldFailure: policy },
    });
    storage.before = async (asked) => {
      if (asked === call) throw new Error('no connection');
    };
    await expect(model.doGenerate({ prompt })).rejects.toMatchObject({ code: 'LIMITS_UNKNOWN' });
    expect([rail.asked, agent.calls, names()]).toEqual([[], [], []]);
    expect([...storage.items]).toEqual([]);
  });

  test('in one go stops the call as well, and says why', async () => {
    const { model, storage } = aSettlement({ options: { limits } });
    const fail = () => {
      throw new Error('no connection');
    };
    Object.assign(storage, { setItem: fail, removeItem: fail });
    await expect(model.doGenerate({ prompt })).rejects.toMatchObject({ code: 'LIMITS_UNKNOWN' });
  });

  test('after the call keeps no payment from being settled', async () => {
    const { model, rail, storage } = aSettlement({
      agent: new ScriptedAgent({
        work: () => {
          storage.before = () => Promise.reject(new Error('no connection'));
        },
      }),
      options: { limits },
    });
    expect(settlementOf(await model.doGenerate({ prompt }))).toMatchObject({ status: 'released' });
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });
});

describe('room in the window', () => {
  const failed: Turn = { state: 'failed' };
  const asks: Turn = { state: 'input-required' };

  test.each<[string, Turn, boolean]>([
    ['paid', {}, false],
    ['paid in part', { metadata: { creditsUsed: 4 } }, false],
    ['kept', asks, false],
    ['refunded', failed, true],
    ['worth nothing', { metadata: { creditsUsed: 0 } }, true],
  ])('after a call that is %s: %s', async (_, turn, isFree) => {
    const { model, rail } = machine([turn]);
    await Promise.allSettled([model.doGenerate({ prompt })]);
    const next = model.doGenerate({ prompt });
    await (isFree ? next : expect(next).rejects.toMatchObject(refused));
    expect(rail.holds).toHaveLength(isFree ? 2 : 1);
  });

  test('what a part did not use may be spent', async () => {
    const own = { perWindow: { amount: 24, minutes: 60 } };
    const { model } = machine([{ metadata: { creditsUsed: 4 } }], undefined, own);
    await model.doGenerate({ prompt });
    await model.doGenerate({ prompt });
    await expect(model.doGenerate({ prompt })).rejects.toMatchObject(refused);
  });

  test.each(['the same machine', 'another machine on the storage'])(
    'a kept hold that is refunded on its next turn, on %s, gives it back',
    async (where) => {
      const isSame = where === 'the same machine';
      const one = machine(isSame ? [asks, failed] : [asks]);
      const first = await one.model.doGenerate({ prompt });
      const two = isSame ? one : machine([failed], one);
      await expect(one.model.doGenerate({ prompt })).rejects.toMatchObject(refused);
      const next = two.model.doGenerate({ prompt: promptAfter(first) });
      await expect(next).rejects.toThrow('failed');
      expect(one.rail.statusOf('escrow-1')).toBe('refunded');
      await one.model.doGenerate({ prompt });
      await expect(two.model.doGenerate({ prompt })).rejects.toMatchObject(refused);
    },
  );

  test('a kept hold that is paid on its next turn, elsewhere, counts what it cost', async () => {
    const own = { perWindow: { amount: 24, minutes: 60 } };
    const one = machine([asks], undefined, own);
    const first = await one.model.doGenerate({ prompt });
    const two = machine([{ metadata: { creditsUsed: 4 } }], one, own);
    await two.model.doGenerate({ prompt: promptAfter(first) });
    await one.model.doGenerate({ prompt });
    await expect(one.model.doGenerate({ prompt })).rejects.toMatchObject(refused);
  });

  test('a call for which nothing could be held gives it back', async () => {
    const { model, rail } = machine([]);
    rail.failures.hold.push(failure('INSUFFICIENT_BALANCE'));
    await model.doGenerate({ prompt });
    await model.doGenerate({ prompt });
    expect(rail.holds).toHaveLength(1);
  });

  test('a refund that is not through yet does not, until reconcile has it', async () => {
    const { model, rail, settlement } = machine([failed]);
    rail.failures.refund.push(failure('FORBIDDEN'));
    await expect(model.doGenerate({ prompt })).rejects.toThrow('failed');
    await expect(model.doGenerate({ prompt })).rejects.toMatchObject(refused);
    await settlement.reconcile();
    await model.doGenerate({ prompt });
  });
});

test('concurrent: calls under way count on all machines, ended and kept ones do not', async () => {
  const finish: (() => void)[] = [];
  const work = () => new Promise<void>((done) => void finish.push(done));
  const own = { concurrent: 2 };
  const one = machine([{ work }, { state: 'input-required' }], undefined, own);
  const two = machine([{ work }], one, own);
  const running = [one.model.doGenerate({ prompt })];
  await vi.waitFor(() => expect(finish).toHaveLength(1));
  await one.model.doGenerate({ prompt });
  running.push(two.model.doGenerate({ prompt }));
  await vi.waitFor(() => expect(finish).toHaveLength(2));
  for (const { model } of [one, two]) {
    await expect(model.doGenerate({ prompt })).rejects.toMatchObject(refused);
  }
  finish[0]?.();
  await running[0];
  await one.model.doGenerate({ prompt });
  finish[1]?.();
  await running[1];
});

test.each(['doGenerate', 'doStream'] as const)(
  'perConversation counts the call in which the agent first names it: %s',
  async (method) => {
    const { model } = machine([], undefined, { perConversation: 20 });
    const first = await model[method]({ prompt });
    if ('stream' in first) await first.stream.pipeTo(new WritableStream());
    // Of no conversation, or of another one.
    await model.doGenerate({ prompt });
    await model.doGenerate({ prompt, providerOptions: { a2a: { contextId: 'another' } } });
    const next = model.doGenerate({ prompt, providerOptions: { a2a: { contextId: 'talk' } } });
    await expect(next).rejects.toMatchObject(refused);
  },
);

test('concurrent: a turn that goes on under a kept hold is under way again until it ends', async () => {
  let finish = () => {};
  const work = () => new Promise<void>((done) => (finish = done));
  const turns = [{ state: 'input-required' }, { work }];
  const { agent, model } = machine(turns, undefined, { concurrent: 1 });
  const first = await model.doGenerate({ prompt });
  const second = model.doGenerate({ prompt: promptAfter(first) });
  await vi.waitFor(() => expect(agent.calls).toHaveLength(2));
  await expect(model.doGenerate({ prompt })).rejects.toMatchObject(refused);
  finish();
  await second;
  await model.doGenerate({ prompt });
});
