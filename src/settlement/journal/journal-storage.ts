import { InvalidArgumentError } from '@ai-sdk/provider';

/** As much of an `unstorage` instance as is needed. */
export interface JournalStorage {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
  getKeys(base?: string): Promise<string[]>;
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
