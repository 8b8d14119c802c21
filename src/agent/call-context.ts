import { A2A_VERSION_HEADER, Extensions, HTTP_EXTENSION_HEADER } from '@a2a-js/sdk';
import { LEGACY_HTTP_EXTENSION_HEADER } from '@a2a-js/sdk/compat/v0_3';
import {
  defaultServerCallContextBuilder,
  type ServerCallContext,
  type User,
} from '@a2a-js/sdk/server';
import { X402_EXTENSION_URIS, X402_PAYMENT_HEADERS } from '../rails/x402/schemas';

/** What the SDK's handlers know of a request: user, protocol version, extensions, headers. */
export function createCallContext(request: Request, user: User): ServerCallContext {
  const requestedVersion = request.headers.get(A2A_VERSION_HEADER);
  return defaultServerCallContextBuilder({
    user,
    headers: Object.fromEntries(request.headers),
    extensions: Extensions.parseServiceParameter(requestedExtensions(request)),
    ...(requestedVersion !== null && { requestedVersion }),
  });
}

/** The response header that names the extensions the agent has used, in the caller's spelling. */
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
  // Clients of plain x402 name no extension, and do what it asks for.
  const isPaid = headers.has(X402_PAYMENT_HEADERS[2]) || headers.has(X402_PAYMENT_HEADERS[1]);
  const uris = named.flatMap((value) => value.split(',')).map((uri) => uri.trim());
  // Each version of the extension is answered in its own words: who knows one knows enough.
  const knows = isPaid || X402_EXTENSION_URIS.some((uri) => uris.includes(uri));
  return [...new Set([...uris, ...(knows ? X402_EXTENSION_URIS : [])])].join(',');
}
