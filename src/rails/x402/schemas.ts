import * as z from 'zod/v4';

export { findAsset } from './assets';
export { toNetwork, toNetworkName } from './networks';

/** The URIs of the a2a-x402 extension: version 0.2 and version 0.1. */
export const X402_EXTENSION_URIS = [
  'https://github.com/google-agentic-commerce/a2a-x402/blob/main/spec/v0.2',
  'https://github.com/google-a2a/a2a-x402/v0.1',
] as const;

/** The keys of the extension in the metadata of messages and tasks. */
export const X402_METADATA = {
  status: 'x402.payment.status',
  required: 'x402.payment.required',
  payload: 'x402.payment.payload',
  receipts: 'x402.payment.receipts',
  error: 'x402.payment.error',
  /** Not part of the extension: the payer, for sellers that require the payer's consent to a capture. */
  payer: 'x402.payment.payer',
} as const;

/** The HTTP header of a payment, by the version of x402. */
export const X402_PAYMENT_HEADERS = { 1: 'x-payment', 2: 'payment-signature' } as const;

/** At most a uint256, in the smallest unit of an asset. */
const atomicAmount = z.string().regex(/^\d{1,78}$/);
const seconds = z.int().positive();
const json = z.record(z.string(), z.json());

const common = {
  scheme: z.string(),
  network: z.string(),
  asset: z.string(),
  payTo: z.string(),
  maxTimeoutSeconds: seconds,
  extra: json.nullish().transform((extra) => extra ?? {}),
};

/** One offer of an agent. */
const requirementsV2 = z.object({ ...common, amount: atomicAmount });

const requirementsV1 = z
  .object({ ...common, maxAmountRequired: atomicAmount })
  .transform(({ maxAmountRequired, ...rest }) => ({ ...rest, amount: maxAmountRequired }));

export type X402Requirements = z.output<typeof requirementsV2>;

/**
 * The payment request of an agent. Its offers are untrusted, and parsed one by one: each may belong to another
 * system.
 */
export const paymentRequiredSchema = z
  .object({
    x402Version: z.union([z.literal(1), z.literal(2)]),
    accepts: z.array(json).max(100),
  })
  .catchall(z.json());

/** Undefined for a value that is not an x402 offer, for example Nevermined's, which has no amount. */
export function readRequirements(offer: unknown, version: 1 | 2): X402Requirements | undefined {
  return (version === 1 ? requirementsV1 : requirementsV2).safeParse(offer).data;
}

/** A facilitator's report of a settlement, as forwarded by the agent. */
export const settlementReceiptSchema = z.looseObject({
  success: z.boolean(),
  transaction: z.string().max(200).nullish(),
  network: z.string().nullish(),
  payer: z.string().nullish(),
  amount: atomicAmount.nullish().catch(undefined),
});

export const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/);
export const bytes32 = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
const integer = z.union([z.string().regex(/^\d{1,78}$/), z.int().nonnegative().transform(String)]);

/** The signed payload of `exact` and `auth-capture` for a token with EIP-3009. */
export const eip3009PayloadSchema = z.looseObject({
  authorization: z.looseObject({
    from: address,
    to: address,
    value: integer,
    validBefore: integer,
    nonce: bytes32,
  }),
});

/** The signed payload of `exact` and `upto` for any other token, with Permit2. */
export const permit2PayloadSchema = z.looseObject({
  permit2Authorization: z.looseObject({
    from: address,
    permitted: z.looseObject({ token: address, amount: integer }),
    spender: address,
    nonce: integer,
    deadline: integer,
    witness: z.looseObject({ to: address }),
  }),
});

export function isSameAddress(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
