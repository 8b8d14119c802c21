import { A2A_VERSION_HEADER, Extensions, HTTP_EXTENSION_HEADER } from '@a2a-js/sdk';
import { LEGACY_HTTP_EXTENSION_HEADER } from '@a2a-js/sdk/compat/v0_3';
import {
  defaultServerCallContextBuilder,
  type ServerCallContext,
  type User,
} from '@a2a-js/sdk/server';

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

function requestedExtensions(request: Request): string {
  return [HTTP_EXTENSION_HEADER, LEGACY_HTTP_EXTENSION_HEADER]
    .flatMap((name) => request.headers.get(name) ?? [])
    .join(',');
}
