import * as z from 'zod/v4';

// The bodies as they go over the wire. What we write is strict: every limit of the exchange that it
// would answer with an error, or with a broken transaction, is checked here first.

/** Whole tokens that one escrow can hold (a2a-se 1.7). */
const MIN_ESCROW_AMOUNT = 1;
export const MAX_ESCROW_AMOUNT = 10_000;

/** Ids are UUIDs; others pass that fit into the exchange's columns and into a path. */
const idSchema = z.string().regex(/^[\w.:~-]{1,36}$/, 'not an id of an exchange');

/** An id that becomes part of a path. */
export const pathIdSchema = z.object({ id: idSchema });

export const escrowRequestSchema = z.object({
  provider_id: idSchema,
  amount: z.int().min(MIN_ESCROW_AMOUNT).max(MAX_ESCROW_AMOUNT),
  task_id: z.string().min(1).max(255).optional(),
  task_type: z.string().max(100).optional(),
  // The exchange itself has no maximum and breaks on absurd ones: one year is ours.
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
