const MAX_LENGTH = 200;

/**
 * Makes text of the exchange fit for an error message: without the API key, which some server may
 * echo, or any other key of an exchange, on one line, and short.
 */
export function redact(text: string, apiKey: string | undefined): string {
  const line = withoutKey(text, apiKey).replace(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/**
 * Name, message and code of a foreign error and of its causes, and nothing else of them: what a custom
 * `fetch` throws may hold the request, and with it the key.
 */
export function redactCause(
  error: unknown,
  apiKey: string | undefined,
  depth = 5,
): Error | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  const read = (field: string): unknown => Reflect.get(error, field);
  const say = (text: unknown) => (typeof text === 'string' ? redact(text, apiKey) : '');
  const cause = redactCause(read('cause'), apiKey, depth - 1);
  const bare = new Error(say(read('message')), cause && { cause });
  bare.name = say(read('name')) || 'Error';
  bare.stack = `${bare.name}: ${bare.message}`;
  const code = read('code');
  if (typeof code === 'string') Object.assign(bare, { code: say(code) });
  return bare;
}

function withoutKey(text: string, apiKey: string | undefined): string {
  const withoutOwn = apiKey ? text.replaceAll(apiKey, '[redacted]') : text;
  return withoutOwn.replace(/\bate_[A-Za-z0-9]{8,}/g, '[redacted]');
}
