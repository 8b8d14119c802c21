import { expect, it } from 'vitest';
import { accountNames } from '../../../src/cli/dashboard/account-names';
import { SettlementError } from '../../../src/rails/rail';

it('asks for each account once, and for a few of them at a time', async () => {
  const { asked, names } = namesOf((id) => `name of ${id}`);
  const ids = Array.from({ length: 12 }, (_, index) => `a${index}`);
  const [first, meanwhile] = await Promise.all([names([...ids, ...ids]), names(ids.slice(0, 5))]);
  expect(asked).toEqual(['a0', 'a1', 'a2', 'a3', 'a4']);
  // A view that is read meanwhile neither asks nor waits.
  expect([first.size, meanwhile.size]).toEqual([5, 0]);
  expect((await names(ids)).size).toBe(10);
  expect(Object.fromEntries(await names(ids))).toEqual(
    Object.fromEntries(ids.map((id) => [id, `name of ${id}`])),
  );
  await names(ids);
  expect(asked).toEqual(ids);
});

it('leaves out what is not told, and asks again after five minutes', async () => {
  let now = 0;
  let isDown = true;
  const { asked, names } = namesOf(
    (id) => {
      if (isDown) throw new SettlementError({ code: 'NOT_FOUND', message: 'Not found.' });
      return id;
    },
    () => now,
  );
  expect(await names(['a'])).toEqual(new Map());
  now = 299_999;
  isDown = false;
  expect(await names(['a'])).toEqual(new Map());
  now = 300_000;
  expect(await names(['a'])).toEqual(new Map([['a', 'a']]));
  expect(asked).toEqual(['a', 'a']);
});

it('shortens long names, and believes no answer about another account', async () => {
  const { names } = namesOf((id) => (id === 'empty' ? ' \n' : '😀'.repeat(100)));
  const found = await names(['long', 'empty', 'other']);
  expect([...(found.get('long') ?? '')]).toEqual([...'😀'.repeat(59), '…']);
  expect([...found.keys()]).toEqual(['long']);
});

function namesOf(nameOf: (id: string) => string, now?: () => number) {
  const asked: string[] = [];
  const names = accountNames(
    {
      account: async (id) => {
        asked.push(id);
        await Promise.resolve();
        return {
          id: id === 'other' ? 'another' : id,
          botName: nameOf(id),
          skills: [],
          developerId: undefined,
          developerName: undefined,
          description: undefined,
          status: undefined,
          reputation: undefined,
          accountType: undefined,
        };
      },
    },
    now,
  );
  return { asked, names };
}
