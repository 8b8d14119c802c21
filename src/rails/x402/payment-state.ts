import * as z from 'zod/v4';
import { type Hold, SettlementError } from '../rail';
import { escrowNotesSchema } from './escrow-notes';

/**
 * What is kept of a payment: enough to find it on its chain, and to cancel it. No signature, so that
 * nobody who reads a journal can pay with it.
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
  /** Seconds since 1970, by the clock of who signed it. */
  signedAt: z.int().nonnegative().optional(),
  /** Of the chain's head when it was signed: nothing of it happened before. */
  block: z.string().optional(),
  /** Of the token's EIP-712 domain, for a cancellation. */
  domain: z.object({ name: z.string(), version: z.string() }).optional(),
  /** Of `auth-capture`. */
  escrow: escrowNotesSchema.optional(),
});

export type PaymentState = z.output<typeof paymentStateSchema>;

/** Undefined for the notes of another rail, or of a version of this package that kept others. */
export function readPaymentState(state: Hold['state']): PaymentState | undefined {
  return paymentStateSchema.safeParse(state).data;
}

/** @throws SettlementError where there are none. */
export function stateOf({ escrowId, state }: Pick<Hold, 'escrowId' | 'state'>): PaymentState {
  const read = readPaymentState(state);
  if (read !== undefined) return read;
  throw new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `Nothing is known of payment ${escrowId}: its notes are missing, or of another version.`,
    escrowId,
  });
}
