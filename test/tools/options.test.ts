import { MockLanguageModelV4 } from 'ai/test';
import { expect, test } from 'vitest';
import { firstAccepted, paidAgentTool } from '../../src/tools';

const model = new MockLanguageModelV4();

test.each<[object, string]>([
  [{ budjet: 5 }, 'paidAgentTool: has no option `budjet`. Did you mean `budget`?'],
  [{ model: undefined }, 'model must be'],
  [{ description: 5 }, 'description must be'],
  [{ budget: '25' }, 'budget must be a whole number'],
  [{ budget: {} }, 'budget must be a whole number'],
  [{ budget: 2.5 }, 'budget must have no decimals'],
  [{ budget: { tokens: 5 } }, 'budget.tokens must be budget.ATE'],
  [{ message: () => 'x' }, 'inputSchema must be a schema'],
])('paidAgentTool refuses %j', (options, message) => {
  const given = { model, description: 'Writes.', ...options };
  expect(() => Reflect.apply(paidAgentTool, undefined, [given])).toThrow(message);
});

test.each<[object, string]>([
  [{ buget: 5 }, 'firstAccepted: has no option `buget`. Did you mean `budget`?'],
  [{ verify: undefined }, 'verify must be'],
  [{ budget: '25' }, 'budget must be a whole number'],
])('firstAccepted refuses %j', (options, message) => {
  const given = { verify: () => true, ...options };
  expect(() => Reflect.apply(firstAccepted, undefined, [[model], given])).toThrow(message);
});

test('a budget of ATE is one of the exchange', () => {
  expect(() => paidAgentTool({ model, description: 'x', budget: { ATE: 25 } })).not.toThrow();
});
