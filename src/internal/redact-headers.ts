/** Not secret, and their values are too common to search for. */
const publicHeaders = new Set([
  'accept',
  'content-type',
  'a2a-version',
  'a2a-extensions',
  'x-a2a-extensions',
  'user-agent',
  'x-litellm-trace-id',
]);

/** Removes the values of the request headers from an agent's text, in case it echoes them. */
export function redactHeaders(text: string, headers: Iterable<[string, string]>): string {
  let redacted = text;
  for (const [name, value] of headers) {
    if (publicHeaders.has(name.toLowerCase())) continue;
    for (const secret of [value, value.replace(/^\S+\s+/, '')]) {
      if (secret.length >= 6) redacted = redacted.replaceAll(secret, `[${name}]`);
    }
  }
  return redacted;
}
