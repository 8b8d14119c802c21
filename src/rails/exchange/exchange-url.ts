import { isThisMachine } from '../../internal/is-this-machine';
import { SettlementError } from '../rail';

/**
 * One canonical string for all spellings of an exchange's URL, for comparison only, never for requests:
 * `https://Exchange.org`, `https://exchange.org:443/v1/` and `https://exchange.org/api/v1` are the same
 * exchange (a2a-se 1.1).
 *
 * Scheme and host are lower-cased; this machine's names and addresses count as one; the default port,
 * credentials, query, fragment, repeated and trailing slashes and a trailing `/v1`, `/api/v1` or `/api` are
 * removed; any other path prefix is kept. Never throws: text that is not a URL is returned trimmed and equals
 * no URL.
 */
export function canonicalExchangeUrl(url: string): string {
  const parsed = parseUrl(url);
  if (parsed !== undefined && isThisMachine(parsed) && !parsed.hostname.endsWith('.localhost')) {
    parsed.hostname = 'localhost';
  }
  return parsed === undefined ? url.trim() : withoutVersion(parsed);
}

/** An exchange's URL for a message: its host as given, without credentials and query. */
export function shownExchangeUrl(url: string): string {
  const parsed = parseUrl(url);
  return parsed === undefined ? url.trim() : withoutVersion(parsed);
}

function withoutVersion(url: URL): string {
  return originOf(url) + cleanPath(url).replace(/(?:\/api)?\/v1$|\/api$/i, '');
}

/**
 * The base URL of requests: an existing `/v1` or `/api/v1` is kept, otherwise `/v1` is added.
 *
 * @throws SettlementError `NOT_CONFIGURED` unless the URL is an `https:` one (on this machine also `http:`),
 * without credentials, query and fragment. The message does not contain the URL.
 */
export function exchangeBaseUrl(url: string): string {
  const parsed = parseUrl(url);
  if (parsed === undefined) {
    throw invalidUrl('it is not a URL. Set an absolute URL such as https://exchange.example.com');
  }
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
    throw invalidUrl('it must start with https:// or http://');
  }
  if (parsed.protocol === 'http:' && !isThisMachine(parsed)) {
    throw invalidUrl(
      'http:// would send the API key unencrypted. Use https://; http:// is allowed only for an exchange on this machine (localhost, 127.0.0.1)',
    );
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw invalidUrl('it must not contain a user name or password; the API key is an option');
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw invalidUrl('it must not have a query or a fragment');
  }
  const path = cleanPath(parsed);
  return originOf(parsed) + (/\/v1$/i.test(path) ? path : `${path}/v1`);
}

function parseUrl(url: string): URL | undefined {
  const trimmed = url.trim();
  return URL.canParse(trimmed) ? new URL(trimmed) : undefined;
}

// Not `origin`, which is the string "null" for other schemes.
function originOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

function cleanPath(url: URL): string {
  return url.pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
}

function invalidUrl(problem: string): SettlementError {
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `The exchange URL cannot be used: ${problem}. Check \`exchangeUrl\` or A2A_EXCHANGE_URL.`,
  });
}
