/**
 * Parses a stored value. Some storages return values already parsed. Text that is not JSON is returned
 * unchanged: a process may have been terminated during a write.
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
