import { jsonSchema } from '@ai-sdk/provider-utils';
import { afterEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/v4';
import type { SettlementError, SettlementRail } from '../../src/rails/rail';
import type { FinishedGeneration } from '../../src/internal/finished-generation';
import type { Outcome } from '../../src/settlement/state/settlement-state';
import type { Metering } from '../../src/settlement/state/journal-entry';
import {
  deliveryOptionsOf,
  judgeDelivery,
  type DeliveryOptions,
} from '../../src/settlement/outcome/judge-delivery';
import type { Verify } from '../../src/internal/accepts-answer';
import { aGeneration } from './a-generation';
import { FakeRail } from './fake-rail';

afterEach(() => void vi.useRealTimers());

const delivered: Outcome = { type: 'delivered' };
const refused: Outcome = { type: 'failed', reason: 'verification-failed' };

async function judge(
  options: DeliveryOptions,
  {
    generation = aGeneration(),
    outcome = delivered,
    metering,
    rail = new FakeRail(),
    isCut = false,
  }: {
    generation?: FinishedGeneration;
    outcome?: Outcome;
    metering?: Metering;
    rail?: SettlementRail;
    isCut?: boolean;
  } = {},
) {
  const errors: SettlementError[] = [];
  const judged = await judgeDelivery(outcome, {
    elapsedMs: 30_000,
    generation: isCut ? undefined : generation,
    hold: await rail.hold({ taskId: 't', payee: 'payee', amount: 10, ttlMinutes: 60 }),
    metering,
    now: Date.now(),
    onError: (error) => errors.push(error),
    options,
    rail,
  });
  return { judged, errors };
}

describe('verify', () => {
  test.each<[string, Verify, Outcome]>([
    ['accepts', () => true, delivered],
    ['refuses', () => false, refused],
    ['accepts later', async () => true, delivered],
    ['refuses later', async () => false, refused],
    ['sees the text', ({ text }) => text === 'Hi', delivered],
  ])('%s', async (_, verify, outcome) => {
    expect(await judge({ verify })).toEqual({ judged: outcome, errors: [] });
  });

  test.each([
    ['at once', () => JSON.parse('{')],
    ['later', async () => Promise.reject(new Error('bug'))],
  ])('a verify that throws %s refuses, and is told of', async (_, verify) => {
    const { judged, errors } = await judge({ verify });
    expect(judged).toEqual(refused);
    expect(errors).toMatchObject([{ code: 'VERIFY_FAILED', cause: expect.any(Error) }]);
    expect(errors[0]?.message).not.toContain('Hi');
  });

  test('one that does not end refuses before the hold lapses', async () => {
    vi.useFakeTimers();
    const judging = judge({ verify: () => new Promise(() => {}) });
    await vi.advanceTimersByTimeAsync(59.4 * 60_000);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(0.2 * 60_000);
    expect(await judging).toMatchObject({ judged: refused, errors: [{ code: 'TIMEOUT' }] });
    expect(vi.getTimerCount()).toBe(0);
  });

  const weather = z.object({ city: z.string() });
  const json = jsonSchema<unknown>(
    { type: 'object' },
    {
      validate: (value) =>
        typeof value === 'object'
          ? { success: true, value }
          : { success: false, error: new Error('no object') },
    },
  );
  const callable = Object.assign(() => false, {
    '~standard': { ...weather['~standard'], vendor: 'other' },
  });
  test.each<[string, Verify, Partial<FinishedGeneration>, Outcome]>([
    ['the data', weather, { data: [{ city: 'Oslo' }], text: 'Here:' }, delivered],
    ['other data', weather, { data: [{ town: 'Oslo' }] }, refused],
    ['several data parts', z.array(weather), { data: [{ city: 'A' }, { city: 'B' }] }, delivered],
    ['the text as JSON', weather, { text: '{"city":"Oslo"}' }, delivered],
    ['the text', z.string().min(5), { text: 'Hello' }, delivered],
    ['a text too short', z.string().min(5), { text: 'Hi' }, refused],
    ['an async schema', z.string().refine(async (text) => text === 'Hi'), {}, delivered],
    ['jsonSchema()', json, { text: '{}' }, delivered],
    ['jsonSchema(), refused', json, {}, refused],
    ['a schema that is a function', callable, { data: [{ city: 'Oslo' }] }, delivered],
  ])('a schema is given %s', async (_, verify, generation, outcome) => {
    expect(await judge({ verify }, { generation: aGeneration(generation) })).toEqual({
      judged: outcome,
      errors: [],
    });
  });

  test('a refusal disputes, where that is configured and the rail can', async () => {
    const options: DeliveryOptions = { verify: () => false, dispute: { stake: 12 } };
    expect((await judge(options)).judged).toEqual({ ...refused, stake: 12 });
    expect((await judge(options, { rail: withoutDisputes() })).judged).toEqual(refused);
  });

  test('what did not deliver, or was cut off, is not verified', async () => {
    const verify = vi.fn(() => false);
    const failed: Outcome = { type: 'failed', reason: 'task-failed' };
    const paused: Outcome = { type: 'paused', taskId: 't' };
    expect((await judge({ verify }, { outcome: failed })).judged).toBe(failed);
    expect((await judge({ verify }, { outcome: paused })).judged).toBe(paused);
    expect((await judge({ verify }, { isCut: true })).judged).toEqual(delivered);
    expect(verify).not.toHaveBeenCalled();
  });
});

describe('what was used', () => {
  const metering: Metering = { of: 'milliseconds', baseTokens: 6, per: 60_000 };

  test('goes with the outcome', async () => {
    expect((await judge({ meter: () => 4 })).judged).toEqual({ type: 'delivered', amount: 4 });
    expect((await judge({}, { metering })).judged).toEqual({ type: 'delivered', amount: 3 });
    expect((await judge({}, { metering, isCut: true })).judged).toEqual({
      type: 'delivered',
      amount: 3,
    });
  });

  test('a refused answer is not metered', async () => {
    const meter = vi.fn(() => 4);
    await judge({ meter, verify: () => false });
    expect(meter).not.toHaveBeenCalled();
  });

  test('a meter that does not end cannot say', async () => {
    vi.useFakeTimers();
    const judging = judge({ meter: () => new Promise(() => {}) }, { metering });
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    expect(await judging).toEqual({ judged: { type: 'delivered', amount: 3 }, errors: [] });
  });
});

test('an agent’s own options stand before those of all', () => {
  const [all, own] = [() => true, () => false];
  const options = {
    verify: all,
    dispute: { stake: 10 },
    agents: { agent: { verify: own, accountId: 'payee' } },
  };
  expect(deliveryOptionsOf('agent', options)).toEqual({ verify: own, dispute: { stake: 10 } });
  expect(deliveryOptionsOf('other', options)).toEqual({ verify: all, dispute: { stake: 10 } });
});

/** A rail that knows no disputes. */
function withoutDisputes(): SettlementRail {
  const rail = new FakeRail();
  return {
    name: rail.name,
    capabilities: rail.capabilities,
    assertConfigured: () => rail.assertConfigured(),
    terms: () => rail.terms(),
    hold: rail.hold.bind(rail),
    release: rail.release.bind(rail),
    refund: rail.refund.bind(rail),
    decorate: rail.decorate.bind(rail),
  };
}
