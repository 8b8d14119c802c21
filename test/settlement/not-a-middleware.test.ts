import { InvalidArgumentError, type LanguageModelV4Middleware } from '@ai-sdk/provider';
import { wrapLanguageModel, wrapProvider } from 'ai';
import { expect, test } from 'vitest';
import { a2a, createSettlement, settlementMiddleware } from '../../src/index';

const given = (value: unknown) => value as LanguageModelV4Middleware;

test.each<[string, unknown, string]>([
  ['settlementMiddleware', settlementMiddleware, 'middleware: settlementMiddleware()'],
  ['createSettlement', createSettlement, 'middleware: createSettlement().middleware'],
  ['createSettlement()', createSettlement(), 'middleware: settlement.middleware'],
])('`middleware: %s` says what to write', (_, value, words) => {
  const middleware = given(value);
  const wraps = [
    () => wrapLanguageModel({ model: a2a('https://agent.example.com'), middleware }),
    () => wrapLanguageModel({ model: a2a('https://agent.example.com'), middleware: [middleware] }),
    () =>
      wrapProvider({ provider: a2a, languageModelMiddleware: middleware }).languageModel(
        'https://agent.example.com',
      ),
  ];
  for (const wrap of wraps) {
    let thrown: unknown;
    try {
      wrap();
    } catch (error) {
      thrown = error;
    }
    expect(InvalidArgumentError.isInstance(thrown)).toBe(true);
    expect(thrown).toMatchObject({ message: expect.stringContaining(words) });
  }
});

test('nothing else is the matter with a settlement', () => {
  const settlement = createSettlement();
  expect({ ...settlement }).toEqual(settlement);
  expect(Object.keys(settlementMiddleware)).toEqual([]);
});

test('a provider in place of a model says what to write', () => {
  const given = { model: a2a, middleware: settlementMiddleware() };
  // JavaScript has no types to refuse it.
  expect(() => Reflect.apply(wrapLanguageModel, undefined, [given])).toThrow(
    "`a2a` was passed as a model without being called. Write `model: a2a('https://…')`.",
  );
});
