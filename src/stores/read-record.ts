import * as z from 'zod/v4';
import { parseStored } from '../internal/parse-stored';
import type { SettlementRecord } from '../settlement/state/settlement-record';
import { isAmount } from '../internal/is-amount';

let created: ReturnType<typeof createSchema> | undefined;

// Created on demand, so that importing another store does not pay for it.
function createSchema() {
  const time = z.iso.datetime();
  const amount = z.string().refine((text) => isAmount(text));
  return z.object({
    hold: z.string(),
    event: z.enum([
      'held',
      'released',
      'refunded',
      'kept',
      'taken',
      'overcharged',
      'disputed',
      'pending',
      'unresolved',
    ]),
    status: z.enum([
      'released',
      'partially-released',
      'refunded',
      'kept',
      'pending',
      'taken',
      'disputed',
      'late',
      'unknown',
      'unsettled',
    ]),
    at: time,
    heldAt: time,
    durationMs: z.number().optional(),
    agent: z.string().optional(),
    rail: z.string(),
    taskId: z.string(),
    escrowId: z.string(),
    payee: z.string(),
    exchangeUrl: z.string(),
    currency: z.string(),
    decimals: z.number(),
    amount,
    fee: amount,
    captured: amount.optional(),
    returned: amount.optional(),
    stake: amount.optional(),
    expiresAt: time,
    reason: z.string().optional(),
    error: z.string().optional(),
    proof: z
      .array(
        z.object({
          transaction: z.string(),
          network: z.string(),
          confirmedBy: z.enum(['ledger', 'agent']),
        }),
      )
      .optional(),
    labels: z.record(z.string(), z.string()).optional(),
  }) satisfies z.ZodType<SettlementRecord>;
}

/** Parses a stored record. Undefined if it is invalid. */
export function readRecord(value: unknown): SettlementRecord | undefined {
  created ??= createSchema();
  return created.safeParse(parseStored(value)).data;
}
