/**
 * Copies only name, message and code of a foreign error and of its causes: an error of a custom `fetch` may
 * contain the request and with it a credential. `redact` removes secrets from the messages.
 */
export function redactCause(
  error: unknown,
  redact: (text: string) => string,
  depth = 5,
): Error | undefined {
  if (typeof error !== 'object' || error === null || depth === 0) return undefined;
  const read = (field: string): unknown => Reflect.get(error, field);
  const say = (text: unknown) => (typeof text === 'string' ? redact(text) : '');
  const cause = redactCause(read('cause'), redact, depth - 1);
  const bare = new Error(say(read('message')), cause && { cause });
  bare.name = say(read('name')) || 'Error';
  bare.stack = `${bare.name}: ${bare.message}`;
  const code = read('code');
  if (typeof code === 'string') Object.assign(bare, { code: say(code) });
  return bare;
}
