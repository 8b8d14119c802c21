import { expect, test } from 'vitest';
import { Budget } from '../../src/tools/budget';
import { BudgetExceededError } from '../../src/tools/budget-exceeded-error';

const agent = 'researcher';

/** What the budget still allows, found by asking. */
function isLeft(budget: Budget, amount: number | string, currency?: string): boolean {
  const call = {};
  try {
    budget.agree(call, { agent, amount, ...(currency !== undefined && { currency }) });
  } catch (error) {
    expect(BudgetExceededError.isInstance(error)).toBe(true);
    return false;
  }
  budget.note(call, { status: 'unsettled' });
  return true;
}

test('adds amounts as decimal texts', () => {
  const budget = new Budget({ USDC: '0.3' });
  for (const amount of ['0.1', '0.2']) {
    const call = {};
    budget.agree(call, { agent, amount, currency: 'USDC' });
    budget.note(call, { status: 'released', escrowId: amount, amount, currency: 'USDC' });
  }
  expect(isLeft(budget, '0.000001', 'USDC')).toBe(false);
  expect(() => budget.assertLeft(agent)).toThrow('0 USDC are left');
});

test('nothing is paid in a currency that is not named', () => {
  expect(isLeft(new Budget(100), '0.01', 'USDC')).toBe(false);
  expect(isLeft(new Budget({ USDC: '1' }), 1)).toBe(false);
  expect(isLeft(new Budget({ USDC: '1', ATE: 1 }), 1)).toBe(true);
  expect(isLeft(new Budget(undefined), '1000000', 'USDC')).toBe(true);
});

test.each([
  { status: 'refunded', left: 10 },
  { status: 'late', left: 10 },
  { status: 'partially-released', captured: 4, left: 6 },
  { status: 'taken', captured: 10, left: 0 },
  { status: 'released', left: 0 },
  { status: 'pending', left: 0 },
  { status: 'kept', left: 0 },
  { status: 'disputed', left: 0 },
])('after $status, $left of 10 are left', ({ left, ...receipt }) => {
  const budget = new Budget(10);
  const call = {};
  budget.agree(call, { agent, amount: 10 });
  expect(isLeft(budget, 1)).toBe(false);
  budget.note(call, { escrowId: 'e', amount: 10, ...receipt });
  expect(isLeft(budget, left)).toBe(true);
  expect(isLeft(budget, left + 1)).toBe(false);
});

test('a hold that ends later is counted once', () => {
  const budget = new Budget(20);
  const first = {};
  budget.agree(first, { agent, amount: 10 });
  budget.note(first, { status: 'kept', escrowId: 'e', amount: 10 });
  // Of the next turn, which made no hold.
  budget.note({}, { status: 'released', escrowId: 'e', amount: 10, captured: 10 });
  expect(isLeft(budget, 10)).toBe(true);
  expect(isLeft(budget, 11)).toBe(false);
});
