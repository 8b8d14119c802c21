import { describe, expect, test, vi } from 'vitest';
import type { SettlementError } from '../../src/index';
import { aSettlement } from './a-settlement';
import { failure, FakeRail, lineBroke } from './fake-rail';
import { promptAfter, settlementOf } from './scripted-agent';

const prompt = promptAfter();
const gone = new Error('the caller has gone');

/** Lets whatever can happen now happen. */
const settleDown = () => new Promise((resolve) => setTimeout(resolve, 10));

describe.each(['doGenerate', 'doStream'] as const)('%s', (method) => {
  describe('an abort while the hold is under way', () => {
    test('is the caller’s at once; the hold goes back when it is there', async () => {
      const { agent, model, names, rail, storage } = aSettlement();
      const arrive = rail.gate('hold');
      const abort = new AbortController();
      const call = model[method]({ prompt, abortSignal: abort.signal });
      await vi.waitFor(() => expect(rail.asked).toEqual(['hold']));
      abort.abort(gone);
      await expect(call).rejects.toBe(gone);
      expect(rail.ledger.size).toBe(0);
      arrive();
      await vi.waitFor(() => expect(names()).toEqual(['held', 'refunded']));
      expect(rail.asked).toEqual(['hold', 'refund escrow-1 aborted']);
      expect(rail.statusOf('escrow-1')).toBe('refunded');
      expect([agent.calls, [...storage.items]]).toEqual([[], []]);
    });

    test('needs nothing back when nothing could be held', async () => {
      const { agent, model, names, rail } = aSettlement();
      const arrive = rail.gate('hold');
      rail.failures.hold.push(failure('INSUFFICIENT_BALANCE'));
      const abort = new AbortController();
      const call = model[method]({ prompt, abortSignal: abort.signal });
      await vi.waitFor(() => expect(rail.asked).toEqual(['hold']));
      abort.abort(gone);
      await expect(call).rejects.toBe(gone);
      arrive();
      await settleDown();
      expect([rail.asked, names(), agent.calls]).toEqual([['hold'], [], []]);
    });

    test('keeps the runtime alive until the hold is back', async () => {
      const alive: Promise<unknown>[] = [];
      const { model, names, rail } = aSettlement({
        options: { waitUntil: (promise) => void alive.push(promise) },
      });
      const arrive = rail.gate('hold');
      const abort = new AbortController();
      const call = model[method]({ prompt, abortSignal: abort.signal });
      await vi.waitFor(() => expect(rail.asked).toEqual(['hold']));
      abort.abort(gone);
      await expect(call).rejects.toBe(gone);
      expect(alive).toHaveLength(1);
      arrive();
      await Promise.all(alive);
      expect(names()).toEqual(['held', 'refunded']);
    });

    test('is remembered when the refund gives up', async () => {
      const { model, names, rail, settlement, storage } = aSettlement();
      const arrive = rail.gate('hold');
      rail.failures.refund.push(failure('FORBIDDEN'));
      const abort = new AbortController();
      const call = model[method]({ prompt, abortSignal: abort.signal });
      await vi.waitFor(() => expect(rail.asked).toEqual(['hold']));
      abort.abort(gone);
      await expect(call).rejects.toBe(gone);
      arrive();
      await vi.waitFor(() => expect(names()).toEqual(['held', 'unresolved']));
      expect(storage.entry('settling')).toMatchObject({
        action: { type: 'refund', reason: 'aborted' },
      });
      await settlement.reconcile();
      expect(rail.statusOf('escrow-1')).toBe('refunded');
    });
  });

  test('an abort before anything is held holds nothing', async () => {
    const { agent, model, rail } = aSettlement();
    const call = model[method]({ prompt, abortSignal: AbortSignal.abort(gone) });
    await expect(call).rejects.toBe(gone);
    expect([rail.asked, agent.calls]).toEqual([[], []]);
  });

  test('an abort between hold and call: the agent is never called, the hold goes back', async () => {
    const { agent, model, names, rail, settlement, told } = aSettlement();
    const abort = new AbortController();
    settlement.on('held', () => abort.abort(gone));
    await expect(model[method]({ prompt, abortSignal: abort.signal })).rejects.toBe(gone);
    expect(rail.asked).toEqual(['hold', 'refund escrow-1 not-dispatched']);
    expect(names()).toEqual(['held', 'refunded']);
    expect(told[1]?.[1].reason).toBe('not-dispatched');
    expect(agent.calls).toEqual([]);
  });

  describe('a hold whose answer was lost for good', () => {
    const lost = (rail: FakeRail, error: () => SettlementError = lineBroke) => {
      rail.lostAnswers.hold.push(error(), error());
      // Not to be found by the caller, who waits: two looks.
      rail.failures.find.push(lineBroke(), lineBroke());
    };

    test('lets the call go on unpaid, and is undone as soon as it can be found', async () => {
      const { agent, model, names, rail, storage, told } = aSettlement();
      lost(rail);
      const result = await model[method]({ prompt });
      expect(told[0]).toMatchObject([
        'unsettled',
        { receipt: { status: 'unknown', reason: 'NETWORK', taskId: rail.holds[0]?.taskId } },
      ]);
      expect(JSON.stringify(result)).not.toContain('"unsettled"');
      if ('content' in result) {
        const { taskId } = rail.holds[0] ?? {};
        expect(settlementOf(result)).toEqual({ status: 'unknown', reason: 'NETWORK', taskId });
        expect(JSON.stringify(result.warnings)).toContain(`Tokens may be held for task ${taskId}`);
      }
      // The agent was shown no hold: nobody may be paid out of it.
      expect(agent.calls[0]?.providerOptions?.['a2a']?.['metadata']).toBeUndefined();
      await vi.waitFor(() => expect(names()).toEqual(['unsettled', 'refunded']));
      expect(rail.statusOf('escrow-1')).toBe('refunded');
      expect(rail.asked.at(-1)).toBe('refund escrow-1 not-dispatched');
      expect(storage.changes[0]).toBe('set lost');
      expect(storage.stages()).toEqual([]);
    });

    test('is remembered while it cannot be found, and undone by reconcile', async () => {
      const { model, rail, settlement, storage } = aSettlement();
      lost(rail);
      rail.failures.find.push(...Array.from({ length: 3 }, lineBroke));
      await model[method]({ prompt });
      await vi.waitFor(() => expect(rail.failures.find).toEqual([]));
      await settleDown();
      expect(storage.stages()).toEqual(['lost']);
      const [request] = rail.holds;
      expect(storage.entry('lost')).toMatchObject({
        agent: 'agent',
        request: { taskId: request?.taskId, payee: 'payee', amount: 20, ttlMinutes: 60 },
      });
      await settlement.reconcile();
      expect(rail.statusOf('escrow-1')).toBe('refunded');
      expect(storage.stages()).toEqual([]);
    });

    test('is told of when nobody looks for it any more', async () => {
      const { model, names, rail, storage, told } = aSettlement();
      lost(rail);
      rail.failures.find.push(...Array.from({ length: 3 }, lineBroke));
      await model[method]({ prompt });
      await vi.waitFor(() => expect(names()).toEqual(['unsettled', 'unresolved']));
      const receipt = { status: 'unknown', reason: 'NETWORK', taskId: rail.holds[0]?.taskId };
      expect(told[1]).toMatchObject(['unresolved', { agent: 'agent', receipt }]);
      expect(told[1]?.[1].error).toMatchObject({ code: 'NETWORK' });
      expect(storage.stages()).toEqual(['lost']);
    });

    test('is told of at once on a rail that cannot look', async () => {
      const rail = new FakeRail();
      rail.cardTerms = { payee: 'payee', amount: 20, required: false };
      Object.assign(rail, { find: undefined });
      const { model, names } = aSettlement({ rail });
      rail.lostAnswers.hold.push(lineBroke(), lineBroke());
      await model[method]({ prompt });
      await vi.waitFor(() => expect(names()).toEqual(['unsettled', 'unresolved']));
    });

    test('is undone when it appears on the ledger later', async () => {
      // However long this test takes to see that it is lost.
      const retry = { attempts: 1000, initialMs: 0.1 };
      const { model, names, rail, storage } = aSettlement({ options: { retry } });
      // Neither request had arrived when it was looked for.
      rail.failures.hold.push(lineBroke(), lineBroke());
      await model[method]({ prompt });
      await vi.waitFor(() => expect(storage.stages()).toEqual(['lost']));
      const taskId = rail.looked[0]?.replace('find ', '') ?? '';
      rail.put({ taskId });
      await vi.waitFor(() => expect(names()).toEqual(['unsettled', 'refunded']));
      expect(rail.statusOf('escrow-1')).toBe('refunded');
      await vi.waitFor(() => expect(storage.stages()).toEqual([]));
    });

    test('is a thrown error where calls must not go on unpaid', async () => {
      const { agent, model, rail } = aSettlement({ options: { onHoldFailure: 'throw' } });
      lost(rail);
      await expect(model[method]({ prompt })).rejects.toMatchObject({ code: 'NETWORK' });
      expect(agent.calls).toEqual([]);
      await vi.waitFor(() => expect(rail.statusOf('escrow-1')).toBe('refunded'));
    });

    test('keeps the runtime alive while it is looked for', async () => {
      const alive: Promise<unknown>[] = [];
      const { model, rail } = aSettlement({
        options: { waitUntil: (promise) => void alive.push(promise) },
      });
      lost(rail);
      await model[method]({ prompt });
      await Promise.all(alive);
      expect(rail.statusOf('escrow-1')).toBe('refunded');
    });
  });

  test('an answer nobody can read, after the hold was made, leaves nothing held', async () => {
    const { model, rail } = aSettlement();
    rail.lostAnswers.hold.push(failure('UNEXPECTED_ANSWER', { statusCode: 201 }));
    const result = await model[method]({ prompt });
    if ('stream' in result) for await (const _ of result.stream);
    await settleDown();
    expect(rail.statusOf('escrow-1')).not.toBe('held');
  });

  test('an ordinary hold writes nothing and asks for nothing else', async () => {
    const { agent, model, rail, storage } = aSettlement();
    const result = await model[method]({ prompt });
    if ('stream' in result) for await (const _ of result.stream);
    expect([rail.asked, rail.looked]).toEqual([['hold', 'release escrow-1'], []]);
    expect(storage.changes).toEqual([]);
    expect(agent.calls).toHaveLength(1);
  });
});
