import { assessGrounding } from './assess-grounding';
import type { AttestationLevel } from './ledger-types';
import type { Grounding } from './request-bodies';

/** The origin of a delivery's content, as the provider states it. */
export interface Provenance {
  source_type: string;
  source_refs: {
    uri: string;
    method: string | null;
    timestamp: string;
    content_hash: string | null;
  }[];
  attestation_level: AttestationLevel;
  signature: string | null;
  /** The sources of a text, and which of its parts are based on which. */
  grounding_metadata: Grounding | null;
}

const LEVELS = ['self_declared', 'signed', 'verifiable'] satisfies AttestationLevel[];

export function meetsLevel({ attestation_level }: Provenance, required: AttestationLevel): boolean {
  return LEVELS.indexOf(attestation_level) >= LEVELS.indexOf(required);
}

/** The exchange's assessment of a provenance, by its form alone. */
export function assessProvenance(
  provenance: Provenance,
  {
    content,
    contentHash,
    required,
  }: { content: string; contentHash: string; required: AttestationLevel | null },
): Record<string, unknown> {
  const { attestation_level: tier, source_refs: refs, signature } = provenance;
  const attested = tier !== 'self_declared';
  const verified = !attested || refs.length > 0;

  const checks: string[] = [];
  if (required !== null) checks.push(`attestation_level_met:${tier}>=${required}`);
  if (refs.length > 0) {
    checks.push(`source_refs_present:${refs.length}`);
  } else if (attested) {
    checks.push('source_refs_missing');
  }
  for (const { content_hash: hash } of refs) {
    if (hash) checks.push(hash === contentHash ? 'content_hash_match' : 'content_hash_mismatch');
  }
  if (signature) {
    checks.push('signature_present');
  } else if (attested) {
    checks.push('signature_missing');
  }
  const { grounding_metadata: grounding } = provenance;
  if (grounding !== null) checks.push(...assessGrounding(grounding, content));
  return { verified, tier, checks, recommendation: verified ? 'approve' : 'review' };
}
