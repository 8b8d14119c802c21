import { InvalidArgumentError } from '@ai-sdk/provider';
import { canonicalHost, isPublicAddress } from './is-public-address';

export interface AddressPolicyOptions {
  /**
   * Origins that are always allowed, for example `http://localhost:3000`. For development, tests, and your
   * own services. Default: none.
   */
  trustedOrigins?: string[] | undefined;
  /**
   * Hosts that are allowed on any port, with http and https, for example `localhost`. For development and
   * tests. Default: none.
   */
  trustedHosts?: string[] | undefined;
  /**
   * Resolves a host name, if the runtime can: all returned IP addresses must be public. Timeout: 5 seconds.
   * Default: only the spelling of the name is checked.
   */
  resolve?: ((hostname: string) => Promise<string[]>) | undefined;
}

export type AddressVerdict =
  | { allowed: true; url: URL }
  | {
      allowed: false;
      /** Safe to send to the client that supplied the address: it reveals nothing about DNS results. */
      reason: string;
    };

/**
 * Decides whether a URL from an untrusted source may be requested: https on port 443 of a public host,
 * without user name and password. Addresses and names of private networks are refused in every spelling.
 *
 * The returned function never throws. Request the URL that it returns, and do not follow redirects.
 *
 * @throws InvalidArgumentError for an invalid trusted origin or host.
 *
 * @example
 * ```ts
 * import { createAddressPolicy } from 'ai-sdk-a2a-settlement/agent';
 *
 * const judge = createAddressPolicy({ trustedOrigins: ['http://localhost:3000'] });
 * const verdict = await judge('https://10.0.0.1/');
 * if (!verdict.allowed) console.log(verdict.reason);
 * ```
 */
export function createAddressPolicy({
  trustedOrigins = [],
  trustedHosts = [],
  resolve,
}: AddressPolicyOptions = {}): (address: string) => Promise<AddressVerdict> {
  const origins = new Set(trustedOrigins.map(trustedOrigin));
  const hosts = new Set(trustedHosts.map(trustedHost));

  return async (address) => {
    if (address.length > maxLength || !URL.canParse(address)) {
      return refuse('It must be a URL of at most 2048 characters.');
    }
    const url = new URL(address);
    if (url.username !== '' || url.password !== '') {
      return refuse('It must not contain a user name or a password.');
    }
    const host = canonicalHost(url.hostname);
    const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
    if (isHttp && (origins.has(url.origin) || (host !== undefined && hosts.has(host)))) {
      return { allowed: true, url };
    }
    if (url.protocol !== 'https:' || url.port !== '') {
      return refuse('It must be https, on port 443.');
    }
    return host !== undefined && (await isPublicHost(host, resolve))
      ? { allowed: true, url }
      : refuse('It must be on a host of the public internet.');
  };
}

const maxLength = 2048;
const lookUpMs = 5000;

async function isPublicHost(
  host: string,
  resolve: AddressPolicyOptions['resolve'],
): Promise<boolean> {
  if (host.startsWith('[') || /^[\d.]+$/.test(host)) {
    return isPublicAddress(host);
  }
  const labels = host.split('.');
  if (labels.length < 2 || insideNames.has(labels.at(-1) ?? '')) {
    return false;
  }
  if (resolve === undefined) {
    return true;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const late = new Promise<string[]>((done) => {
      timer = setTimeout(() => done([]), lookUpMs);
    });
    const addresses = await Promise.race([resolve(host), late]);
    return addresses.length > 0 && addresses.every(isPublicAddress);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** Top-level labels that are used only by private hosts. */
const insideNames = new Set([
  'alt',
  'arpa',
  'corp',
  'example',
  'home',
  'internal',
  'intranet',
  'invalid',
  'lan',
  'local',
  'localdomain',
  'localhost',
  'onion',
  'private',
  'svc',
  'test',
]);

function refuse(reason: string): AddressVerdict {
  return { allowed: false, reason };
}

function trustedOrigin(origin: string): string {
  if (!/^https?:\/\//i.test(origin) || !URL.canParse(origin)) {
    throw new InvalidArgumentError({
      argument: 'trustedOrigins',
      message: `trustedOrigins: ${JSON.stringify(origin)} is not an origin such as "http://localhost:3000".`,
    });
  }
  return new URL(origin).origin;
}

function trustedHost(host: string): string {
  const canonical = canonicalHost(host);
  if (canonical === undefined) {
    throw new InvalidArgumentError({
      argument: 'trustedHosts',
      message: `trustedHosts: ${JSON.stringify(host)} is not a host such as "localhost".`,
    });
  }
  return canonical;
}
