import { describe, expect, test } from 'vitest';
import type { Metering } from '../../src/settlement/state/journal-entry';
import { measureUse } from '../../src/settlement/outcome/measure-use';
import { aGeneration } from './a-generation';

const units: Metering = { of: 'units', baseTokens: 10, per: 1000 };
const minutes: Metering = { of: 'milliseconds', baseTokens: 6, per: 60_000 };
const none = { meter: undefined, metering: undefined, rail: {}, elapsedMs: 90_000 };

describe('the first source that can say', () => {
  const all = {
    meter: () => 1,
    metering: minutes,
    rail: { reportedUse: () => 2 },
    elapsedMs: 90_000,
    generation: aGeneration({ metadata: { creditsUsed: 3 } }),
  };
  test.each([
    ['meter', all, 1],
    ['a slow meter', { ...all, meter: async () => 1 }, 1],
    ['the rail’s report', { ...all, meter: undefined }, 2],
    ['the plain report', { ...all, meter: undefined, rail: {} }, 3],
    ['minutes', { ...all, meter: undefined, rail: {}, generation: aGeneration() }, 9],
    ['minutes of an answer that was cut off', { ...all, rail: {}, generation: undefined }, 9],
    ['nobody', { ...none, generation: aGeneration() }, undefined],
    ['nobody of an answer that was cut off', { ...none, generation: undefined }, undefined],
  ])('%s', async (_, sources, used) => {
    expect(await measureUse(sources)).toBe(used);
  });
});

describe('a source that throws or talks nonsense cannot say', () => {
  const generation = aGeneration({ metadata: { creditsUsed: 3 } });
  test.each([
    ['throws', () => Promise.reject(new Error('bug'))],
    ['throws at once', () => JSON.parse('{')],
    ['NaN', () => Number.NaN],
    ['negative', () => -1],
    ['infinite', () => Number.POSITIVE_INFINITY],
    ['a text', () => JSON.parse('"4"')],
    ['nothing', () => undefined],
  ])('a meter: %s', async (_, meter) => {
    expect(await measureUse({ ...none, meter, generation })).toBe(3);
  });

  test.each([-1, '3', null, true, { tokens: 3 }])('a report: %j', async (creditsUsed) => {
    const reported = aGeneration({ metadata: { creditsUsed } });
    expect(await measureUse({ ...none, metering: minutes, generation: reported })).toBe(9);
  });

  test('a rail that throws', async () => {
    const rail = { reportedUse: () => JSON.parse('{') };
    expect(await measureUse({ ...none, rail, generation })).toBe(3);
  });
});

describe('units', () => {
  test.each([
    [{ input: 1100 }, 11],
    [{ output: 1 }, 1],
    [{ input: 500, output: 600 }, 11],
    [{ input: 0, output: 0 }, 0],
    [{}, 10],
    [{ metadata: { units: 250 }, input: 9000 }, 3],
    [{ metadata: { units: 0 } }, 0],
    [{ metadata: { units: -5 }, input: 1000 }, 10],
    [{ metadata: { units: 'many' } }, 10],
  ])('%j', async (generation, used) => {
    expect(
      await measureUse({ ...none, metering: units, generation: aGeneration(generation) }),
    ).toBe(used);
  });
});

describe('minutes', () => {
  test.each([
    [0, 0],
    [1, 1],
    [10_000, 1],
    [10_001, 2],
    [60_000, 6],
    [60_001, 7],
    [600_000, 60],
  ])('%d ms', async (elapsedMs, used) => {
    const generation = aGeneration();
    expect(await measureUse({ ...none, metering: minutes, elapsedMs, generation })).toBe(used);
  });
});

test.each([
  [2.1, 3],
  [0.001, 1],
  [0, 0],
  // Thirty times 0.1.
  [3.0000000000000004, 3],
])('%d tokens are %d whole ones', async (reported, used) => {
  expect(await measureUse({ ...none, meter: () => reported, generation: aGeneration() })).toBe(
    used,
  );
});

describe('in a currency with decimals', () => {
  const generation = aGeneration({ metadata: { creditsUsed: 3, units: 5 } });
  test.each([
    [0.12, '0.12'],
    ['0.12', '0.12'],
    ['0.1234561', '0.123457'],
    [0.1 + 0.2, '0.3'],
    [0, '0'],
    [2, '2'],
    [Number.NaN, undefined],
    [-1, undefined],
    ['1e3', undefined],
    [undefined, undefined],
  ])('a meter that says %s', async (worth, used) => {
    const meter = () => worth;
    expect(await measureUse({ ...none, decimals: 6, meter, generation })).toBe(used);
  });

  test('reports and prices are not for it: they count tokens', async () => {
    const rail = { reportedUse: () => 2 };
    const sources = { ...none, decimals: 6, metering: units, rail, generation };
    expect(await measureUse(sources)).toBeUndefined();
  });
});
