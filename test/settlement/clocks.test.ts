import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createExchangeClient } from '../../src/rails/exchange/exchange-client';
import { createSandbox, type Sandbox } from '../../src/sandbox';
import { memoryStorage } from '../../src/internal/memory-storage';
import { createSettlement, exchangeRail } from '../../src/index';
import { SpendingLimits } from '../../src/settlement/plan/spending-limits';
import { entries } from './journal-entries';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, settlementOf } from './scripted-agent';
import { wrapLanguageModel } from 'ai';

const minute = 60_000;
const skews = [-15, -10, 10, 15];

/** The exchange has the right time, this machine another. */
let sandbox: Sandbox;
let start: number;
beforeEach(() => {
  start = Date.now();
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  sandbox = createSandbox({ agentDelayMs: 1, now: () => new Date(Date.now() - offsetMs) });
  offsetMs = 0;
});
let offsetMs = 0;
afterEach(() => {
  vi.useRealTimers();
  return sandbox.close();
});

function machine(minutes: number, agent: ScriptedAgent, ttlMinutes = 60) {
  offsetMs = minutes * minute;
  vi.setSystemTime(start + offsetMs);
  const { exchangeUrl, fetch, payer } = sandbox;
  const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
  const settlement = createSettlement({
    rail,
    price: 20,
    ttlMinutes,
    agents: { agent: { accountId: sandbox.agents.streamer.accountId } },
    verify: async () => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return true;
    },
  });
  return {
    rail,
    settlement,
    model: wrapLanguageModel({ model: agent, middleware: settlement.middleware }),
  };
}

describe.each(skews)('a clock that is %i minutes off', (minutes) => {
  test('pays what was delivered, verified, under a hold of ten minutes', async () => {
    const { model } = machine(minutes, new ScriptedAgent({}), 10);
    expect(settlementOf(await model.doGenerate({ prompt: promptAfter() }))).toMatchObject({
      status: 'released',
    });
    expect(sandbox.ledger().escrows).toMatchObject([{ status: 'released' }]);
  });

  test('keeps a hold for the next turn, and goes on under it', async () => {
    const agent = new ScriptedAgent({ state: 'input-required' }, {});
    const { model } = machine(minutes, agent, 10);
    const asked = await model.doGenerate({ prompt: promptAfter() });
    await model.doGenerate({ prompt: promptAfter(asked) });
    expect(sandbox.ledger().escrows).toMatchObject([{ status: 'released' }]);
  });

  test('carries out a release that was journaled', async () => {
    const { exchangeUrl, fetch, payer } = sandbox;
    const client = createExchangeClient({ url: exchangeUrl, apiKey: payer.apiKey, fetch });
    const { rail } = machine(0, new ScriptedAgent());
    const hold = await rail.hold({
      taskId: 'aisdk-1',
      payee: sandbox.agents.streamer.accountId,
      amount: 20,
      ttlMinutes: 10,
    });
    const storage = new RecordedStorage();
    const entry = entries.settling(hold, { type: 'release' });
    storage.items.set('a2a-settlement:aisdk-1.settling', JSON.stringify(entry));
    offsetMs = minutes * minute;
    vi.setSystemTime(start + offsetMs);
    const later = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      journal: { storage },
    });
    expect(await later.reconcile()).toMatchObject({
      settled: [{ receipt: { status: 'released' } }],
    });
    expect(await client.getEscrow(hold.escrowId)).toMatchObject({ status: 'released' });
  });
});

describe('limits on machines with clocks of their own', () => {
  const limits = { perWindow: { amount: 10, minutes: 5 } };
  const call = { agent: 'agent', conversation: undefined, ttlMinutes: 60 };

  test.each(skews)(
    '%i minutes off: neither overlooked nor swept, before the ledger’s time is known',
    async (minutes) => {
      const storage = memoryStorage();
      const at = (offset: number) =>
        new SpendingLimits({ limits, storage, now: () => (offset === 0 ? start : undefined) });
      await at(0).reserve('a', { ...call, amount: 8 });
      vi.setSystemTime(start + minutes * minute);
      await expect(at(minutes).reserve('b', { ...call, amount: 8 })).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
      vi.setSystemTime(start);
      await expect(at(0).reserve('c', { ...call, amount: 8 })).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
      expect(await storage.getKeys('a2a-limits:')).toEqual(['a2a-limits:a']);
    },
  );

  test('with an atomic storage as many get through at once as there is room for', async () => {
    const storage = memoryStorage();
    const machines = [0, 1, 2, 3].map(
      () => new SpendingLimits({ limits, storage, now: () => start }),
    );
    const results = await Promise.allSettled(
      machines.map((one, index) => one.reserve(`call-${index}`, { ...call, amount: 5 })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect(await storage.getKeys('a2a-limits-lock')).toEqual([]);
  });
});
