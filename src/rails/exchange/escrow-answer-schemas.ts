import * as z from 'zod/v4';
import { optional, timestampSchema, tokens } from './read-tolerantly';

// Answers of the exchange, turned into camelCase. Reading is tolerant: null is absent, unknown
// fields and unknown statuses pass.

export const balanceSchema = z
  .object({
    account_id: z.string(),
    bot_name: optional(z.string()),
    reputation: optional(z.number()),
    account_status: optional(z.string()),
    available: tokens,
    held_in_escrow: tokens,
    total_earned: tokens,
    total_spent: tokens,
  })
  .transform((wire) => ({
    accountId: wire.account_id,
    botName: wire.bot_name,
    reputation: wire.reputation,
    accountStatus: wire.account_status,
    available: wire.available,
    heldInEscrow: wire.held_in_escrow,
    totalEarned: wire.total_earned,
    totalSpent: wire.total_spent,
  }));

/** The answer to a new escrow. */
export const createdEscrowSchema = z
  .object({
    escrow_id: z.string().min(1),
    requester_id: optional(z.string()),
    provider_id: z.string(),
    amount: z.number(),
    fee_amount: tokens,
    total_held: optional(z.number()),
    status: z.string(),
    expires_at: timestampSchema,
    task_id: optional(z.string()),
    group_id: optional(z.string()),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    requesterId: wire.requester_id,
    providerId: wire.provider_id,
    amount: wire.amount,
    feeAmount: wire.fee_amount,
    totalHeld: wire.total_held ?? wire.amount + wire.fee_amount,
    status: wire.status,
    expiresAt: wire.expires_at,
    taskId: wire.task_id,
    groupId: wire.group_id,
  }));

/** An escrow that is looked up. Here its id is called `id` on the wire. */
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
    depends_on: optional(z.array(z.string())),
    required_attestation_level: optional(z.string()),
    delivered_content: optional(z.string()),
    delivered_at: optional(timestampSchema),
    released_amount: optional(z.number()),
    released_fee: optional(z.number()),
    holdback_amount: optional(z.number()),
    holdback_fee: optional(z.number()),
    dispute_reason: optional(z.string()),
    created_at: optional(timestampSchema),
    resolved_at: optional(timestampSchema),
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
    dependsOn: wire.depends_on ?? [],
    requiredAttestationLevel: wire.required_attestation_level,
    deliveredContent: wire.delivered_content,
    deliveredAt: wire.delivered_at,
    releasedAmount: wire.released_amount,
    releasedFee: wire.released_fee,
    holdbackAmount: wire.holdback_amount,
    holdbackFee: wire.holdback_fee,
    disputeReason: wire.dispute_reason,
    createdAt: wire.created_at,
    resolvedAt: wire.resolved_at,
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

/** The status is `refunded`, or `released` when only a holdback came back. */
export const refundSchema = z
  .object({
    escrow_id: z.string(),
    status: z.string(),
    // Required: a replayed release answer does not have it, and must not pass for a refund.
    amount_returned: z.number(),
    requester_id: optional(z.string()),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    status: wire.status,
    amountReturned: wire.amount_returned,
    requesterId: wire.requester_id,
  }));

export const disputeSchema = z
  .object({
    escrow_id: z.string(),
    status: z.string(),
    stake_amount: tokens,
    evidence_window_closes_at: optional(timestampSchema),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    status: wire.status,
    stakeAmount: wire.stake_amount,
    evidenceWindowClosesAt: wire.evidence_window_closes_at,
  }));

export type Balance = z.output<typeof balanceSchema>;
export type CreatedEscrow = z.output<typeof createdEscrowSchema>;
export type Escrow = z.output<typeof escrowSchema>;
export type EscrowList = z.output<typeof escrowListSchema>;
export type Release = z.output<typeof releaseSchema>;
export type PartialRelease = z.output<typeof partialReleaseSchema>;
export type Refund = z.output<typeof refundSchema>;
export type Dispute = z.output<typeof disputeSchema>;
