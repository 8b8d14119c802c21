import { InvalidArgumentError } from '@ai-sdk/provider';
import type { AtomicStorage } from '../../internal/atomic-storage';

/** As much of an `unstorage` instance as is needed. */
export interface JournalStorage {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
}

/** Undefined for a storage that cannot decide between machines. */
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

/**
 * Found out at once, and not when a journal is needed that is none.
 *
 * @throws InvalidArgumentError naming what is missing.
 */
export function assertStorage(storage: JournalStorage): void {
  const methods = ['getItem', 'setItem', 'removeItem', 'getKeys'] as const;
  const missing = methods.filter((name) => typeof storage[name] !== 'function');
  if (missing.length === 0) return;
  throw new InvalidArgumentError({
    argument: 'journal.storage',
    message: `journal.storage has no ${missing.join(', ')}. Give an unstorage instance: createStorage({ driver }).`,
  });
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
