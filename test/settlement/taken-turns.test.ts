import { expect, test, vi } from 'vitest';
import * as z from 'zod/v4';
import { memoryStorage } from '../../src/internal/memory-storage';
import { groupOfTask } from '../../src/settlement/hold/paid-tasks';
import { SettlementJournal } from '../../src/settlement/state/settlement-journal';
import { aSettlement } from './a-settlement';
import { entries } from './journal-entries';
import { FakeRail } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, settlementOf, type Turn } from './scripted-agent';

const asks: Turn = { state: 'input-required', text: 'For how many?' };

test('a task that another hold has paid is not paid again by an answer that was lost', async () => {
  const agent = new ScriptedAgent(asks, { state: 'unheard-of' });
  const { model, rail } = aSettlement({ agent });
  const asked = await model.doGenerate({ prompt: promptAfter() });
  const settled = { status: 'released', amount: 20, fee: 1 } as const;
  rail.put({}, { state: { type: 'settled', settled } }, await groupOfTask('agent', 'task-1'));
  agent.tasks.set('task-1', { state: 'completed' });
  await model.doGenerate({ prompt: promptAfter(asked) });
  expect(rail.asked).toEqual(['hold', 'refund escrow-1 superseded']);
});

test('a call under a hold keeps it from another task that was kept under it before', async () => {
  const gate = Promise.withResolvers<void>();
  const renamed: Turn = { ...asks, taskId: 'task-2' };
  const agent = new ScriptedAgent(asks, renamed, { work: () => gate.promise, taskId: 'task-2' });
  const { model } = aSettlement({ agent });
  const first = await model.doGenerate({ prompt: promptAfter() });
  const second = await model.doGenerate({ prompt: promptAfter(first) });
  const going = model.doGenerate({ prompt: promptAfter(first, second) });
  await vi.waitFor(() => expect(agent.calls).toHaveLength(3));
  expect(settlementOf(await model.doGenerate({ prompt: promptAfter(first) }))).toMatchObject({
    status: 'released',
    escrowId: 'escrow-2',
  });
  gate.resolve();
  expect(settlementOf(await going)).toMatchObject({ status: 'released', escrowId: 'escrow-1' });
});

test('the answer that asks comes when its task and its hold are free, with waitUntil as well', async () => {
  const storage = new RecordedStorage();
  storage.before = async (call) => {
    if (call === 'set') await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const { model, rail } = aSettlement({
    agent: new ScriptedAgent(asks, {}),
    options: { waitUntil: () => {} },
    storage,
  });
  const asked = await model.doGenerate({ prompt: promptAfter() });
  await model.doGenerate({ prompt: promptAfter(asked) });
  await vi.waitFor(() => expect(rail.asked).toEqual(['hold', 'release escrow-1']));
});

test('a task that a call is under way with on another machine is not settled by reconcile', async () => {
  const gate = Promise.withResolvers<void>();
  const storage = memoryStorage();
  const agent = new ScriptedAgent(asks, { work: () => gate.promise });
  const options = { journal: { storage } };
  const one = aSettlement({ agent, options });
  const another = aSettlement({ agent, options, rail: one.rail });
  const asked = await one.model.doGenerate({ prompt: promptAfter() });
  const going = one.model.doGenerate({ prompt: promptAfter(asked) });
  await vi.waitFor(() => expect(agent.calls).toHaveLength(2));
  agent.tasks.set('task-1', { state: 'failed' });
  const provider = { languageModel: () => agent };
  const { open, settled } = await another.settlement.reconcile({ provider, graceMs: 0 });
  expect([open.length, settled.length]).toEqual([1, 0]);
  gate.resolve();
  await going;
  expect(one.rail.asked).toEqual(['hold', 'release escrow-1']);
});

test('an agent that cannot be told of its hold is not called, and the hold goes back', async () => {
  const { agent, model, names, rail, storage } = aSettlement({
    agent: new ScriptedAgent(asks, {}),
    options: { journal: { writeAhead: true } },
  });
  const decorate = vi.spyOn(rail, 'decorate');
  const cannot = () => {
    throw new Error('no words for it');
  };
  decorate.mockImplementationOnce(cannot);
  await expect(model.doGenerate({ prompt: promptAfter() })).rejects.toThrow('no words for it');
  expect(agent.calls).toEqual([]);
  expect(names()).toEqual(['held', 'refunded']);
  expect(storage.stages()).toEqual([]);

  // A hold that was kept before is kept on.
  const asked = await model.doGenerate({ prompt: promptAfter() });
  decorate.mockImplementationOnce(cannot);
  const call = { prompt: promptAfter(asked) };
  await expect(model.doGenerate(call)).rejects.toThrow('no words for it');
  expect(settlementOf(await model.doGenerate(call))).toMatchObject({
    status: 'released',
    escrowId: 'escrow-2',
  });
});

test('the journal lists a hold under the last task that was named for it', async () => {
  const storage = new RecordedStorage();
  const journal = new SettlementJournal(storage);
  const hold = new FakeRail().put();
  await journal.put(entries.working(hold, { task: 'task-1' }));
  await journal.put(entries.kept(hold, { task: 'task-2' }));
  expect(await journal.listTask('task-1')).toEqual([]);
  expect(await journal.listTask('task-2')).toMatchObject([{ type: 'kept', task: 'task-2' }]);
  await journal.remove(hold.taskId);
  expect([...storage.items]).toEqual([]);
});

test('what cannot be listed by its task is in the journal all the same', async () => {
  const storage = new RecordedStorage();
  const journal = new SettlementJournal(storage);
  storage.before = async (call, key) => {
    if (call === 'set' && key.startsWith('a2a-task:')) throw new Error('no connection');
  };
  const hold = new FakeRail().put();
  await Promise.allSettled([journal.put(entries.working(hold, { task: 'task-1' }))]);
  expect((await journal.list()).entries).toMatchObject([{ type: 'open', task: 'task-1' }]);
});

test('what an agent shows when it tells of its task is known on later turns as well', async () => {
  const agent = new ScriptedAgent(asks, { state: 'working' });
  const { model, storage } = aSettlement({ agent });
  const pushNotification = { url: 'https://app.example.com/webhook', token: 'a-token' };
  const asked = await model.doGenerate({
    prompt: promptAfter(),
    providerOptions: { a2a: { pushNotification } },
  });
  const { work } = z
    .object({ work: z.object({ webhook: z.array(z.string()) }) })
    .parse(storage.entry('kept'));
  await model.doGenerate({
    prompt: promptAfter(asked),
    providerOptions: { a2a: { returnImmediately: true } },
  });
  expect(storage.entry('working')).toMatchObject({ work: { webhook: work.webhook } });
});

test('a hold that a call is under way with is open, before its agent has named a task', async () => {
  const gate = Promise.withResolvers<void>();
  const agent = new ScriptedAgent({ work: () => gate.promise });
  const { model, rail, settlement } = aSettlement({
    agent,
    options: { journal: { writeAhead: true } },
  });
  const going = model.doGenerate({ prompt: promptAfter() });
  await vi.waitFor(() => expect(agent.calls).toHaveLength(1));
  const provider = { languageModel: () => agent };
  const { open, settled, unresolved } = await settlement.reconcile({ provider, graceMs: 0 });
  expect([open.length, settled.length, unresolved.length]).toEqual([1, 0, 0]);
  gate.resolve();
  await going;
  expect(rail.asked).toEqual(['hold', 'release escrow-1']);
});
