import type { AgentCard } from '@a2a-js/sdk';
import * as z from 'zod/v4';
import { onDemand } from '../../internal/on-demand';
import { fromOlderAgentCard } from './older-agent-card';
import { readCardSecurity, type CardSecurity } from './read-card-security';

/** A card in the form that this provider uses, and as published. */
export interface PublishedCard {
  /** In the shape of protocol 1.0. */
  card: AgentCard;
  security: CardSecurity;
  json: Record<string, unknown>;
}

/** Well above the size of any real card. */
export const maxCardBytes = 1024 * 1024;

/**
 * Converts a published card to the 1.0 shape.
 *
 * @throws if it is not a card.
 */
export async function parseAgentCard(json: unknown): Promise<PublishedCard> {
  const published = publishedCard.parse(json);
  const given = Object.fromEntries(Object.entries(published).filter(([, value]) => value !== null));
  const isOlder = !('supportedInterfaces' in published);
  // Loaded on demand: calls with a cached card do not need it.
  const { AgentCard } = await loadCodec();
  return {
    card: AgentCard.fromJSON({ ...leftOut, ...(isOlder ? fromOlderAgentCard(given) : given) }),
    security: readCardSecurity(published),
    json: published,
  };
}

const loadCodec = /* @__PURE__ */ onDemand('agent cards', () => import('@a2a-js/sdk'));

/** The fields of both card shapes that this provider uses. */
const publishedCard = z.union([
  z.looseObject({
    supportedInterfaces: z
      .array(
        z.looseObject({
          url: z.string(),
          protocolBinding: z
            .string()
            .nullish()
            .transform((binding) => binding || 'JSONRPC'),
        }),
      )
      .min(1),
  }),
  z.looseObject({ url: z.string() }),
]);

/** Fields that the schema requires, that agents omit, and that are not used here. */
const leftOut = { capabilities: {}, defaultInputModes: [], defaultOutputModes: [], skills: [] };
