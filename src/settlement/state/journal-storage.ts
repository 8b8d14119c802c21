import type { AtomicStorage } from '../../internal/atomic-storage';

/** The part of an `unstorage` instance that is used. */
export interface JournalStorage {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
}

/** Undefined for a storage without atomic operations. */
export function atomicStorage(storage: JournalStorage | undefined): AtomicStorage | undefined {
  return storage !== undefined && isAtomic(storage) ? storage : undefined;
}

function isAtomic(storage: JournalStorage): storage is AtomicStorage {
  return (
    'setItemIfAbsent' in storage &&
    typeof storage.setItemIfAbsent === 'function' &&
    'removeItemIfEqual' in storage &&
    typeof storage.removeItemIfEqual === 'function'
  );
}

/** A stored JSON string; some storages parse it themselves. Undefined if a crash truncated it. */
export function readStored(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
