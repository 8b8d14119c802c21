/**
 * A key-value storage shared by several machines, with the two atomic operations that coordinate them. Keys
 * and values are strings; values are JSON text.
 *
 * A write must be visible to every read that starts after it, on every machine.
 */
export interface AtomicStorage {
  /** Resolves to the value, or to undefined or null if the key does not exist. */
  getItem(key: string): Promise<unknown>;
  /** Sets the key, overwriting any value. An earlier time to live no longer applies. */
  setItem(key: string, value: string): Promise<void>;
  /** Removes the key. Does nothing if the key does not exist. */
  removeItem(key: string): Promise<void>;
  /** Resolves to the keys that start with `base`, without duplicates. Default: all keys. */
  getKeys(base?: string): Promise<string[]>;
  /**
   * Sets the key if it does not exist. Resolves to whether it was set. Of concurrent calls, at most one
   * resolves to `true`. A client that repeats a command after a lost response may resolve to `false` although
   * it set the key: read the value if the difference matters.
   *
   * @param options.ttlMs the storage removes the key after this many milliseconds, by its own clock. Default:
   * never.
   */
  setItemIfAbsent(key: string, value: string, options?: { ttlMs?: number }): Promise<boolean>;
  /** Removes the key if its value equals `value`. Resolves to whether it was removed. */
  removeItemIfEqual(key: string, value: string): Promise<boolean>;
}
