import { InvalidArgumentError } from '@ai-sdk/provider';

/**
 * Merges headers for requests to the agent from several sources. The last source that names a header wins,
 * regardless of the case of the name; `undefined` removes the header. Headers that the protocol client sets
 * itself are skipped: a second value would be appended to its own.
 *
 * @throws InvalidArgumentError for an invalid header value. `fetch` would include the value in its error.
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
  // Surrounding white space is allowed: `fetch` removes it.
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value.trim())) return value;
  throw new InvalidArgumentError({
    argument: 'headers',
    message: `The header "${name}" contains characters that are not allowed in a header, for example a line break.`,
  });
}
