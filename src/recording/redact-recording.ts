import { redactHeaders } from '../internal/redact-headers';

const REDACTED = '[redacted]';

/** Fields that carry credentials: of push notifications, payments, registrations, token endpoints. */
const secretFields = new Set([
  'token',
  'credentials',
  'signature',
  'apikey',
  'api_key',
  'accesstoken',
  'access_token',
  'refresh_token',
  'id_token',
  'clientsecret',
  'client_secret',
  'client_assertion',
  'privatekey',
  'private_key',
  'secret',
  'password',
  'x402.payment.payload',
]);

/** Removes credentials from what was sent and received. Prompts and answers stay. */
export class Redaction {
  /** Names by value. */
  private readonly secrets = new Map<string, string>();

  /** Notes the credentials that a request carries: the other side may repeat them. */
  note(
    { headers, url }: Request,
    { body = '', of }: { body?: string; of: 'agent' | 'rail' },
  ): void {
    for (const [name, value] of headers) this.secrets.set(value, name);
    // An agent's query may contain its key; that of the rail names tasks.
    if (of === 'agent') {
      for (const value of new URL(url).searchParams.values()) this.secrets.set(value, 'query');
    }
    const note = (name: string, value: unknown) => {
      if (typeof value === 'string' && value !== '') this.secrets.set(value, name);
      return REDACTED;
    };
    withoutSecrets(parse(body)?.value, note);
    withoutSecretParameters(body, note);
  }

  text(text: string): string {
    const sent = [...this.secrets]
      .flatMap(([value, name]): [string, string][] => [
        [name, value],
        // As it is written in JSON.
        [name, JSON.stringify(value).slice(1, -1)],
      ])
      // One may begin with another.
      .sort(([, one], [, other]) => other.length - one.length);
    return redactHeaders(text, sent).replace(/\bate_\w+/g, REDACTED);
  }

  /** A body: JSON, a form, or a stream of events with JSON. Of any other text, what is known to be secret. */
  body(body: string): string {
    const whole = parse(body);
    if (whole !== undefined) return this.text(JSON.stringify(withoutSecrets(whole.value)));
    const lines = withoutSecretParameters(body)
      .split('\n')
      .map((line) => {
        const data = parse(line.replace(/^data:/, ''));
        if (data === undefined) return line;
        const redacted = JSON.stringify(withoutSecrets(data.value));
        // A line without secrets stays as it was sent.
        return redacted === JSON.stringify(data.value) ? line : `data: ${redacted}`;
      });
    return this.text(lines.join('\n'));
  }

  url(url: string, of: 'agent' | 'rail'): string {
    return this.text(of === 'agent' ? withoutQuery(url) : url);
  }

  /** Response headers. A redirect may carry a key, as the URL of a request may. */
  headers(headers: Record<string, string>, of: 'agent' | 'rail'): Record<string, string> {
    return Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        name === 'location' ? this.url(value, of) : this.text(value),
      ]),
    );
  }

  json<VALUE>(value: VALUE): unknown {
    return JSON.parse(this.text(JSON.stringify(withoutSecrets(value))));
  }
}

/** What becomes of a secret value. */
type Replace = (name: string, value: unknown) => unknown;

function withoutSecrets(value: unknown, replace: Replace = () => REDACTED, of = ''): unknown {
  if (Array.isArray(value)) return value.map((each) => withoutSecrets(each, replace, of));
  if (typeof value !== 'object' || value === null) return value;
  const isWebhook = 'token' in value || 'authentication' in value || /pushNotification/i.test(of);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]: [string, unknown]) => {
      if (isSecret(name) && isFilled(field)) {
        // Secrets within it count, too: the other side may repeat a part of it.
        withoutSecrets(field, replace);
        return [name, replace(name, field)];
      }
      if (!isWebhook || name !== 'url' || typeof field !== 'string') {
        return [name, withoutSecrets(field, replace, name)];
      }
      // The address of a webhook may contain its key.
      if (URL.canParse(field)) {
        for (const each of new URL(field).searchParams.values()) replace('query', each);
      }
      return [name, withoutQuery(field)];
    }),
  );
}

/** A form, as token endpoints are sent. */
function withoutSecretParameters(text: string, replace: Replace = () => REDACTED): string {
  if (!text.includes('=') || /[\s{<]/.test(text)) return text;
  return text
    .split('&')
    .map((parameter) => {
      const [name = '', value] = parameter.split('=', 2);
      if (!isSecret(name) || !isFilled(value)) return parameter;
      const [decoded] = new URLSearchParams(parameter).values();
      return `${name}=${String(replace(name, decoded))}`;
    })
    .join('&');
}

/** The URL without its user, query and fragment. */
function withoutQuery(url: string): string {
  const [bare = ''] = url.split(/[?#]/, 1);
  if (!URL.canParse(bare)) return bare;
  const parsed = new URL(bare);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

function isSecret(name: string): boolean {
  return secretFields.has(name.toLowerCase());
}

function isFilled(field: unknown): boolean {
  return field !== null && field !== undefined && field !== '';
}

function parse(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
