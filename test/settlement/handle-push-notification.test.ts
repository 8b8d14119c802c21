import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { SettlementOptions } from '../../src/index';
import { aSettlement } from './a-settlement';
import { lineBroke } from './fake-rail';
import { RecordedStorage } from './recorded-storage';
import { promptAfter, ScriptedAgent, settlementOf, type TaskAnswer } from './scripted-agent';

const url = 'https://app.example.com/a2a-webhook';
const token = 'a-token';
const authentication = { scheme: 'Bearer', credentials: 'a-key' };

/** A call has returned; another machine, which shares its journal, hears of the task. */
async function begun({
  options = {},
  pushNotification = { url, token, authentication } as object,
  task,
}: { options?: SettlementOptions; pushNotification?: object; task?: TaskAnswer } = {}) {
  const storage = new RecordedStorage();
  const agent = new ScriptedAgent({ state: 'submitted' });
  const one = aSettlement({ agent, options, storage });
  agent.tasks.set('task-1', { state: 'working' });
  const answer = await one.model.doGenerate({
    prompt: promptAfter(),
    providerOptions: {
      a2a: { returnImmediately: true, pushNotification: { ...pushNotification } },
    },
  });
  const two = aSettlement({ agent, options, rail: one.rail, storage });
  if (task !== undefined) agent.tasks.set('task-1', task);
  const provider = { languageModel: () => agent };
  const notify = async (
    body: unknown = {
      statusUpdate: { taskId: 'task-1', status: { state: 'TASK_STATE_COMPLETED' } },
    },
    headers: Record<string, string> = { 'x-a2a-notification-token': token },
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const request = new Request(url, { method: 'POST', body: text, headers });
    return (await two.settlement.handlePushNotification(request, { provider })).status;
  };
  return { ...two, agent, answer, notify, one, provider };
}

const done: TaskAnswer = { state: 'completed', text: 'Oslo: rain' };
const message = { messageId: 'm', parts: [{ text: 'Hi' }] };

describe('what agents post', () => {
  const bodies: [string, unknown][] = [
    ['1.0 task', { task: { id: 'task-1', status: { state: 'TASK_STATE_COMPLETED' } } }],
    [
      '1.0 status',
      { statusUpdate: { taskId: 'task-1', status: { state: 'TASK_STATE_COMPLETED' } } },
    ],
    ['1.0 artifact', { artifactUpdate: { taskId: 'task-1', artifact: {} } }],
    ['1.0 message', { message: { ...message, taskId: 'task-1' } }],
    ['1.0 in snake case', { status_update: { task_id: 'task-1', status: {} } }],
    ['0.3 task', { kind: 'task', id: 'task-1', contextId: 'c', status: { state: 'completed' } }],
    ['0.3 status', { kind: 'status-update', taskId: 'task-1', status: { state: 'completed' } }],
    ['0.3 artifact', { kind: 'artifact-update', taskId: 'task-1', artifact: {} }],
    ['0.3 message', { kind: 'message', ...message, taskId: 'task-1' }],
    ['a whole answer', { jsonrpc: '2.0', id: 7, result: { id: 'task-1', status: {} } }],
  ];
  test.each(bodies)('%s', async (_, body) => {
    const { names, notify, rail, storage } = await begun({ task: done });
    expect(await notify(body)).toBe(200);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    expect(names()).toEqual(['released']);
    expect(storage.stages()).toEqual([]);
  });
});

describe('the agent decides, and not what was posted', () => {
  test.each([
    ['completed', 200, ['release escrow-1']],
    ['failed', 200, ['refund escrow-1 task-failed']],
    ['rejected', 200, ['refund escrow-1 task-rejected']],
    ['canceled', 200, ['refund escrow-1 task-canceled']],
    ['working', 202, []],
    ['input-required', 202, []],
  ])('%s', async (state, status, asked) => {
    const { notify, rail } = await begun({ task: { state } });
    const body = { task: { id: 'task-1', status: { state: 'TASK_STATE_WORKING' } } };
    expect(await notify(body)).toBe(status);
    expect(rail.asked.slice(1)).toEqual(asked);
  });

  test('whose word may come a moment after its notification', async () => {
    const { agent, notify, rail } = await begun();
    setTimeout(() => agent.tasks.set('task-1', done), 50);
    expect(await notify()).toBe(200);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('verify and meter judge its own answer', async () => {
    const refused = await begun({ task: done, options: { verify: ({ text }) => text === 'sun' } });
    await refused.notify();
    expect(refused.rail.asked.slice(1)).toEqual(['refund escrow-1 verification-failed']);
    const metered = await begun({ task: done, options: { meter: ({ text }) => text.length } });
    await metered.notify();
    expect(metered.rail.asked.slice(1)).toEqual(['release escrow-1 10']);
  });

  test('and when it cannot be asked, it may come again', async () => {
    const { agent, notify, rail, storage } = await begun();
    agent.tasks.clear();
    expect(await notify()).toBe(503);
    expect(rail.asked).toEqual(['hold']);
    expect(storage.stages()).toEqual(['working']);
    agent.tasks.set('task-1', done);
    expect(await notify()).toBe(200);
  });
});

describe('who may tell', () => {
  const known = { 'x-a2a-notification-token': token };
  const cases: [string, Record<string, string>, number][] = [
    ['nobody without anything', {}, 401],
    ['not with another token', { 'x-a2a-notification-token': 'b-token' }, 202],
    ['not with a part of it', { 'x-a2a-notification-token': 'a-toke' }, 202],
    ['not with another scheme', { authorization: 'Basic a-key' }, 202],
    ['not with the token as a key', { authorization: `Bearer ${token}` }, 202],
    ['with the token', known, 200],
    ['with the credentials', { authorization: 'bearer a-key' }, 200],
    ['with both', { ...known, authorization: 'Bearer a-key' }, 200],
  ];
  test.each(cases)('%s', async (_, headers, status) => {
    const { agent, notify, rail } = await begun({ task: done });
    agent.askedFor.length = 0;
    expect(await notify(undefined, headers)).toBe(status);
    expect(rail.asked.length).toBe(status === 200 ? 2 : 1);
    expect(agent.askedFor.length).toBe(status === 200 ? 1 : 0);
  });

  test('of a task that was begun without token and credentials, nobody', async () => {
    const { notify, rail } = await begun({ task: done, pushNotification: { url } });
    expect(await notify()).toBe(202);
    expect(rail.asked).toEqual(['hold']);
  });

  test('the journal does not know the secrets', async () => {
    const { storage } = await begun();
    const written = JSON.stringify([...storage.items]);
    expect(written).toContain('webhook');
    expect(written).not.toContain(token);
    expect(written).not.toContain(authentication.credentials);
  });
});

describe('what is none', () => {
  const cases: [string, unknown, number][] = [
    ['no JSON', '{', 400],
    ['nothing', '', 400],
    ['a list', [], 400],
    ['no task', { hello: 'world' }, 400],
    ['an id that is no text', { task: { id: 7 } }, 400],
    ['a task nobody knows', { task: { id: 'task-2' } }, 202],
    ['too much', { task: { id: 'task-1', history: 'x'.repeat(5_000_000) } }, 413],
    ['__proto__', '{"__proto__":{"task":{"id":"task-1"}}}', 400],
  ];
  test.each(cases)('%s', async (_, body, status) => {
    const { notify, rail } = await begun({ task: done });
    expect(await notify(body)).toBe(status);
    expect(rail.asked).toEqual(['hold']);
  });

  test('another method', async () => {
    const { settlement } = await begun();
    const response = await settlement.handlePushNotification(new Request(url));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('a body without a length that does not end is cut off', async () => {
    const { settlement } = await begun();
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1024));
      },
    });
    const headers = { 'x-a2a-notification-token': token };
    const init = { method: 'POST', body, headers, duplex: 'half' };
    const request = new Request(url, init);
    const { status } = await settlement.handlePushNotification(request, { maxBytes: 4096 });
    expect(status).toBe(413);
    expect(pulled).toBeLessThan(10);
  });
});

describe('more than once', () => {
  test('repeated', async () => {
    const { notify, rail } = await begun({ task: done });
    expect([await notify(), await notify(), await notify()]).toEqual([200, 202, 202]);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
  });

  test('at the same time: judged once, told once', async () => {
    const verify = vi.fn(async () => true);
    const { names, notify, rail } = await begun({ task: done, options: { verify } });
    expect(await Promise.all([notify(), notify(), notify()])).toEqual([200, 200, 200]);
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    expect(verify).toHaveBeenCalledTimes(1);
    expect(names()).toEqual(['released']);
  });

  test('while the task is resumed elsewhere', async () => {
    const { notify, one, rail } = await begun({ task: done });
    const resumed = one.model.doGenerate({
      prompt: [],
      providerOptions: { a2a: { resume: { taskId: 'task-1' } } },
    });
    const [status, answer] = await Promise.all([notify(), resumed]);
    expect([200, 202]).toContain(status);
    expect(['released', 'unsettled']).toContain(settlementOf(answer)?.['status']);
    expect(rail.statusOf('escrow-1')).toBe('released');
  });

  test('while reconcile is at it', async () => {
    const { notify, provider, rail, settlement } = await begun({ task: done });
    await Promise.all([notify(), settlement.reconcile({ provider, graceMs: 0 })]);
    expect(rail.statusOf('escrow-1')).toBe('released');
    expect(new Set(rail.asked)).toEqual(new Set(['hold', 'release escrow-1']));
  });

  test('when the exchange was down the first time', async () => {
    const { notify, rail, storage } = await begun({ task: done });
    rail.failures.release.push(...Array.from({ length: 3 }, lineBroke));
    expect(await notify()).toBe(503);
    expect(storage.stages().at(-1)).toBe('settling');
    expect(await notify()).toBe(200);
    expect(rail.statusOf('escrow-1')).toBe('released');
    expect(storage.stages()).toEqual([]);
  });

  test('when the journal was', async () => {
    const { notify, storage } = await begun({ task: done });
    storage.before = async (call) => {
      if (call === 'get') throw new Error('no connection');
    };
    expect(await notify()).toBe(503);
  });
});

describe('before anybody could know', () => {
  let agent: ScriptedAgent;
  beforeEach(() => {
    agent = new ScriptedAgent({ state: 'working' });
    agent.tasks.set('task-1', done);
  });
  const call = (a2a: object) => ({
    prompt: promptAfter(),
    providerOptions: { a2a: { returnImmediately: true, ...a2a } },
  });

  test('that the task would have to be settled: the agent is asked once', async () => {
    const { model, rail, storage } = aSettlement({ agent });
    const answer = await model.doGenerate(call({ pushNotification: { url, token } }));
    expect(settlementOf(answer)).toMatchObject({ status: 'released' });
    expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    expect(storage.stages()).toEqual([]);
  });

  test('but not for those who want no notification', async () => {
    const { model, rail } = aSettlement({ agent });
    expect(settlementOf(await model.doGenerate(call({})))).toMatchObject({ status: 'kept' });
    expect([rail.asked, agent.askedFor]).toEqual([['hold'], []]);
  });
});

describe('settleTask', () => {
  test('settles a task by its id, or by the result that began it', async () => {
    for (const by of ['id', 'result']) {
      const { agent, answer, provider, rail, settlement } = await begun();
      const a2a = { ...answer.providerMetadata?.['a2a'], agent: 'agent' };
      const task =
        by === 'id' ? { agent: 'agent', taskId: 'task-1' } : { providerMetadata: { a2a } };
      expect(await settlement.settleTask(task, { provider })).toMatchObject({
        status: 'kept',
        escrowId: 'escrow-1',
      });
      agent.tasks.set('task-1', done);
      expect(await settlement.settleTask(task, { provider })).toMatchObject({
        status: 'released',
        captured: 20,
      });
      expect(await settlement.settleTask(task, { provider })).toEqual({
        status: 'unsettled',
        reason: 'NO_HOLD',
      });
      expect(rail.asked).toEqual(['hold', 'release escrow-1']);
    }
  });

  test('says so when nobody can be asked, and takes the provider of the settlement', async () => {
    const { agent, rail, settlement, storage } = await begun({ task: done });
    const task = { agent: 'agent', taskId: 'task-1' };
    expect(await settlement.settleTask(task)).toMatchObject({ status: 'pending' });
    const provider = { languageModel: () => agent };
    const other = aSettlement({ agent, rail, storage, options: { provider } });
    expect(await other.settlement.settleTask(task)).toMatchObject({ status: 'released' });
  });

  test('settles no other task, and none of another agent', async () => {
    const { provider, rail, settlement } = await begun({ task: done });
    const nothing = { status: 'unsettled', reason: 'NO_HOLD' };
    for (const task of [
      { agent: 'agent', taskId: 'task-2' },
      { agent: 'another', taskId: 'task-1' },
      { providerMetadata: undefined },
    ]) {
      expect(await settlement.settleTask(task, { provider })).toEqual(nothing);
    }
    expect(rail.asked).toEqual(['hold']);
  });
});
