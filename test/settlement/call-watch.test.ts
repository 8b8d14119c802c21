import { APICallError, type JSONObject, type LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { defaultSettingsMiddleware, wrapLanguageModel } from 'ai';
import { expect, test } from 'vitest';
import { SettlementError } from '../../src/index';
import { type CallWatch, watchCall, watchOf } from '../../src/internal/call-watch';
import { aSettlement, priced } from './a-settlement';
import { promptAfter, ScriptedAgent } from './scripted-agent';

/** A watch that writes down what it is asked and told. */
function aWatch(answers: Partial<CallWatch> = {}) {
  const heard: unknown[] = [];
  const watch: CallWatch = {
    approve(quote) {
      heard.push(['approve', quote.amount]);
      answers.approve?.(quote);
    },
    async verify(answer, about) {
      heard.push(['verify', answer.text, about.isQuestion]);
      return answers.verify?.(answer, about) ?? true;
    },
    told: ({ status }) => void heard.push(['told', status]),
  };
  const call: LanguageModelV4CallOptions = {
    prompt: promptAfter(),
    providerOptions: watchCall(undefined, watch),
  };
  return { call, heard };
}

const methods = ['doGenerate', 'doStream'] as const;

/** Calls it, and reads what it answers to the end. */
async function use(
  model: ReturnType<typeof aSettlement>['model'],
  method: (typeof methods)[number],
  call: LanguageModelV4CallOptions,
): Promise<void> {
  if (method === 'doGenerate') return void (await model.doGenerate(call));
  const { stream } = await model.doStream(call);
  for await (const part of stream) if (part.type === 'error') throw part.error;
}

test.each(methods)('%s: it agrees, judges the whole answer, and is told', async (method) => {
  const { model, rail } = aSettlement({ agent: new ScriptedAgent({ text: 'All of it' }) });
  const { call, heard } = aWatch();
  await use(model, method, call);
  expect(heard).toEqual([
    ['approve', 20],
    ['verify', 'All of it', false],
    ['told', 'released'],
  ]);
  expect(rail.asked).toEqual(['hold', 'release escrow-1']);
});

test.each(methods)('%s: what it does not agree to is not held', async (method) => {
  const { agent, model, rail } = aSettlement();
  const { call, heard } = aWatch({
    approve() {
      throw new RangeError('too dear');
    },
  });
  await expect(use(model, method, call)).rejects.toThrow('too dear');
  expect(heard).toEqual([['approve', 20]]);
  expect([rail.asked, agent.calls]).toEqual([[], []]);
});

test.each([
  ['refuses', async () => false],
  ['throws', () => Promise.reject(new Error('broken'))],
])('a watch that %s has the answer refunded', async (_, verify) => {
  const { model, rail } = aSettlement();
  const { call, heard } = aWatch({ verify });
  await model.doGenerate(call);
  expect(heard.at(-1)).toEqual(['told', 'refunded']);
  expect(rail.asked).toEqual(['hold', 'refund escrow-1 verification-failed']);
});

test.each([true, false])('a question is kept where it is accepted: %s', async (isKept) => {
  const canceled: string[] = [];
  const agent = Object.assign(
    new ScriptedAgent({ state: 'input-required', taskId: 'task', text: 'Which?' }),
    { cancelTask: async (taskId: string) => void canceled.push(taskId) },
  );
  const { model, rail } = aSettlement({ agent });
  const { call, heard } = aWatch({ verify: () => isKept });
  await model.doGenerate(call);
  expect(heard.slice(1)).toEqual([
    ['verify', 'Which?', true],
    ['told', isKept ? 'kept' : 'refunded'],
  ]);
  const refunded = ['hold', 'refund escrow-1 verification-failed'];
  expect(rail.asked).toEqual(isKept ? ['hold'] : refunded);
  expect(canceled).toEqual(isKept ? [] : ['task']);
});

test('an answer that fails is not judged, and nothing is kept for a next try', async () => {
  const unreached = new APICallError({
    message: 'not reached',
    url: 'https://agent',
    requestBodyValues: {},
    isRetryable: true,
  });
  const { model, rail } = aSettlement({ agent: new ScriptedAgent({ throws: unreached }) });
  const { call, heard } = aWatch();
  await expect(model.doGenerate(call)).rejects.toThrow('not reached');
  expect(heard).toEqual([
    ['approve', 20],
    ['told', 'refunded'],
  ]);
  expect(rail.asked).toEqual(['hold', 'refund escrow-1 unreachable']);
});

test('it waits for the receipt in spite of waitUntil, and hears again of one that was pending', async () => {
  const waiting: Promise<unknown>[] = [];
  const waitUntil = (promise: Promise<unknown>) => void waiting.push(promise);
  const soon = aWatch();
  await aSettlement({ options: { waitUntil } }).model.doGenerate(soon.call);
  expect(soon.heard.at(-1)).toEqual(['told', 'released']);
  const late = aWatch();
  const rail = priced();
  const release = rail.release.bind(rail);
  let go = () => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  rail.release = async (...asked) => gate.then(() => release(...asked));
  const options = { receiptTimeoutMs: 0, waitUntil };
  await aSettlement({ options, rail }).model.doGenerate(late.call);
  go();
  await Promise.all(waiting);
  expect(late.heard.slice(2)).toEqual([
    ['told', 'pending'],
    ['told', 'released'],
  ]);
});

test('what comes as JSON is no watch', () => {
  const { call } = aWatch();
  expect(watchOf(call)).toBeDefined();
  const sent: { providerOptions: Record<string, JSONObject> } = JSON.parse(JSON.stringify(call));
  expect(watchOf(sent)).toBeUndefined();
});

test('nor is what a browser writes under its name: the call is not sent', async () => {
  const { agent, model, rail } = aSettlement();
  const methods = { approve: 'x', verify: 'x', told: 'x' };
  const given: { providerOptions: Record<string, JSONObject> } = {
    providerOptions: { settlement: { 'ai-sdk-a2a-settlement.call-watch': methods } },
  };
  expect(watchOf(given)).toBeUndefined();
  await expect(model.doGenerate({ prompt: promptAfter(), ...given })).rejects.toThrow('call-watch');
  expect([rail.asked, agent.calls]).toEqual([[], []]);
});

test.each(methods)('%s: it survives a middleware that merges providerOptions', async (method) => {
  const { model, rail } = aSettlement();
  const { call, heard } = aWatch();
  const settings = { providerOptions: { settlement: { labels: { team: 'search' } } } };
  const middleware = defaultSettingsMiddleware({ settings });
  await use(wrapLanguageModel({ model, middleware }), method, call);
  expect(heard.map((each) => Array.isArray(each) && each[0])).toEqual([
    'approve',
    'verify',
    'told',
  ]);
  expect(rail.asked).toEqual(['hold', 'release escrow-1']);
});

test('what is aborted before its hold is asked for is told as not held', async () => {
  const controller = new AbortController();
  const { model, rail } = aSettlement();
  const { call, heard } = aWatch({ approve: () => controller.abort(new Error('enough')) });
  const aborted = model.doGenerate({ ...call, abortSignal: controller.signal });
  await expect(aborted).rejects.toThrow('enough');
  expect(heard).toEqual([
    ['approve', 20],
    ['told', 'unsettled'],
  ]);
  expect(rail.asked).toEqual([]);
});

test.each([
  { hold: 'is made, and undone', failures: [], told: [['told', 'refunded']] },
  {
    hold: 'is refused',
    failures: [new SettlementError({ code: 'INSUFFICIENT_BALANCE', message: 'no' })],
    told: [['told', 'unsettled']],
  },
])('an abort while a hold is made: $hold', async ({ failures, told }) => {
  const controller = new AbortController();
  const { model, rail } = aSettlement();
  rail.failures.hold.push(...failures);
  const open = rail.gate('hold');
  const { call, heard } = aWatch();
  const calling = model.doGenerate({ ...call, abortSignal: controller.signal });
  await expect.poll(() => heard).toEqual([['approve', 20]]);
  controller.abort(new Error('enough'));
  await expect(calling).rejects.toThrow('enough');
  expect(heard).toEqual([['approve', 20]]);
  open();
  await expect.poll(() => heard.slice(1)).toEqual(told);
});

test('a hold that waits for a next try waits on when that is not agreed to', async () => {
  const unreached = new APICallError({
    message: 'not reached',
    url: 'https://agent',
    requestBodyValues: {},
    isRetryable: true,
  });
  const { model, rail } = aSettlement({ agent: new ScriptedAgent({ throws: unreached }, {}) });
  await expect(model.doGenerate({ prompt: promptAfter() })).rejects.toThrow('not reached');
  const { call } = aWatch({
    approve() {
      throw new RangeError('too dear');
    },
  });
  await expect(model.doGenerate(call)).rejects.toThrow('too dear');
  await model.doGenerate({ prompt: promptAfter() });
  expect(rail.asked).toEqual(['hold', 'release escrow-1']);
});
