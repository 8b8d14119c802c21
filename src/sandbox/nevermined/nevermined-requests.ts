import * as z from 'zod/v4';

// The requests of clients. Unknown fields are dropped silently, as the backend does.

const absent = <SCHEMA extends z.ZodType>(schema: SCHEMA) =>
  schema.nullish().transform((value) => value ?? undefined);

const wholeNumber = z.number().int().positive();

export const delegationRequestSchema = z.object({
  provider: z.enum(['stripe', 'braintree', 'visa', 'erc4337']),
  providerPaymentMethodId: absent(z.string()),
  spendingLimitCents: wholeNumber,
  durationSecs: wholeNumber,
  currency: z.enum(['usd', 'eur', 'usdc', 'eurc']),
  planId: absent(z.string()),
  maxTransactions: absent(wholeNumber),
});

const schemeExtraSchema = z.object({
  agentId: absent(z.string()),
  httpVerb: absent(z.string()),
});

export const permissionRequestSchema = z.object({
  accepted: z.object({
    scheme: z.string(),
    network: z.string(),
    planId: z.string(),
    extra: absent(schemeExtraSchema),
  }),
  resource: absent(z.object({ url: z.string().min(1) })),
  tokenVersion: absent(z.union([z.literal(2), z.literal(3)])),
  delegationConfig: z.object({ delegationId: z.string().min(1) }),
});

export const paymentRequestSchema = z.object({
  paymentRequired: z.object({
    x402Version: z.literal(2),
    resource: z.object({ url: z.string() }),
    accepts: z
      .array(
        z.object({
          scheme: z.string(),
          network: z.string(),
          planId: z.string(),
          extra: absent(schemeExtraSchema),
        }),
      )
      .min(1),
  }),
  x402AccessToken: z.string().min(1),
  maxAmount: absent(z.string().regex(/^\d{1,30}$/)),
  agentRequestId: absent(z.string()),
});

export const mintRequestSchema = z.object({
  planId: z.string(),
  amount: z.union([z.string().regex(/^\d{1,30}$/), z.number().int().min(0)]),
  creditsReceiver: z.string().regex(/^0x[0-9a-f]{40}$/i),
});

export const checkoutRequestSchema = z.object({
  planId: z.string(),
  sessionType: z.literal('embedded'),
});

export type PaymentRequest = z.output<typeof paymentRequestSchema>;
export type PermissionRequest = z.output<typeof permissionRequestSchema>;
