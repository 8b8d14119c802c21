import { expect, it } from 'vitest';
import { rememberFor } from '../../src/internal/remember-for';

it('asks once for all who ask meanwhile, and again later', async () => {
  let asked = 0;
  const forAnHour = rememberFor(3_600_000, async () => ++asked);
  expect(await Promise.all([forAnHour(), forAnHour()])).toEqual([1, 1]);
  expect(await forAnHour()).toBe(1);

  const notAtAll = rememberFor(0, async () => ++asked);
  expect([await notAtAll(), await notAtAll()]).toEqual([2, 3]);
});

it('does not remember an error', async () => {
  let asked = 0;
  const ask = rememberFor(3_600_000, async () => {
    asked += 1;
    if (asked === 1) throw new Error('down');
    return asked;
  });
  await expect(ask()).rejects.toThrow('down');
  expect(await ask()).toBe(2);
});
