import { AgentCard } from '@a2a-js/sdk';
import * as z from 'zod/v4';
import { fromOlderAgentCard } from './older-agent-card';
import { readCardSecurity, type CardSecurity } from './read-card-security';

/** A card as this provider uses it, and as it was published. */
export interface PublishedCard {
  /** In the shape of protocol 1.0. */
  card: AgentCard;
  security: CardSecurity;
  json: Record<string, unknown>;
}

/**
 * Brings a published card into the 1.0 shape.
 *
 * @throws when it is none.
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

/** As much of both card shapes as this provider builds on. */
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

/** What the schema demands, agents leave out, and nothing here depends on. */
const leftOut = { capabilities: {}, defaultInputModes: [], defaultOutputModes: [], skills: [] };
