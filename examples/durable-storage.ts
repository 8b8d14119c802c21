// The storage of a Durable Object as an atomic storage (docs/storage.md). Workers KV is not atomic:
// other machines see its writes late. `ttlMs` is ignored: delete old keys with an alarm.
import type { AtomicStorage } from 'ai-sdk-a2a-settlement/stores';

/** The part of Cloudflare's `DurableObjectStorage` that is used. */
export interface DurableStorage extends Items {
  list(options: { prefix: string }): Promise<Map<string, unknown>>;
  transaction<RESULT>(act: (items: Items) => Promise<RESULT>): Promise<RESULT>;
}

interface Items {
  get(key: string): Promise<unknown>;
  put(key: string, value: string): Promise<void>;
  delete(key: string): Promise<boolean>;
}

export function durableStorage(storage: DurableStorage): AtomicStorage {
  return {
    getItem: (key) => storage.get(key),
    setItem: (key, value) => storage.put(key, value),
    removeItem: async (key) => void (await storage.delete(key)),
    getKeys: async (base = '') => [...(await storage.list({ prefix: base })).keys()],
    setItemIfAbsent: (key, value) =>
      storage.transaction(async (items) => {
        const isAbsent = (await items.get(key)) === undefined;
        if (isAbsent) await items.put(key, value);
        return isAbsent;
      }),
    removeItemIfEqual: (key, value) =>
      storage.transaction(async (items) => (await items.get(key)) === value && items.delete(key)),
  };
}
