import { generateText } from 'ai';
import { expect, test, vi } from 'vitest';
import type { SettlementOptions } from '../../src/index';
import { aSettlement } from './a-settlement';
import { lineBroke } from './fake-rail';
import { RecordedStorage, type StorageCall } from './recorded-storage';
import { ScriptedAgent } from './scripted-agent';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

// As a client of Redis does it whose server is gone: what it is asked for waits for the server.

const silence = () => new Promise<void>(() => {});

function withSilent(
  isSilent: (call: StorageCall, key: string) => boolean,
  options: SettlementOptions = {},
  agent = new ScriptedAgent(),
) {
  const storage = new RecordedStorage();
  storage.before = async (call, key) => (isSilent(call, key) ? silence() : undefined);
  return aSettlement({ agent, options, storage });
}

const limits = { perWindow: { amount: 100, minutes: 5 } };

test.concurrent('a call that goes on with a task is not kept from it', async () => {
  const { model, names } = withSilent(() => true);
  const providerOptions = { a2a: { taskId: 'task-1' } };
  await generateText({ model, prompt: 'Hi', providerOptions });
  expect(names()).toEqual(['held', 'released']);
});

test.concurrent('a hold whose answer was lost is given back', async () => {
  const { model, rail } = withSilent(() => true);
  rail.lostAnswers.hold.push(lineBroke(), lineBroke());
  rail.failures.find.push(lineBroke(), lineBroke());
  await generateText({ model, prompt: 'Hi' });
  await vi.waitFor(() => expect(rail.statusOf('escrow-1')).toBe('refunded'));
});

test.concurrent('nothing is sent while nobody can say what was spent, and then again', async () => {
  let isSilent = true;
  const { agent, model, rail, storage } = withSilent(() => isSilent, { limits });
  const ask = () => generateText({ model, prompt: 'Hi', maxRetries: 0 });
  await expect(ask()).rejects.toMatchObject({ code: 'LIMITS_UNKNOWN' });
  expect([agent.calls, rail.asked]).toEqual([[], []]);
  isSilent = false;
  await ask();
  expect(rail.statusOf('escrow-1')).toBe('released');
  expect(storage.items.size).toBe(1);
});

test.concurrent('what was spent cannot be noted: the payment ends all the same', async () => {
  const settled: Promise<unknown>[] = [];
  let sets = 0;
  const { model, settlement } = withSilent((call) => call === 'set' && ++sets > 1, {
    limits,
    waitUntil: (promise) => void settled.push(promise),
  });
  await generateText({ model, prompt: 'Hi' });
  await Promise.all(settled);
  expect(await settlement.reconcile()).toEqual({ settled: [], open: [], unresolved: [] });
});

test('a cron route and whoever asks for a task come to an end', async () => {
  vi.useFakeTimers();
  const { settlement } = withSilent(() => true);
  const asked = Promise.allSettled([
    settlement.reconcile(),
    settlement.settleTask({ agent: 'agent', taskId: 'task-1' }),
  ]);
  await vi.advanceTimersByTimeAsync(60_000);
  vi.useRealTimers();
  const reason = { message: 'No answer within 60000 ms.' };
  expect(await asked).toMatchObject([{ reason }, { reason }]);
});
