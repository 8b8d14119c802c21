/**
 * What a value of a storage says: some storages parse what they hold. Text that is no JSON stays as it is, as
 * a process that died while it wrote may have left half of it.
 */
export function parseStored(
  stored: unknown,
  revive?: (key: string, value: unknown) => unknown,
): unknown {
  if (typeof stored !== 'string') return stored;
  try {
    return JSON.parse(stored, revive);
  } catch {
    return stored;
  }
}
