import { expect, test } from 'vitest';
import { memoryEscrowBindings } from '../../src/agent';

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
