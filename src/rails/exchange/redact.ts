const MAX_LENGTH = 200;

/**
 * Makes text of the exchange fit for an error message: without the API key, which some server may
 * echo, or any other key of an exchange, on one line, and short.
 */
export function redact(text: string, apiKey: string | undefined): string {
  const line = withoutKey(text, apiKey).replace(/\s+/g, ' ').trim();
  return line.length > MAX_LENGTH ? `${line.slice(0, MAX_LENGTH)}…` : line;
}

function withoutKey(text: string, apiKey: string | undefined): string {
  const withoutOwn = apiKey ? text.replaceAll(apiKey, '[redacted]') : text;
  return withoutOwn.replace(/\bate_[A-Za-z0-9]{8,}/g, '[redacted]');
}
