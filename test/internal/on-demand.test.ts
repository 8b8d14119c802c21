import { expect, test, vi } from 'vitest';
import { onDemand } from '../../src/internal/on-demand';

test('calls at once load once', async () => {
  const load = vi.fn(async () => ({ loaded: true }));
  const loaded = onDemand('tests', load);
  expect(load).not.toHaveBeenCalled();
  const [one, other] = await Promise.all([loaded(), loaded()]);
  expect(one).toBe(other);
  expect(load).toHaveBeenCalledOnce();
});

test('a file that could not be loaded is asked for again by the next call', async () => {
  const load = vi
    .fn(async () => 'loaded')
    .mockRejectedValueOnce(new TypeError('Failed to fetch dynamically imported module'));
  const loaded = onDemand('tests', load);
  await expect(loaded()).rejects.toMatchObject({
    name: 'AI_A2ANotLoadedError',
    message: expect.stringContaining('The code for tests could not be loaded.'),
  });
  expect(await loaded()).toBe('loaded');
});
