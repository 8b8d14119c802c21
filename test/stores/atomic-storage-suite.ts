import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AtomicStorage } from '../../src/internal/atomic-storage';

export interface OpenedStorage {
  /** The same keys, each time over a connection of its own where there are connections. */
  connect: () => Promise<AtomicStorage>;
  close: () => Promise<void>;
  /** How the storage's own clock gets on. Without: by waiting. */
  advance?: (ms: number) => void;
}

const hourMs = 3_600_000;

/** What every atomic storage must do. `runs`: random schedules of each property. `many`: keys to list. */
export function atomicStorageSuite(
  name: string,
  open: () => Promise<OpenedStorage>,
  { runs = 100, many = 2500 }: { runs?: number; many?: number } = {},
): void {
  describe(name, () => {
    let opened: OpenedStorage;
    let storages: AtomicStorage[];
    let count = 0;
    /** A key that nobody has used. */
    const freshKey = () => `suite:${name}:${count++}`;

    beforeAll(async () => {
      opened = await open();
      storages = await Promise.all([opened.connect(), opened.connect(), opened.connect()]);
    });
    afterAll(() => opened?.close());

    const storage = (index = 0): AtomicStorage => {
      const found = storages[index % storages.length];
      if (found === undefined) throw new Error('No storage.');
      return found;
    };

    test('keeps what was written, for every connection', async () => {
      const key = freshKey();
      expect((await storage(0).getItem(key)) ?? null).toBeNull();
      await storage(0).setItem(key, '{"a":1}');
      expect(await storage(1).getItem(key)).toBe('{"a":1}');
      await storage(1).setItem(key, '{"a":"é \\u0000 😀"}');
      expect(await storage(2).getItem(key)).toBe('{"a":"é \\u0000 😀"}');
      await storage(2).removeItem(key);
      await storage(2).removeItem(key);
      expect((await storage(0).getItem(key)) ?? null).toBeNull();
    });

    test('lists the keys that begin with a text, whatever its letters mean to a pattern', async () => {
      const base = freshKey();
      const bases = ['*', '?', '[a]', '[^b]', '\\', '%', '_', '|'].map((c) => `${base}${c}:`);
      for (const each of [...bases, `${base}a:`, `${base}b:`]) {
        await storage().setItem(`${each}1`, '1');
        await storage().setItem(`${each}2`, '2');
      }
      for (const each of bases) {
        expect((await storage(1).getKeys(each)).toSorted()).toEqual([`${each}1`, `${each}2`]);
      }
      expect(await storage().getKeys(base)).toHaveLength(20);
      expect(await storage().getKeys()).toEqual(
        expect.arrayContaining(await storage().getKeys(base)),
      );
    });

    test('lists more keys than fit on one page, each once', async () => {
      const base = freshKey();
      const keys = Array.from({ length: many }, (_, index) => `${base}:${index}`);
      await Promise.all(keys.map((key) => storage().setItem(key, '1')));
      expect((await storage(1).getKeys(`${base}:`)).toSorted()).toEqual(keys.toSorted());
      await Promise.all(keys.map((key) => storage().removeItem(key)));
    });

    test('removes a key after its time to live, and not before', async () => {
      const [short, long] = [freshKey(), freshKey()];
      expect(await storage().setItemIfAbsent(short, '"a"', { ttlMs: 50 })).toBe(true);
      expect(await storage().setItemIfAbsent(long, '"a"', { ttlMs: hourMs })).toBe(true);
      opened.advance?.(50);
      await expect.poll(() => storage(1).getKeys(short), { timeout: 60_000 }).toEqual([]);
      expect((await storage(1).getItem(short)) ?? null).toBeNull();
      expect(await storage(1).removeItemIfEqual(short, '"a"')).toBe(false);
      expect(await storage(1).setItemIfAbsent(short, '"b"')).toBe(true);
      expect(await storage(2).getItem(short)).toBe('"b"');

      expect(await storage(1).getItem(long)).toBe('"a"');
      expect(await storage(1).getKeys(long)).toEqual([long]);
      expect(await storage(1).setItemIfAbsent(long, '"b"')).toBe(false);
    });

    test('ends a time to live with the value that it was for', async () => {
      const [replaced, retaken, other] = [freshKey(), freshKey(), freshKey()];
      const ttlMs = 400;
      await storage().setItemIfAbsent(replaced, '1', { ttlMs });
      await storage().setItem(replaced, '2');
      await storage().setItemIfAbsent(retaken, '1', { ttlMs });
      await storage().removeItem(retaken);
      await storage().setItemIfAbsent(retaken, '2');
      await storage().setItemIfAbsent(other, '1', { ttlMs });
      opened.advance?.(ttlMs);
      await expect.poll(() => storage().getKeys(other), { timeout: 60_000 }).toEqual([]);
      expect(await storage().getItem(replaced)).toBe('2');
      expect(await storage().getItem(retaken)).toBe('2');
    });

    test('of many that set a key at once, exactly one is told that it did', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.option(fc.integer({ min: 10_000, max: hourMs }), { nil: undefined }), {
            minLength: 2,
            maxLength: 16,
          }),
          async (lives) => {
            const key = freshKey();
            const told = await Promise.all(
              lives.map((ttlMs, index) =>
                storage(index).setItemIfAbsent(
                  key,
                  `"${index}"`,
                  ttlMs === undefined ? undefined : { ttlMs },
                ),
              ),
            );
            expect(told.filter((isSet) => isSet)).toEqual([true]);
            expect(await storage().getItem(key)).toBe(`"${told.indexOf(true)}"`);

            const removed = await Promise.all(
              lives.map((_, index) => storage(index + 1).removeItemIfEqual(key, `"${index}"`)),
            );
            expect(removed).toEqual(told);
            expect((await storage().getItem(key)) ?? null).toBeNull();
          },
        ),
        { numRuns: runs },
      );
    });

    test('a lease is held by one at a time, and nobody ends that of another', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 4 }), {
            minLength: 2,
            maxLength: 8,
          }),
          async (workers) => {
            const key = freshKey();
            let holder: string | undefined;
            await Promise.all(
              workers.map(async (turns, worker) => {
                const own = storage(worker);
                for (const [turn, isLate] of turns.entries()) {
                  const mine = `"${worker}.${turn}"`;
                  if (await own.setItemIfAbsent(key, mine)) {
                    expect(holder).toBeUndefined();
                    holder = mine;
                    expect(await own.getItem(key)).toBe(mine);
                    expect(holder).toBe(mine);
                    holder = undefined;
                    expect(await own.removeItemIfEqual(key, mine)).toBe(true);
                  }
                  // One who comes late, or never had it, removes nothing.
                  if (isLate) expect(await own.removeItemIfEqual(key, mine)).toBe(false);
                }
              }),
            );
            expect((await storage().getItem(key)) ?? null).toBeNull();
          },
        ),
        { numRuns: runs },
      );
    });

    test('does, call by call, what a map would', async () => {
      const keys = fc.constantFrom('a', 'b', 'a*', 'a:b', 'ä');
      const values = fc.constantFrom('"1"', '"2"', '{"long":"value"}', '');
      const calls = fc.oneof(
        fc.record({ call: fc.constant('get' as const), key: keys }),
        fc.record({ call: fc.constant('remove' as const), key: keys }),
        fc.record({ call: fc.constant('keys' as const), key: keys }),
        fc.record({ call: fc.constant('set' as const), key: keys, value: values }),
        fc.record({ call: fc.constant('setIfAbsent' as const), key: keys, value: values }),
        fc.record({ call: fc.constant('removeIfEqual' as const), key: keys, value: values }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(calls, { maxLength: 20 }), async (schedule) => {
          const base = `${freshKey()}:`;
          const map = new Map<string, string>();
          for (const [index, step] of schedule.entries()) {
            const on = storage(index);
            const key = base + step.key;
            const before = map.get(key);
            switch (step.call) {
              case 'get':
                expect((await on.getItem(key)) ?? null).toBe(before ?? null);
                break;
              case 'set':
                await on.setItem(key, step.value);
                map.set(key, step.value);
                break;
              case 'remove':
                await on.removeItem(key);
                map.delete(key);
                break;
              case 'setIfAbsent':
                expect(await on.setItemIfAbsent(key, step.value)).toBe(before === undefined);
                if (before === undefined) map.set(key, step.value);
                break;
              case 'removeIfEqual':
                expect(await on.removeItemIfEqual(key, step.value)).toBe(before === step.value);
                if (before === step.value) map.delete(key);
                break;
              case 'keys':
                expect((await on.getKeys(key)).toSorted()).toEqual(
                  [...map.keys()].filter((each) => each.startsWith(key)).toSorted(),
                );
            }
          }
        }),
        { numRuns: runs },
      );
    });
  });
}
