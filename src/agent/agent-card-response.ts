import { A2A_VERSION_HEADER, AgentCard } from '@a2a-js/sdk';
import {
  type AgentExecutor,
  DefaultRequestHandler,
  InMemoryTaskStore,
  ServerCallContext,
} from '@a2a-js/sdk/server';
import { LegacyRestTransportHandler, toLegacyHTTPError } from '@a2a-js/sdk/compat/v0_3/server';
import { restStatusFor } from '@a2a-js/sdk/errors';

/**
 * Answers a request for the agent card in the shape its `A2A-Version` header asks for: 1.0 when it
 * says so, else the 0.3 shape with the 1.0 interfaces added, as the official SDK does.
 */
export async function agentCardResponse(request: Request, card: AgentCard): Promise<Response> {
  const headers = { vary: A2A_VERSION_HEADER, 'cache-control': 'no-cache' };
  if (!isLegacyVersion(request.headers.get(A2A_VERSION_HEADER))) {
    return Response.json(AgentCard.toJSON(card), { headers });
  }
  try {
    return Response.json(await toLegacyCard(card), { headers });
  } catch (error) {
    // The card names no 0.3 interface.
    return Response.json(toLegacyHTTPError(error), { status: restStatusFor(error), headers });
  }
}

/**
 * The SDK keeps its card translation to itself, except behind the 0.3 method that reads the
 * extended card. So a handler whose extended card is the public one gives the translated card.
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

/** Absent, empty, or any version from 0.3 up to 1.0. */
function isLegacyVersion(version: string | null): boolean {
  return (
    version === null || version.trim() === '' || /^0\.([3-9]|\d{2,})(\.|$)/.test(version.trim())
  );
}

const idleExecutor: AgentExecutor = {
  execute: async () => {},
  cancelTask: async () => {},
};
