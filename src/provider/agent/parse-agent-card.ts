import type { AgentCard } from '@a2a-js/sdk';
import * as z from 'zod/v4';
import { onDemand } from '../../internal/on-demand';
import { fromOlderAgentCard } from './older-agent-card';
import { readCardSecurity, type CardSecurity } from './read-card-security';

/** A card as this provider uses it, and as it was published. */
export interface PublishedCard {
  /** In the shape of protocol 1.0. */
  card: AgentCard;
  security: CardSecurity;
  json: Record<string, unknown>;
}

/** Far more than any card needs. */
export const maxCardBytes = 1024 * 1024;

/**
 * Brings a published card into the 1.0 shape.
 *
 * @throws when it is none.
 */
export async function parseAgentCard(json: unknown): Promise<PublishedCard> {
  const published = publishedCard.parse(json);
  const given = Object.fromEntries(Object.entries(published).filter(([, value]) => value !== null));
  const isOlder = !('supportedInterfaces' in published);
  // No call needs it that has the card already.
  const { AgentCard } = await loadCodec();
  return {
    card: AgentCard.fromJSON({ ...leftOut, ...(isOlder ? fromOlderAgentCard(given) : given) }),
    security: readCardSecurity(published),
    json: published,
  };
}

const loadCodec = /* @__PURE__ */ onDemand('agent cards', () => import('@a2a-js/sdk'));

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
