import type { JSONObject, JSONValue, LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { markKey, readSealedHold, sealHold } from '../../src/settlement/hold/kept-mark';
import { aSettlement } from './a-settlement';
import { FakeRail, lineBroke } from './fake-rail';
import { promptAfter, ScriptedAgent, settlementOf } from './scripted-agent';

const rail = new FakeRail();
const hold = rail.put();

/** An answer that asks back, and bears this mark. */
function answer(mark: JSONObject | undefined, taskId = 'task-1', key = markKey) {
  const a2a = { taskId, contextId: 'talk', state: 'input-required' };
  const providerMetadata = { a2a, ...(mark !== undefined && { [key]: mark }) };
  const content = [{ type: 'text' as const, text: 'For how many?', providerMetadata }];
  const finishReason = { unified: 'other' as const, raw: 'input-required' };
  const none = {
    total: undefined,
    noCache: undefined,
    cacheRead: undefined,
    cacheWrite: undefined,
  };
  const usage = {
    inputTokens: none,
    outputTokens: { total: undefined, text: undefined, reasoning: undefined },
  };
  return { content, finishReason, usage, warnings: [] } satisfies LanguageModelV4GenerateResult;
}

async function mark(): Promise<JSONObject> {
  const sealed = await sealHold(rail, { agent: 'agent', hold, taskId: 'task-1', elapsedMs: 1500 });
  if (sealed === undefined) throw new Error('not sealed');
  return sealed;
}

const read = (
  settlement: JSONObject | undefined,
  { taskId = 'task-1', asked, key }: { taskId?: string; asked?: string; key?: string } = {},
) =>
  readSealedHold([rail], {
    prompt: promptAfter(answer(settlement, taskId, key)),
    agent: 'agent',
    taskId: asked ?? taskId,
    subject: undefined,
  });

test('conversations of earlier versions have the mark under the key of receipts', async () => {
  const kept = await read(await mark(), { key: 'settlement' });
  expect(kept).toMatchObject({ hold, elapsedMs: 1500 });
});

test('what was sealed is read again, hold and time', async () => {
  expect(await read(await mark())).toEqual({
    agent: 'agent',
    hold,
    taskId: 'task-1',
    elapsedMs: 1500,
  });
  // Through JSON, as messages go, and in any order of their keys.
  const turned = (value: JSONValue | undefined): JSONValue | undefined =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, each]) => [key, turned(each)]),
        )
      : value;
  const { seal, elapsedMs, hold: inner } = await mark();
  expect(await read({ seal, elapsedMs, hold: turned(inner) })).toEqual({
    agent: 'agent',
    hold,
    taskId: 'task-1',
    elapsedMs: 1500,
  });
});

test('it holds no key', async () => {
  expect(JSON.stringify(await mark())).not.toContain(rail.key);
});

describe('a mark that was changed is none', () => {
  test.each([
    ['escrowId', 'escrow-2'],
    ['payee', 'someone'],
    ['amount', 10_000],
    ['fee', 0],
    ['currency', 'EUR'],
    ['exchangeUrl', 'https://evil.example.com'],
    ['expiresAt', '2099-01-01T00:00:00.000Z'],
    ['rail', 'other'],
    ['taskId', 'aisdk-2'],
  ])('hold.%s', async (name, value) => {
    const { hold: inner, ...rest } = await mark();
    expect(await read({ ...rest, hold: { ...Object(inner), [name]: value } })).toBeUndefined();
  });

  test.each([
    ['elapsedMs', 0],
    ['elapsedMs', 1501],
    ['elapsedMs', '1500'],
    ['elapsedMs', undefined],
    ['seal', ''],
    ['seal', undefined],
    ['hold', {}],
  ])('%s: %j', async (name, value) => {
    expect(await read({ ...(await mark()), [name]: value })).toBeUndefined();
  });

  test('its task', async () => {
    expect(await read(await mark(), { taskId: 'task-2' })).toBeUndefined();
    expect(await read(await mark(), { asked: 'task-2' })).toBeUndefined();
    expect(await read(await mark(), { taskId: 'task-2', asked: 'task-1' })).toBeUndefined();
  });

  test.each([
    ['its agent', { agent: 'another agent' }],
    ['its subject', { subject: 'somebody' }],
  ])('%s', async (_, change) => {
    const prompt = promptAfter(answer(await mark()));
    const sought = { agent: 'agent', taskId: 'task-1', subject: undefined, prompt };
    expect(await readSealedHold([rail], sought)).toBeDefined();
    expect(await readSealedHold([rail], { ...sought, ...change })).toBeUndefined();
  });

  test('and no number of them keeps the payer busy', async () => {
    let seals = 0;
    const counting = Object.assign(new FakeRail(), {
      seal: async () => `another seal ${seals++}`,
    });
    const answers = Array.from({ length: 500 }, async () => answer(await mark()));
    const prompt = promptAfter(...(await Promise.all(answers)));
    const sought = { agent: 'agent', taskId: 'task-1', subject: undefined, prompt };
    expect(await readSealedHold([counting], sought)).toBeUndefined();
    expect(seals).toBe(20);
  });

  test('others may have answered since', async () => {
    const other = answer(undefined, 'task-of-another');
    const prompt = promptAfter(answer(await mark()), other, other);
    const sought = { agent: 'agent', taskId: 'task-1', subject: undefined, prompt };
    expect(await readSealedHold([rail], sought)).toMatchObject({ hold });
  });

  test('its payer', async () => {
    const ours = await mark();
    rail.key = 'of someone else';
    expect(await read(ours)).toBeUndefined();
    rail.key = new FakeRail().key;
    expect(await read(ours)).toBeDefined();
  });

  test('no mark at all', async () => {
    expect(await read(undefined)).toBeUndefined();
  });
});

describe('a call', () => {
  /** What the first machine answered, and another one for the next turn. */
  async function next() {
    const one = aSettlement({ agent: new ScriptedAgent({ state: 'input-required' }) });
    const first = await one.model.doGenerate({ prompt: promptAfter() });
    return { first, ...aSettlement({ rail: one.rail }) };
  }

  test.each([
    ['a time that was changed', '"elapsedMs":', '"elapsedMs":7'],
    ['an amount that was changed', '"amount":20', '"amount":21'],
  ])('with %s holds anew, even while the ledger cannot be asked', async (_, from, to) => {
    const { first, model, rail: shared } = await next();
    shared.failures.look.push(...Array.from({ length: 9 }, lineBroke));
    const forged: LanguageModelV4GenerateResult = JSON.parse(
      JSON.stringify(first).replaceAll(from, to),
    );
    expect(JSON.stringify(forged)).not.toBe(JSON.stringify(first));
    await model.doGenerate({ prompt: promptAfter(forged) });
    expect(shared.asked).toEqual(['hold', 'hold', 'release escrow-2']);
  });

  test('without a key goes on unpaid, whatever marks it bears', async () => {
    const { first, model, rail: shared } = await next();
    shared.isConfigured = false;
    const result = await model.doGenerate({ prompt: promptAfter(first) });
    expect(settlementOf(result)).toEqual({ status: 'unsettled', reason: 'NOT_CONFIGURED' });
  });
});
