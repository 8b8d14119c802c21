import type { AtomicStorage } from './atomic-storage';

/**
 * An atomic storage in this process's memory. It does not coordinate several processes.
 *
 * @param options.now the clock for times to live. Default: this machine's clock.
 *
 * @example
 * ```ts
 * import { memoryStorage } from 'ai-sdk-a2a-settlement/stores';
 *
 * const storage = memoryStorage();
 * await storage.setItemIfAbsent('lease', '"mine"', { ttlMs: 60_000 }); // true
 * await storage.setItemIfAbsent('lease', '"yours"'); // false, for a minute
 * ```
 */
export function memoryStorage({
  now = () => new Date(),
}: { now?: () => Date } = {}): AtomicStorage {
  const items = new Map<string, { value: string; expiresAt: number }>();
  let sweepAbove = 1000;

  const read = (key: string): string | undefined => {
    const item = items.get(key);
    if (item === undefined || item.expiresAt > now().getTime()) return item?.value;
    items.delete(key);
    return undefined;
  };

  return {
    getItem: async (key) => read(key),
    setItem: async (key, value) => void items.set(key, { value, expiresAt: Infinity }),
    removeItem: async (key) => void items.delete(key),
    getKeys: async (base = '') =>
      [...items.keys()].filter((key) => key.startsWith(base) && read(key) !== undefined),
    async setItemIfAbsent(key, value, { ttlMs = Infinity } = {}) {
      if (read(key) !== undefined) return false;
      items.set(key, { value, expiresAt: now().getTime() + ttlMs });
      // Removes expired keys that are never read again.
      if (items.size > sweepAbove) {
        for (const each of items.keys()) read(each);
        sweepAbove = Math.max(1000, 2 * items.size);
      }
      return true;
    },
    removeItemIfEqual: async (key, value) => read(key) === value && items.delete(key),
  };
}
