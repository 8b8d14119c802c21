import * as z from 'zod/v4';
import type { PriceProposal } from '../rail';
import { optional, timestampSchema } from './read-tolerantly';

// The definitions of the exchange's protocol that other folders may use: they import this file only.
export { createEscrowCalls } from './escrow-calls';
export * from './escrow-schemas';
export { createExchangeRequest } from './exchange-request';
export { canonicalExchangeUrl, exchangeBaseUrl } from './exchange-url';
export { timestampSchema } from './read-tolerantly';

/** The settlement extension's URI, in agent cards and in `Message.extensions`. */
export const SETTLEMENT_EXTENSION_URI = 'https://a2a-settlement.org/extensions/settlement/v1';

/** The key of the settlement block in `Message.metadata`. */
export const SETTLEMENT_METADATA_KEY = 'a2a-se';

/** The `rail` of this rail's holds. */
export const RAIL_NAME = 'a2a-se';

/**
 * The settlement block of a message (a2a-se 3.2). It is untrusted: only `escrowId` is needed, other invalid
 * fields are dropped, and nothing in it counts until the exchange has confirmed it.
 */
const settlementMetadataSchema = z.object({
  escrowId: z.string().min(1),
  amount: optional(z.number()).catch(undefined),
  feeAmount: optional(z.number()).catch(undefined),
  exchangeUrl: optional(z.string()).catch(undefined),
  expiresAt: optional(timestampSchema).catch(undefined),
});

export type SettlementMetadata = z.output<typeof settlementMetadataSchema>;

/** Reads the settlement block of a message's metadata, under `a2a-se` or else `a2a-se.escrow`. */
export function readSettlementMetadata(metadata: unknown): SettlementMetadata | undefined {
  const blocks = messageMetadataSchema.safeParse(metadata);
  return blocks.success
    ? (blocks.data[SETTLEMENT_METADATA_KEY] ?? blocks.data[`${SETTLEMENT_METADATA_KEY}.escrow`])
    : undefined;
}

const messageMetadataSchema = z.object({
  [SETTLEMENT_METADATA_KEY]: optional(settlementMetadataSchema).catch(undefined),
  [`${SETTLEMENT_METADATA_KEY}.escrow`]: optional(settlementMetadataSchema).catch(undefined),
});

/** The tokens that an agent reports as used, in the settlement block of its answer's metadata. */
export function readReportedUse(metadata: unknown): number | undefined {
  return reportedUseSchema.safeParse(metadata).data?.[SETTLEMENT_METADATA_KEY]?.creditsUsed;
}

const reportedUseSchema = z.object({
  [SETTLEMENT_METADATA_KEY]: optional(
    z.object({ creditsUsed: optional(z.number()).catch(undefined) }),
  ).catch(undefined),
});

/**
 * The price an agent asks for (a2a-se, Negotiation), in the settlement block of its answer's metadata: its
 * agreed price, else its proposed price, else its counter-offer.
 */
export function readProposal(metadata: unknown): PriceProposal | undefined {
  const block = proposalSchema.safeParse(metadata).data?.[SETTLEMENT_METADATA_KEY];
  const price = block?.agreedPrice ?? block?.proposedPrice ?? block?.counterPrice;
  if (price == null) return undefined;
  return { price: typeof price === 'number' ? price : Number.NaN, currency: block?.currency };
}

const proposalSchema = z.object({
  [SETTLEMENT_METADATA_KEY]: optional(
    z.object({
      agreedPrice: z.unknown().optional(),
      proposedPrice: z.unknown().optional(),
      counterPrice: z.unknown().optional(),
      currency: optional(z.string()).catch(undefined),
    }),
  ).catch(undefined),
});

const unknownRecord = z.record(z.string(), z.unknown());

/**
 * The extension's `params` in all three published shapes (a2a-se 3.1). A field of the wrong type is dropped, so
 * that one invalid field of a card does not hide the valid ones.
 */
const settlementExtensionParamsSchema = z.object({
  exchangeUrls: optional(z.array(z.string())).catch(undefined),
  preferredExchange: optional(z.string()).catch(undefined),
  exchangeUrl: optional(z.string()).catch(undefined),
  accountIds: optional(unknownRecord).catch(undefined),
  accountId: optional(z.string()).catch(undefined),
  /** By skill id, or `{ model, currency, skills }`. */
  pricing: optional(unknownRecord).catch(undefined),
  currency: optional(z.string()).catch(undefined),
});

export type SettlementExtensionParams = z.output<typeof settlementExtensionParamsSchema>;

/** One price of a card: an object per skill, or a bare number of tokens. */
export const skillPriceSchema = z.union([
  z.number().transform((baseTokens) => ({
    baseTokens,
    model: undefined,
    unitSize: undefined,
    currency: undefined,
  })),
  z.object({
    baseTokens: optional(z.number()).catch(undefined),
    model: optional(z.string()).catch(undefined),
    unitSize: optional(z.number().positive()).catch(undefined),
    currency: optional(z.string()).catch(undefined),
  }),
]);

export const settlementExtensionSchema = z.object({
  uri: z.literal(SETTLEMENT_EXTENSION_URI),
  required: z.boolean().catch(false),
  params: optional(settlementExtensionParamsSchema).catch(undefined),
});

/** The fields of an agent card, 0.3 or 1.0, that the settlement extension needs. */
export const extendedAgentCardSchema = z.object({
  skills: z.array(z.object({ id: z.string() }).catch({ id: '' })).catch([]),
  capabilities: z.object({ extensions: z.array(z.unknown()) }),
});
