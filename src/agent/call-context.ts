import { A2A_VERSION_HEADER, Extensions, HTTP_EXTENSION_HEADER } from '@a2a-js/sdk';
import { LEGACY_HTTP_EXTENSION_HEADER } from '@a2a-js/sdk/compat/v0_3';
import {
  defaultServerCallContextBuilder,
  type ServerCallContext,
  type User,
} from '@a2a-js/sdk/server';
import { X402_EXTENSION_URIS, X402_PAYMENT_HEADERS } from '../rails/x402/schemas';

/** The call context of the SDK's handlers: user, protocol version, extensions, headers. */
export function createCallContext(request: Request, user: User): ServerCallContext {
  const version = requestedVersion(request);
  return defaultServerCallContextBuilder({
    user,
    headers: Object.fromEntries(request.headers),
    extensions: Extensions.parseServiceParameter(requestedExtensions(request)),
    ...(version !== undefined && { requestedVersion: version }),
  });
}

/**
 * The protocol version that a request names in a header or in its query, or undefined. The patch version is
 * ignored (A2A 1.0, section 3.6): 1.0.1 is 1.0.
 */
export function requestedVersion({ headers, url }: Request): string | undefined {
  const named =
    headers.get(A2A_VERSION_HEADER) || new URL(url).searchParams.get(A2A_VERSION_HEADER) || '';
  const version = named.trim();
  const numbers = version.split('.');
  const isPatched = numbers.length === 3 && numbers.every((number) => /^\d+$/.test(number));
  return (isPatched ? numbers.slice(0, 2).join('.') : version) || undefined;
}

/** The response header that names the activated extensions, in the spelling of the request. */
export function extensionHeaders(
  context: ServerCallContext,
  { legacy }: { legacy: boolean },
): Record<string, string> {
  if (context.activatedExtensions === undefined) {
    return {};
  }
  const name = legacy ? LEGACY_HTTP_EXTENSION_HEADER : HTTP_EXTENSION_HEADER;
  return { [name]: Extensions.toServiceParameter(context.activatedExtensions) };
}

function requestedExtensions({ headers }: Request): string {
  const named = [HTTP_EXTENSION_HEADER, LEGACY_HTTP_EXTENSION_HEADER].flatMap(
    (name) => headers.get(name) ?? [],
  );
  // Clients of plain x402 name no extension, but follow it.
  const isPaid = headers.has(X402_PAYMENT_HEADERS[2]) || headers.has(X402_PAYMENT_HEADERS[1]);
  const uris = named.flatMap((value) => value.split(',')).map((uri) => uri.trim());
  // Both versions are supported, so a client that names one activates both.
  const knows = isPaid || X402_EXTENSION_URIS.some((uri) => uris.includes(uri));
  return [...new Set([...uris, ...(knows ? X402_EXTENSION_URIS : [])])].join(',');
}
