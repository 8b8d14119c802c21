const MAX_LENGTH = 200;

/**
 * Makes text of the exchange fit for an error message: without the API key, which some server may
 * echo, or any other key of an exchange, on one line, and short.
 */
export function redact(text: string, apiKey: string | undefined): string {
  const line = withoutKey(text, apiKey).replace(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

/** The error for a `cause`, unless it holds the API key, as one about a bad header does. */
export function redactCause(error: unknown, apiKey: string | undefined): unknown {
  let text = '';
  for (let link = error, depth = 0; link instanceof Error && depth < 5; depth++) {
    text += `${link.message}\n${link.stack ?? ''}\n`;
    link = link.cause;
  }
  return withoutKey(text, apiKey) === text ? error : undefined;
}

function withoutKey(text: string, apiKey: string | undefined): string {
  const withoutOwn = apiKey ? text.replaceAll(apiKey, '[redacted]') : text;
  return withoutOwn.replace(/\bate_[A-Za-z0-9]{8,}/g, '[redacted]');
}
