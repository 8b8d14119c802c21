import * as z from 'zod/v4';
import { optional, timestampSchema, tokens } from './read-tolerantly';

// The bodies of requests and responses. Requests are validated strictly: each limit that the exchange would
// answer with an error, or with a failed transaction, is checked here first.

/** The range of whole tokens in one escrow (a2a-se 1.7). */
const MIN_ESCROW_AMOUNT = 1;
export const MAX_ESCROW_AMOUNT = 10_000;

/** Ids are UUIDs; others are accepted if they fit into the exchange's columns and into a path. */
const idSchema = z.string().regex(/^[\w.:~-]{1,36}$/, 'must be an id of the exchange');

/** An id that becomes part of a path. */
export const pathIdSchema = z.object({ id: idSchema });

export const escrowRequestSchema = z.object({
  provider_id: idSchema,
  amount: z.int().min(MIN_ESCROW_AMOUNT).max(MAX_ESCROW_AMOUNT),
  task_id: z.string().min(1).max(255).optional(),
  task_type: z.string().max(100).optional(),
  // The exchange has no maximum and fails for extreme values: the limit of one year is this package's.
  ttl_minutes: z.int().min(1).max(525_600).optional(),
  group_id: idSchema.optional(),
  depends_on: z.array(idSchema).optional(),
  required_attestation_level: z.enum(['self_declared', 'signed', 'verifiable']).optional(),
});

export const releaseRequestSchema = z.object({ escrow_id: idSchema });

export const partialReleaseRequestSchema = z.object({
  escrow_id: idSchema,
  release_percent: z.int().min(1).max(99),
});

export const refundRequestSchema = z.object({
  escrow_id: idSchema,
  reason: z.string().max(255).optional(),
});

export const disputeRequestSchema = z.object({
  escrow_id: idSchema,
  reason: z.string().min(1),
  stake_amount: z.int().min(10),
});

// Responses of the exchange, converted to camelCase. Parsing is tolerant: null counts as absent, unknown fields
// and unknown statuses are accepted.

export const balanceSchema = z
  .object({
    account_id: z.string(),
    available: tokens,
    held_in_escrow: tokens,
    total_earned: tokens,
    total_spent: tokens,
  })
  .transform((wire) => ({
    accountId: wire.account_id,
    available: wire.available,
    heldInEscrow: wire.held_in_escrow,
    totalEarned: wire.total_earned,
    totalSpent: wire.total_spent,
  }));

/** The response to a new escrow. */
export const createdEscrowSchema = z
  .object({
    escrow_id: z.string().min(1),
    provider_id: z.string(),
    amount: z.number(),
    fee_amount: tokens,
    status: z.string(),
    expires_at: timestampSchema,
    task_id: optional(z.string()),
    group_id: optional(z.string()),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    providerId: wire.provider_id,
    amount: wire.amount,
    feeAmount: wire.fee_amount,
    status: wire.status,
    expiresAt: wire.expires_at,
    taskId: wire.task_id,
    groupId: wire.group_id,
  }));

/** A single escrow. In this response its id is called `id`. */
export const escrowSchema = z
  .object({
    id: z.string().min(1),
    requester_id: z.string(),
    provider_id: z.string(),
    amount: z.number(),
    fee_amount: tokens,
    status: z.string(),
    expires_at: timestampSchema,
    task_id: optional(z.string()),
    task_type: optional(z.string()),
    group_id: optional(z.string()),
    released_amount: optional(z.number()),
    released_fee: optional(z.number()),
    holdback_amount: optional(z.number()),
    holdback_fee: optional(z.number()),
  })
  .transform((wire) => ({
    escrowId: wire.id,
    requesterId: wire.requester_id,
    providerId: wire.provider_id,
    amount: wire.amount,
    feeAmount: wire.fee_amount,
    status: wire.status,
    expiresAt: wire.expires_at,
    taskId: wire.task_id,
    taskType: wire.task_type,
    groupId: wire.group_id,
    releasedAmount: wire.released_amount,
    releasedFee: wire.released_fee,
    holdbackAmount: wire.holdback_amount,
    holdbackFee: wire.holdback_fee,
  }));

/** The escrows of a list, newest first. */
export const escrowListSchema = z
  .object({ escrows: z.array(escrowSchema), total: optional(z.number()) })
  .transform(({ escrows, total }) => ({ escrows, total: total ?? escrows.length }));

export const releaseSchema = z
  .object({
    escrow_id: z.string(),
    status: z.string(),
    amount_paid: optional(z.number()),
    fee_collected: optional(z.number()),
    provider_id: optional(z.string()),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    status: wire.status,
    amountPaid: wire.amount_paid,
    feeCollected: wire.fee_collected,
    providerId: wire.provider_id,
  }));

export const partialReleaseSchema = z
  .object({
    escrow_id: z.string(),
    status: z.string(),
    released_amount: tokens,
    fee_collected: tokens,
    holdback_amount: tokens,
    holdback_fee: tokens,
    provider_id: optional(z.string()),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    status: wire.status,
    releasedAmount: wire.released_amount,
    feeCollected: wire.fee_collected,
    holdbackAmount: wire.holdback_amount,
    holdbackFee: wire.holdback_fee,
    providerId: wire.provider_id,
  }));

/** The status is `refunded`, or `released` if only a holdback was refunded. */
export const refundSchema = z
  .object({
    escrow_id: z.string(),
    status: z.string(),
    // Required: a replayed release response does not have it, and must not count as a refund.
    amount_returned: z.number(),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    status: wire.status,
    amountReturned: wire.amount_returned,
  }));

export const disputeSchema = z
  .object({
    escrow_id: z.string(),
    status: z.string(),
    stake_amount: tokens,
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    status: wire.status,
    stakeAmount: wire.stake_amount,
  }));

export type Balance = z.output<typeof balanceSchema>;
export type CreatedEscrow = z.output<typeof createdEscrowSchema>;
export type Escrow = z.output<typeof escrowSchema>;
export type EscrowList = z.output<typeof escrowListSchema>;
export type Release = z.output<typeof releaseSchema>;
export type PartialRelease = z.output<typeof partialReleaseSchema>;
export type Refund = z.output<typeof refundSchema>;
export type Dispute = z.output<typeof disputeSchema>;
