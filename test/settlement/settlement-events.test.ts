import { generateText } from 'ai';
import { expect, test } from 'vitest';
import { aSettlement } from './a-settlement';

test.each([
  [
    'throws',
    () => {
      throw new Error('the database is down');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('the database is down');
    },
  ],
])(
  'a listener that %s keeps no payment from being settled, and ends no process',
  async (_, listener) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const { model, names, settlement } = aSettlement();
      settlement.on('held', listener);
      settlement.on('released', listener);
      await generateText({ model, prompt: 'Hi' });
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(names()).toEqual(['held', 'released']);
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  },
);

test.each(['release', 'constructor', '', undefined])('there is no event %j', (name) => {
  const { settlement } = aSettlement();
  // @ts-expect-error -- a name of JavaScript
  expect(() => settlement.on(name, () => {})).toThrow(
    `There is no event \`${name}\`. Events are: held, released, refunded, kept, taken, overcharged, disputed, error, unsettled, unresolved.`,
  );
});
