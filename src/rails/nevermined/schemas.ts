import * as z from 'zod/v4';

// What other folders may know of Nevermined's wire: they import this file only.
export { type AccessToken, encodeAccessToken, readAccessToken, toBase64Url } from './access-token';
export type { NeverminedConnectionOptions } from './nevermined-options';
export { createNeverminedRequest } from './nevermined-request';
export { loadNeverminedSettings } from './nevermined-settings';

/** The payment extension's URI, in agent cards. */
export const NEVERMINED_EXTENSION_URI = 'urn:nevermined:payment';

/** Both URIs of a2a-x402, which Nevermined's agents name beside their own. */
export const X402_EXTENSION_URIS = [
  'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
  'https://github.com/google-a2a/a2a-x402/v0.1',
] as const;

/** The header that carries an access token. */
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

/** The extension of a card. What makes no sense in it is dropped, so that the rest is read. */
export const paymentExtensionSchema = z.object({
  uri: z.literal(NEVERMINED_EXTENSION_URI),
  required: z.boolean().catch(false),
  params: z.object({
    paymentType: optional(z.string()),
    /** For one call, as the agent says. */
    credits: optional(z.number().int().min(0)),
    agentId: optional(z.string().trim().min(1).max(200)),
    planId: optional(planIdSchema),
    planIds: optional(z.array(planIdSchema)),
  }),
});

/** The extension of a2a-x402, which says neither who is paid nor how much. */
export const x402ExtensionSchema = z.object({
  uri: z.enum(X402_EXTENSION_URIS),
  required: z.boolean().catch(false),
});

/** As much of an agent card, 0.3 or 1.0, as the extension needs. */
export const extendedAgentCardSchema = z.object({
  skills: z.array(z.object({ id: z.string() }).catch({ id: '' })).catch([]),
  capabilities: z.object({ extensions: z.array(z.unknown()) }),
});

/** What an agent asks for: the entries of Nevermined's own schemes, which name a plan and no amount. */
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
