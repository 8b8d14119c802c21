/**
 * A key-value storage that several machines share, with the two operations that decide between
 * them. Keys and values are strings; values are JSON text.
 *
 * What is written is seen by every read that begins afterwards, on every machine.
 */
export interface AtomicStorage {
  /** Resolves to the value, or to undefined or null where the key holds nothing. */
  getItem(key: string): Promise<unknown>;
  /** Sets the key, whatever it holds. A time to live that was set before ends with the old value. */
  setItem(key: string, value: string): Promise<void>;
  /** Removes the key. Does nothing where it holds nothing. */
  removeItem(key: string): Promise<void>;
  /** Resolves to the keys that begin with `base`, each once. Default: all keys. */
  getKeys(base?: string): Promise<string[]>;
  /**
   * Sets the key if it holds nothing. Resolves to whether it was set. Of calls at the same time, at
   * most one is told `true`. A client that sends a command again after it lost the answer may be
   * told `false` although it was the one that set the key: read the value where that matters.
   *
   * @param options.ttlMs the storage itself removes the key after so many milliseconds, by its own
   * clock. Default: never.
   */
  setItemIfAbsent(key: string, value: string, options?: { ttlMs?: number }): Promise<boolean>;
  /** Removes the key if it holds exactly this value. Resolves to whether it was removed. */
  removeItemIfEqual(key: string, value: string): Promise<boolean>;
}
