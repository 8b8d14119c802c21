import * as z from 'zod/v4';
import { type Hold, SettlementError } from '../rail';
import { escrowNotesSchema } from './escrow-notes';

/**
 * The stored data of a payment: enough to find it on its chain, and to cancel it. Contains no signature, so
 * that a reader of the journal cannot pay with it.
 */
const paymentStateSchema = z.object({
  version: z.union([z.literal(1), z.literal(2)]),
  via: z.enum(['message', 'http']),
  scheme: z.string(),
  network: z.string(),
  asset: z.string(),
  decimals: z.int().min(0).max(77),
  payTo: z.string(),
  /** In the smallest unit. */
  amount: z.string().regex(/^\d{1,78}$/),
  from: z.string().optional(),
  nonce: z.string(),
  method: z.enum(['eip3009', 'permit2', 'unknown']),
  /** Seconds since 1970. */
  validBefore: z.int().nonnegative(),
  /** Seconds since 1970, by the signer's clock. */
  signedAt: z.int().nonnegative().optional(),
  /** The chain's head when it was signed: the payment is in no earlier block. */
  block: z.string().optional(),
  /** Of the token's EIP-712 domain, for a cancellation. */
  domain: z.object({ name: z.string(), version: z.string() }).optional(),
  /** For `auth-capture`. */
  escrow: escrowNotesSchema.optional(),
});

export type PaymentState = z.output<typeof paymentStateSchema>;

/** Undefined for the notes of another rail, or of another version of this package. */
export function readPaymentState(state: Hold['state']): PaymentState | undefined {
  return paymentStateSchema.safeParse(state).data;
}

/** @throws SettlementError if there are none. */
export function stateOf({ escrowId, state }: Pick<Hold, 'escrowId' | 'state'>): PaymentState {
  const read = readPaymentState(state);
  if (read !== undefined) return read;
  throw new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `The stored data of payment ${escrowId} is missing, or from another version.`,
    escrowId,
  });
}
