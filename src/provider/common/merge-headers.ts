/**
 * Headers for the agent, out of several sources: the last one that names a header decides, however it
 * spells the name, and `undefined` takes the header away. What the protocol's client sets by itself is
 * left to it: a second value would be joined to its own.
 */
export function mergeHeaders(
  ...sources: (Record<string, string | undefined> | undefined)[]
): Record<string, string> {
  const merged = new Map<string, string>();
  for (const source of sources) {
    for (const [spelled, value] of Object.entries(source ?? {})) {
      const name = spelled.toLowerCase();
      if (value === undefined || ofProtocol.has(name)) merged.delete(name);
      else merged.set(name, value);
    }
  }
  return Object.fromEntries(merged);
}

const ofProtocol = new Set(['accept', 'content-type', 'a2a-version']);
