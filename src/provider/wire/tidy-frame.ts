/**
 * Takes out of a parsed HTTP+JSON event, in place, what the SDK's client would stumble over: it writes
 * the whole event to the console then.
 */
export function tidyFrame(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (opaqueKeys.has(key)) continue;
    if (Array.isArray(child)) Reflect.set(value, key, child.filter(isPresent));
    else if (key === 'raw' && typeof child !== 'string') Reflect.deleteProperty(value, key);
    tidyFrame(Reflect.get(value, key));
  }
}

/** What lies under these is the agent's own. */
const opaqueKeys = new Set(['data', 'metadata', 'params']);

function isPresent(item: unknown): boolean {
  return item !== null;
}
