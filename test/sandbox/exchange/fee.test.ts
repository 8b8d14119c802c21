import { expect, it } from 'vitest';
import { effectiveFeePercent, feeOf } from '../../../src/sandbox/exchange/fee';

it.each([
  [1, 1, 100],
  [3, 1, 33.3333],
  [7, 1, 14.2857],
  // Exactly between two places: to the even digit.
  [128, 1, 0.7812],
  [400, 1, 0.25],
  [401, 2, 0.4988],
  [4000, 10, 0.25],
  [4001, 11, 0.2749],
  [10_000, 25, 0.25],
])('of %i tokens the exchange takes %i, which is %f %%', (amount, fee, percent) => {
  expect(feeOf(amount)).toBe(fee);
  expect(effectiveFeePercent(amount, fee)).toBe(percent);
});
