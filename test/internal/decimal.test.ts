import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  addAmounts,
  compareAmounts,
  fromAtomic,
  subtractAmounts,
  toAmount,
  toAtomic,
} from '../../src/internal/decimal';

describe('toAmount', () => {
  it.each([
    [5, 0, 5],
    [0, 0, 0],
    [-0, 0, 0],
    ['12', 0, 12],
    ['5.000', 0, 5],
    ['9007199254740993', 0, '9007199254740993'],
    [0.25, 6, '0.25'],
    ['0.25', 6, '0.25'],
    ['0.250000', 6, '0.25'],
    [5, 6, '5'],
    [1e-7, 18, '0.0000001'],
    [1.5e-7, 18, '0.00000015'],
    ['0.123456789012345678', 18, '0.123456789012345678'],
    [0, 6, '0'],
  ])('%j with %d decimals is %j', (value, decimals, amount) => {
    expect(toAmount(value, decimals)).toBe(amount);
  });

  it.each([
    [0.5, 0, 'no decimals'],
    ['0.1234567', 6, 'at most 6 decimals'],
    [-1, 6, '>= 0'],
    [Number.NaN, 6, '>= 0'],
    [Number.POSITIVE_INFINITY, 6, '>= 0'],
    [0.1 + 0.2, 18, 'pass it as a string'],
    [0.12345678901234568, 18, 'pass it as a string'],
    [2 ** 53, 0, 'pass it as a string'],
    [1e21, 0, 'pass it as a string'],
    ['1e3', 6, 'such as'],
    ['-1', 6, 'such as'],
    ['+1', 6, 'such as'],
    ['.5', 6, 'such as'],
    ['5.', 6, 'such as'],
    ['05', 6, 'such as'],
    ['1,5', 6, 'such as'],
    ['0x10', 6, 'such as'],
    ['', 6, 'such as'],
    [' 1', 6, 'such as'],
    ['1'.repeat(121), 6, 'such as'],
    [null, 6, 'such as'],
    [undefined, 6, 'such as'],
    [{}, 6, 'such as'],
    [5n, 6, 'such as'],
  ])('%o with %d decimals is none: %s', (value, decimals, why) => {
    expect(() => toAmount(value, decimals)).toThrow(RangeError);
    expect(() => toAmount(value, decimals)).toThrow(why);
  });
});

test('what floating point cannot add, add, and keep whole numbers whole', () => {
  expect(addAmounts('0.1', '0.2')).toBe('0.3');
  expect(compareAmounts(addAmounts('0.1', '0.2'), '0.3')).toBe(0);
  expect(addAmounts(0.1, 0.2)).toBe('0.3');
  expect(addAmounts(1, 2)).toBe(3);
  expect(addAmounts(0, '0')).toBe('0');
  expect(addAmounts(Number.MAX_SAFE_INTEGER, 1)).toBe('9007199254740992');
  expect(subtractAmounts('0.3', '0.1')).toBe('0.2');
  expect(subtractAmounts(20, 5)).toBe(15);
  expect(subtractAmounts('0.1', '0.2')).toBe('0');
  expect(compareAmounts('0.3', 0.3)).toBe(0);
  expect(compareAmounts('0.300000000000000001', '0.3')).toBeGreaterThan(0);
});

describe.each([0, 6, 18])('with %d decimals', (decimals) => {
  const atomic = fc.bigInt({ min: 0n, max: 10n ** 30n });

  test('every amount of the ledger has one text, and the text is that amount', () => {
    fc.assert(
      fc.property(atomic, (units) => {
        const amount = fromAtomic(units, decimals);
        expect(toAtomic(amount, decimals)).toBe(units);
        expect(toAmount(amount, decimals)).toBe(amount);
        if (typeof amount === 'number') expect(Number.isSafeInteger(amount)).toBe(true);
        else expect(amount).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
      }),
    );
  });

  test('sums and comparisons are those of whole units, in any order', () => {
    fc.assert(
      fc.property(fc.array(atomic, { maxLength: 20 }), atomic, (all, most) => {
        const sum = all
          .map((units) => fromAtomic(units, decimals))
          .reduce(addAmounts, fromAtomic(0n, decimals));
        const exact = all.reduce((total, units) => total + units, 0n);
        expect(toAtomic(sum, decimals)).toBe(exact);
        const sign = exact === most ? 0 : exact < most ? -1 : 1;
        expect(Math.sign(compareAmounts(sum, fromAtomic(most, decimals)))).toBe(sign);
        const left = exact > most ? exact - most : 0n;
        expect(toAtomic(subtractAmounts(sum, fromAtomic(most, decimals)), decimals)).toBe(left);
      }),
    );
  });

  test('what people write as a number is what they see', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 9 }),
        fc.integer({ min: 0, max: Math.min(decimals, 5) }),
        (whole, places) => {
          const text = (whole / 10 ** places).toFixed(places);
          expect(toAtomic(Number(text), decimals)).toBe(toAtomic(text, decimals));
        },
      ),
    );
  });
});
