import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
import { expect, test } from 'vitest';
import { atomicStorageSuite } from './atomic-storage-suite';

atomicStorageSuite('memoryStorage', async () => {
  let nowMs = 0;
  const storage = memoryStorage({ now: () => new Date(nowMs) });
  return {
    connect: async () => storage,
    close: async () => {},
    advance: (ms) => void (nowMs += ms),
  };
});

test('keys that lapsed are counted no longer, however many nobody asked for again', async () => {
  let nowMs = 0;
  const storage = memoryStorage({ now: () => new Date(nowMs) });
  for (let index = 0; index < 5000; index++) {
    await storage.setItemIfAbsent(`${index}`, '1', { ttlMs: 1000 });
    nowMs += 100;
  }
  expect(await storage.getKeys()).toHaveLength(9);
});
