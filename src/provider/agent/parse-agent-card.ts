import { AgentCard } from '@a2a-js/sdk';
import * as z from 'zod/v4';
import { fromOlderAgentCard } from './older-agent-card';
import { readCardSecurity, type CardSecurity } from './read-card-security';

/** A card in the form that this provider uses, and as published. */
export interface PublishedCard {
  /** In the shape of protocol 1.0. */
  card: AgentCard;
  security: CardSecurity;
  json: Record<string, unknown>;
}

/**
 * Converts a published card to the 1.0 shape.
 *
 * @throws if it is not a card.
 */
export function parseAgentCard(json: unknown): PublishedCard {
  const published = publishedCard.parse(json);
  const given = Object.fromEntries(Object.entries(published).filter(([, value]) => value !== null));
  const isOlder = !('supportedInterfaces' in published);
  return {
    card: AgentCard.fromJSON({ ...leftOut, ...(isOlder ? fromOlderAgentCard(given) : given) }),
    security: readCardSecurity(published),
    json: published,
  };
}

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
