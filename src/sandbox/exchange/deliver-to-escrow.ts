import { ExchangeError } from './exchange-error';
import { lapseEscrows } from './lapse-escrows';
import type { Ledger } from './ledger';
import type { Account, Delivery } from './ledger-types';
import { assessProvenance, meetsLevel, type Provenance } from './provenance';

/** Records the provider's delivery. The hold is not changed; a second delivery replaces the first. */
export function deliverToEscrow(
  ledger: Ledger,
  caller: Account,
  escrowId: string,
  { content, contentHash, provenance }: DeliveryTerms,
): Delivery {
  lapseEscrows(ledger);
  const escrow = ledger.escrow(escrowId);
  if (escrow.providerId !== caller.id) {
    throw new ExchangeError(403, 'Only the provider can deliver against an escrow');
  }
  if (escrow.status !== 'held') {
    throw new ExchangeError(400, `Escrow cannot accept delivery (status: ${escrow.status})`);
  }

  const required = escrow.requiredAttestationLevel;
  if (provenance !== null && required !== null && !meetsLevel(provenance, required)) {
    throw new ExchangeError(
      400,
      `Attestation level '${provenance.attestation_level}' does not meet required '${required}'`,
    );
  }

  const delivery: Delivery = {
    content,
    provenance: provenance === null ? null : { ...provenance },
    provenanceResult:
      provenance === null ? null : assessProvenance(provenance, { content, contentHash, required }),
    deliveredAt: ledger.now(),
  };
  escrow.delivery = delivery;
  return delivery;
}

export interface DeliveryTerms {
  content: string;
  /** SHA-256 of the content, lower-case hex. */
  contentHash: string;
  provenance: Provenance | null;
}
