import { InvalidArgumentError } from '@ai-sdk/provider';

/**
 * Headers for the agent, out of several sources: the last one that names a header decides, however it
 * spells the name, and `undefined` takes the header away. What the protocol's client sets by itself is
 * left to it: a second value would be joined to its own.
 *
 * @throws InvalidArgumentError for a value that no header can carry: `fetch` would print it.
 */
export function mergeHeaders(
  ...sources: (Record<string, string | undefined> | undefined)[]
): Record<string, string> {
  const merged = new Map<string, string>();
  for (const source of sources) {
    for (const [spelled, value] of Object.entries(source ?? {})) {
      const name = spelled.toLowerCase();
      if (value === undefined || ofProtocol.has(name)) merged.delete(name);
      else merged.set(name, sendable(name, value));
    }
  }
  return Object.fromEntries(merged);
}

const ofProtocol = new Set(['accept', 'content-type', 'a2a-version']);

function sendable(name: string, value: string): string {
  // White space around it is nobody's fault, and `fetch` leaves it out.
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value.trim())) return value;
  throw new InvalidArgumentError({
    argument: 'headers',
    message: `The header "${name}" has characters that no header can carry. Is there a line break in it?`,
  });
}
