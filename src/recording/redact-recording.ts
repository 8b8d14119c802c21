import { redactHeaders } from '../internal/redact-headers';

const REDACTED = '[redacted]';

/** Fields that carry credentials: of push notifications, payments, registrations. */
const secretFields = new Set([
  'token',
  'credentials',
  'signature',
  'apikey',
  'api_key',
  'accesstoken',
  'access_token',
  'secret',
  'password',
  'x402.payment.payload',
]);

/** Removes credentials from what was sent and received. Prompts and answers stay. */
export class Redaction {
  /** Names by value. */
  private readonly secrets = new Map<string, string>();

  /** Notes what a request carries besides its body: the other side may repeat it. */
  note({ headers, url }: Request, of: 'agent' | 'rail'): void {
    for (const [name, value] of headers) this.secrets.set(value, name);
    // An agent's query may contain its key; that of the rail names tasks.
    if (of === 'agent') {
      for (const value of new URL(url).searchParams.values()) this.secrets.set(value, 'query');
    }
  }

  text(text: string): string {
    const sent = [...this.secrets].map(([value, name]): [string, string] => [name, value]);
    return redactHeaders(text, sent).replace(/\bate_\w+/g, REDACTED);
  }

  /** A JSON body; any other text as `text`. */
  body(body: string): string {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch {
      return this.text(body);
    }
    return this.text(JSON.stringify(withoutSecrets(parsed)));
  }

  url(url: string, of: 'agent' | 'rail'): string {
    const parsed = new URL(url);
    parsed.username = '';
    parsed.password = '';
    if (of === 'agent') parsed.search = '';
    return this.text(parsed.href);
  }

  json<VALUE>(value: VALUE): unknown {
    return JSON.parse(this.text(JSON.stringify(withoutSecrets(value))));
  }
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, unknown]) => {
      const isSecret = secretFields.has(name.toLowerCase()) && isFilled(field);
      return [name, isSecret ? REDACTED : withoutSecrets(field)];
    }),
  );
}

function isFilled(field: unknown): boolean {
  return field !== null && field !== undefined && field !== '';
}
