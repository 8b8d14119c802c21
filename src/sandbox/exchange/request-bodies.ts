import * as z from 'zod/v4';
import { bool, datetime, float, int, literal, nonEmptyList, orNull, text } from './body-fields';
import type { EscrowTerms } from './ledger-types';

const attestationLevel = literal('self_declared', 'signed', 'verifiable');

/** The exchange's error text has an expression with quadratic time; the check uses an equivalent linear one. */
const emailAddress = {
  source: String.raw`^[^@\s]+@[^@\s]+\.[^@\s]+$`,
  test: (value: string) => /^[^@\s]+@[^@\s][^@\s.]*\.[^@\s]+$/.test(value),
};

export const registerBody = z.object({
  bot_name: text({ min: 1 }),
  developer_id: text({ min: 1 }),
  developer_name: text({ min: 1 }),
  contact_email: text({ pattern: emailAddress }),
  description: orNull(text()),
  skills: orNull(z.array(text())),
  invite_code: orNull(text()),
  daily_spend_limit: orNull(int()),
  account_type: text({ pattern: /^(agent|gateway)$/ }).optional(),
});

export const depositBody = z.object({
  amount: int({ gt: 0 }),
  currency: text().optional(),
  reference: orNull(text()),
});

const escrowFields = z.object({
  provider_id: text(),
  amount: int(),
  task_id: orNull(text()),
  task_type: orNull(text()),
  ttl_minutes: orNull(int()),
  group_id: orNull(text()),
  depends_on: orNull(z.array(text())),
  deliverables: orNull(
    z.array(
      z.object({
        description: text(),
        artifact_hash: orNull(text()),
        acceptance_criteria: orNull(text()),
      }),
    ),
  ),
  required_attestation_level: orNull(attestationLevel),
  vi_credential_chain: orNull(
    z.object({
      l1_sd_jwt: text(),
      l2_kb_sd_jwt: text(),
      l3a_kb_sd_jwt: orNull(text()),
      l3b_kb_sd_jwt: orNull(text()),
      mode: literal('immediate', 'autonomous'),
      sd_hash_verified: bool().optional().default(false),
    }),
  ),
});

export const escrowBody = escrowFields.transform(toTerms);

export const batchBody = z.object({
  group_id: orNull(text()),
  // The items of a batch have no group of their own: the field is ignored.
  escrows: nonEmptyList(
    escrowFields.omit({ group_id: true }).transform((item) => toTerms({ ...item, group_id: null })),
  ),
});

export const releaseBody = z.object({ escrow_id: text() });

export const refundBody = z.object({ escrow_id: text(), reason: orNull(text()) });

export const partialReleaseBody = z.object({
  escrow_id: text(),
  release_percent: int({ ge: 1, le: 99 }),
  score: orNull(int({ ge: 0, le: 100 })),
  efficacy_check_at: orNull(datetime()),
  efficacy_criteria: orNull(text()),
});

export const disputeBody = z.object({
  escrow_id: text(),
  reason: text(),
  stake_amount: int({ gt: 0 }),
});

const grounding = z.object({
  chunks: z
    .array(z.object({ uri: text(), title: orNull(text()) }))
    .optional()
    .default([]),
  supports: z
    .array(
      z.object({
        segment: z.object({ text: text(), start_index: int(), end_index: int() }),
        chunk_indices: z.array(int()),
      }),
    )
    .optional()
    .default([]),
  search_queries: z.array(text()).optional().default([]),
  coverage: orNull(float()),
});

export type Grounding = z.output<typeof grounding>;

export const skillsBody = z.object({ skills: z.array(text()) });

export const deliverBody = z.object({
  content: text(),
  provenance: orNull(
    z.object({
      source_type: literal('api', 'database', 'web', 'generated', 'hybrid'),
      source_refs: z
        .array(
          z.object({
            uri: text(),
            method: orNull(text()),
            timestamp: datetime().transform((time) => time.toISOString()),
            content_hash: orNull(text()),
          }),
        )
        .optional()
        .default([]),
      attestation_level: attestationLevel,
      signature: orNull(text()),
      grounding_metadata: orNull(grounding),
    }),
  ),
});

const page = { limit: int().optional().default(50), offset: int().optional().default(0) };

export const recentQuery = z.object({ limit: int({ ge: 1, le: 100 }).optional().default(20) });

export const pageQuery = z.object(page);

export const directoryQuery = z.object({
  ...page,
  skill: text().optional(),
  gateway_id: text().optional(),
});

export const escrowListQuery = z.object({
  ...page,
  task_id: text().optional(),
  group_id: text().optional(),
  status: text().optional(),
});

function toTerms(fields: z.output<typeof escrowFields>): EscrowTerms {
  return {
    providerId: fields.provider_id,
    amount: fields.amount,
    ttlMinutes: fields.ttl_minutes,
    taskId: fields.task_id,
    taskType: fields.task_type,
    groupId: fields.group_id,
    dependsOn: fields.depends_on,
    deliverables: fields.deliverables,
    requiredAttestationLevel: fields.required_attestation_level,
    credentialChain: fields.vi_credential_chain,
  };
}
