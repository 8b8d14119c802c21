import * as z from 'zod/v4';
import type { Escrow, Transaction } from './ledger-types';

const tokens = z.int().min(0);
/** Dates are texts after JSON. */
const date = z.coerce.date();
const text = z.string();
const optionalText = text.nullable();
const record = z.record(text, z.unknown()).nullable();

const escrowSchema: z.ZodType<Escrow> = z.object({
  id: text,
  requesterId: text,
  providerId: text,
  amount: tokens,
  fee: tokens,
  taskId: optionalText,
  taskType: optionalText,
  groupId: optionalText,
  dependsOn: z.array(text).nullable(),
  deliverables: z
    .array(
      z.object({
        description: text,
        artifact_hash: optionalText,
        acceptance_criteria: optionalText,
      }),
    )
    .nullable(),
  requiredAttestationLevel: z.enum(['self_declared', 'signed', 'verifiable']).nullable(),
  credentialChain: record,
  createdAt: date,
  expiresAt: date,
  status: z.enum([
    'held',
    'partially_released',
    'evidence_pending',
    'released',
    'refunded',
    'expired',
  ]),
  resolvedAt: date.nullable(),
  delivery: z
    .object({ content: text, provenance: record, provenanceResult: record, deliveredAt: date })
    .nullable(),
  dispute: z
    .object({
      reason: text,
      filedBy: text,
      stake: tokens,
      stakeStatus: z.enum(['held', 'returned']),
      windowClosesAt: date,
    })
    .nullable(),
  partial: z
    .object({
      releasedAmount: tokens,
      releasedFee: tokens,
      holdbackAmount: tokens,
      holdbackFee: tokens,
      score: z.number().nullable(),
      efficacyCheckAt: date.nullable(),
      efficacyCriteria: optionalText,
    })
    .nullable(),
});

const transactionSchema: z.ZodType<Transaction> = z.object({
  id: text,
  escrowId: optionalText,
  from: optionalText,
  to: optionalText,
  amount: tokens,
  type: text,
  description: text,
  createdAt: date,
});

/** What a ledger consists of. */
const ledgerStateSchema = z.object({
  treasury: tokens,
  minted: tokens,
  accounts: z.array(
    z.object({
      id: text,
      botName: text,
      developerId: text,
      developerName: text,
      contactEmail: text,
      description: optionalText,
      skills: z.array(text),
      dailySpendLimit: tokens.nullable(),
      createdAt: date,
      available: tokens,
      held: tokens,
      earned: tokens,
      spent: tokens,
      reputation: z.number(),
      frozenUntil: date.nullable(),
      /** Ids, oldest first. */
      transactions: z.array(text),
    }),
  ),
  /** Oldest first. */
  escrows: z.array(escrowSchema),
  /** The ids of escrows with a deadline. */
  open: z.array(text),
  transactions: z.array(transactionSchema),
});

export type LedgerState = z.output<typeof ledgerStateSchema>;

/** A ledger and the API keys of its accounts: as secret as the keys. */
export const exchangeStateSchema = z.object({
  version: z.literal(1),
  ledger: ledgerStateSchema,
  /** Account ids by API key. */
  keys: z.record(text, text),
});

/** The state of an embedded exchange, also after JSON. Contains the accounts' API keys. */
export type ExchangeState = z.output<typeof exchangeStateSchema>;
