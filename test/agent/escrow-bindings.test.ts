import { expect, test } from 'vitest';
import { memoryEscrowBindings, storedEscrowBindings } from '../../src/agent';
import { memoryStorage } from '../../src/internal/memory-storage';

/** Bindings with a clock that counts how often it is looked at. */
function setUp() {
  const clock = { ms: 0, looks: 0 };
  const bindings = memoryEscrowBindings(() => {
    clock.looks++;
    return new Date(clock.ms);
  });
  const bind = async (escrow: number | string, task: string, until: number) =>
    bindings.bind(String(escrow), task, new Date(until));
  return { clock, bind };
}

test('an escrow stays bound to its first task until it expires', async () => {
  const { bind, clock } = setUp();
  expect(await bind('e', 'one', 100)).toBe('one');
  clock.ms = 99;
  expect(await bind('e', 'two', 100)).toBe('one');
  clock.ms = 100;
  expect(await bind('e', 'two', 200)).toBe('two');
});

test('a message costs no walk through all bindings', async () => {
  const { bind, clock } = setUp();
  const count = 2_000;
  for (let number = 0; number < count; number++) await bind(number, 'task', 1e9);
  // A walk at each would look at the clock two million times.
  expect(clock.looks).toBeLessThan(5 * count);
});

test('in a storage that machines share an escrow is bound once, for as long as it lives', async () => {
  let now = Date.now();
  const storage = memoryStorage({ now: () => new Date(now) });
  const machines = [storedEscrowBindings(storage), storedEscrowBindings(storage)];
  const until = new Date(Date.now() + 60_000);
  const bound = await Promise.all(
    machines.map((one, index) => one.bind('e', `task ${index}`, until)),
  );
  expect(new Set(bound).size).toBe(1);
  const [winner = ''] = bound;
  expect(await machines[1]?.bind('e', winner, until)).toBe(winner);
  expect(await machines[1]?.bind('another', 'task 1', until)).toBe('task 1');
  now += 2 * 3_600_000;
  expect(await machines[1]?.bind('e', 'task 1', until)).toBe('task 1');
});
