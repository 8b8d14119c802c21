/** As much of an `unstorage` instance as is needed. */
export interface JournalStorage {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
}

/** This process's memory. */
export function memoryStorage(): JournalStorage {
  const items = new Map<string, string>();
  return {
    getItem: async (key) => items.get(key),
    setItem: async (key, value) => void items.set(key, value),
    removeItem: async (key) => void items.delete(key),
    getKeys: async (base = '') => [...items.keys()].filter((key) => key.startsWith(base)),
  };
}

/** A stored JSON text; some storages parse it themselves. Undefined when it was torn by a crash. */
export function parseStored(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
