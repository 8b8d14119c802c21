import { A2A_VERSION_HEADER, AgentCard, type AgentCardSignature } from '@a2a-js/sdk';
import {
  type AgentExecutor,
  DefaultRequestHandler,
  InMemoryTaskStore,
  ServerCallContext,
} from '@a2a-js/sdk/server';
import { LegacyRestTransportHandler, toLegacyHTTPError } from '@a2a-js/sdk/compat/v0_3/server';
import { restStatusFor } from '@a2a-js/sdk/errors';
import { toHex } from '../internal/to-hex';
import { requestedVersion } from './call-context';

/**
 * Answers a request for the agent card in the shape that the request's `A2A-Version` selects: 1.0 if
 * requested, or if the agent supports no other version; otherwise the 0.3 shape with the 1.0 interfaces
 * added, as the official SDK does. A request whose `If-None-Match` matches the card's ETag gets 304.
 *
 * The 0.3 shape has no signature, because the signature covers the 1.0 shape.
 *
 * @throws whatever `sign` throws.
 */
export async function agentCardResponse(
  request: Request,
  {
    card,
    maxAgeSeconds,
    modifiedAt,
    sign,
  }: {
    card: AgentCard;
    maxAgeSeconds: number;
    /** Sent but not compared: it differs between machines. The ETag is compared instead. */
    modifiedAt: Date;
    sign?: (() => Promise<AgentCardSignature[]>) | undefined;
  },
): Promise<Response> {
  const version = requestedVersion(request);
  const isLegacy = version === undefined ? speaksLegacy(card) : isLegacyVersion(version);
  const signatures = (isLegacy ? undefined : await sign?.()) ?? card.signatures;
  let body: string;
  try {
    body = JSON.stringify(
      isLegacy ? await toLegacyCard(card) : AgentCard.toJSON({ ...card, signatures }),
    );
  } catch (error) {
    // The card has no 0.3 interface.
    const headers = { vary: A2A_VERSION_HEADER, 'cache-control': 'no-cache' };
    return Response.json(toLegacyHTTPError(error), { status: restStatusFor(error), headers });
  }

  const etag = await tagOf(body);
  const headers = {
    etag,
    'last-modified': modifiedAt.toUTCString(),
    vary: A2A_VERSION_HEADER,
    'cache-control': maxAgeSeconds > 0 ? `public, max-age=${maxAgeSeconds}` : 'no-cache',
  };
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim());
  return known.some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`)
    ? new Response(null, { status: 304, headers })
    : new Response(body, { headers: { ...headers, 'content-type': 'application/json' } });
}

async function tagOf(body: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body));
  return `"${toHex(new Uint8Array(digest, 0, 16))}"`;
}

/**
 * The SDK exports its card translation only through the 0.3 method that returns the extended card. A handler
 * whose extended card is the public card returns the translated card.
 */
async function toLegacyCard(card: AgentCard): Promise<Record<string, unknown>> {
  const translator = new LegacyRestTransportHandler(
    new DefaultRequestHandler(
      { ...card, capabilities: { extensions: [], extendedAgentCard: true } },
      new InMemoryTaskStore(),
      idleExecutor,
      undefined,
      undefined,
      undefined,
      async () => card,
    ),
  );
  const legacyCard = await translator.getAuthenticatedExtendedAgentCard(new ServerCallContext());
  return { ...legacyCard, supportedInterfaces: card.supportedInterfaces };
}

/** A client that names no version either uses 0.3 or does not know yet which versions the agent supports. */
function speaksLegacy({ supportedInterfaces }: AgentCard): boolean {
  return supportedInterfaces.some(({ protocolVersion }) => isLegacyVersion(protocolVersion));
}

/** Any version from 0.3 up to 1.0. */
function isLegacyVersion(version: string): boolean {
  return /^0\.([3-9]|\d{2,})(\.|$)/.test(version);
}

const idleExecutor: AgentExecutor = {
  execute: async () => {},
  cancelTask: async () => {},
};
