import * as z from 'zod/v4';

// The part of Nevermined's wire format that other folders may use. They import only this file.
export { type AccessToken, encodeAccessToken, readAccessToken, toBase64Url } from './access-token';
export type { NeverminedConnectionOptions } from './nevermined-options';
export { createNeverminedRequest } from './nevermined-request';
export { loadNeverminedSettings } from './nevermined-settings';

/** The URI of the payment extension in agent cards. */
export const NEVERMINED_EXTENSION_URI = 'urn:nevermined:payment';

/** Both URIs of a2a-x402, which Nevermined's agents declare in addition to their own. */
export const X402_EXTENSION_URIS = [
  'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
  'https://github.com/google-a2a/a2a-x402/v0.1',
] as const;

/** The header for an access token. */
export const PAYMENT_HEADER = 'payment-signature';

/** Keys in the metadata of messages, statuses and tasks. */
export const X402_METADATA = {
  status: 'x402.payment.status',
  required: 'x402.payment.required',
  payload: 'x402.payment.payload',
  receipts: 'x402.payment.receipts',
  error: 'x402.payment.error',
  settlement: 'x402.payment.settlement',
} as const;

const optional = <SCHEMA extends z.ZodType>(schema: SCHEMA) =>
  schema
    .nullish()
    .transform((value) => value ?? undefined)
    .catch(undefined);

const planIdSchema = z.string().trim().min(1).max(200);

/** The payment extension of a card. Invalid fields are dropped, so that the rest can be used. */
export const paymentExtensionSchema = z.object({
  uri: z.literal(NEVERMINED_EXTENSION_URI),
  required: z.boolean().catch(false),
  params: z.object({
    paymentType: optional(z.string()),
    /** The price of one call, as stated by the agent. */
    credits: optional(z.number().int().min(0)),
    agentId: optional(z.string().trim().min(1).max(200)),
    planId: optional(planIdSchema),
    planIds: optional(z.array(planIdSchema)),
  }),
});

/** The a2a-x402 extension, which states neither payee nor price. */
export const x402ExtensionSchema = z.object({
  uri: z.enum(X402_EXTENSION_URIS),
  required: z.boolean().catch(false),
});

/** The fields of an agent card, 0.3 or 1.0, that the extension needs. */
export const extendedAgentCardSchema = z.object({
  skills: z.array(z.object({ id: z.string() }).catch({ id: '' })).catch([]),
  capabilities: z.object({ extensions: z.array(z.unknown()) }),
});

/** A payment request: the entries with Nevermined's own schemes, which contain a plan and no amount. */
export const paymentRequiredSchema = z.object({
  resource: optional(z.object({ url: z.string() })),
  accepts: z.array(
    z
      .object({
        scheme: z.string().startsWith('nvm:'),
        network: z.string(),
        planId: z.string().max(200),
        extra: optional(z.object({ agentId: optional(z.string().max(200)) })),
      })
      .optional()
      .catch(undefined),
  ),
});
