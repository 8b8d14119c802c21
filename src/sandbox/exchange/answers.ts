import { effectiveFeePercent } from './fee';
import type { Account, Escrow, Transaction } from './ledger-types';

/** An account as returned to its owner on registration. */
export function toOwnAccount(account: Account) {
  return {
    id: account.id,
    bot_name: account.botName,
    developer_id: account.developerId,
    developer_name: account.developerName,
    contact_email: account.contactEmail,
    description: account.description,
    skills: account.skills,
    status: 'active',
    reputation: account.reputation,
    daily_spend_limit: account.dailySpendLimit,
    created_at: account.createdAt,
  };
}

/** An account as returned to anyone. */
export function toPublicAccount(account: Account) {
  const { contact_email: _, daily_spend_limit: __, ...visible } = toOwnAccount(account);
  return { ...visible, account_type: 'agent', gateway_claims: null };
}

export function toBalance(account: Account) {
  return {
    account_id: account.id,
    bot_name: account.botName,
    reputation: account.reputation,
    account_status: 'active',
    available: account.available,
    held_in_escrow: account.held,
    total_earned: account.earned,
    total_spent: account.spent,
  };
}

export function toTransaction(transaction: Transaction) {
  return {
    id: transaction.id,
    escrow_id: transaction.escrowId,
    from_account: transaction.from,
    to_account: transaction.to,
    amount: transaction.amount,
    type: transaction.type,
    description: transaction.description,
    created_at: transaction.createdAt,
  };
}

/** An escrow as returned when it is opened. */
export function toHold(escrow: Escrow) {
  return {
    escrow_id: escrow.id,
    requester_id: escrow.requesterId,
    provider_id: escrow.providerId,
    amount: escrow.amount,
    fee_amount: escrow.fee,
    effective_fee_percent: effectiveFeePercent(escrow.amount, escrow.fee),
    total_held: escrow.amount + escrow.fee,
    status: escrow.status,
    expires_at: escrow.expiresAt,
    group_id: escrow.groupId,
  };
}

/** A full escrow. Zero amounts are `null` here, as on the reference exchange. */
export function toEscrowDetail(escrow: Escrow) {
  const { delivery, dispute, partial } = escrow;
  return {
    id: escrow.id,
    requester_id: escrow.requesterId,
    provider_id: escrow.providerId,
    amount: escrow.amount,
    fee_amount: escrow.fee,
    effective_fee_percent: effectiveFeePercent(escrow.amount, escrow.fee),
    status: escrow.status,
    dispute_reason: dispute?.reason ?? null,
    dispute_filed_by: dispute?.filedBy ?? null,
    dispute_stake_amount: dispute?.stake ?? null,
    dispute_stake_status: dispute?.stakeStatus ?? null,
    evidence_window_closes_at: dispute?.windowClosesAt ?? null,
    resolution_strategy: null,
    expires_at: escrow.expiresAt,
    task_id: escrow.taskId,
    task_type: escrow.taskType,
    group_id: escrow.groupId,
    depends_on: escrow.dependsOn,
    deliverables: escrow.deliverables,
    required_attestation_level: escrow.requiredAttestationLevel,
    delivered_content: delivery?.content ?? null,
    provenance: delivery?.provenance ?? null,
    provenance_result: delivery?.provenanceResult ?? null,
    delivered_at: delivery?.deliveredAt ?? null,
    released_amount: partial?.releasedAmount || null,
    released_fee: partial?.releasedFee || null,
    holdback_amount: partial?.holdbackAmount || null,
    holdback_fee: partial?.holdbackFee || null,
    score: partial?.score ?? null,
    efficacy_check_at: partial?.efficacyCheckAt ?? null,
    efficacy_criteria: partial?.efficacyCriteria ?? null,
    vi_credential_chain: escrow.credentialChain,
    created_at: escrow.createdAt,
    resolved_at: escrow.resolvedAt,
  };
}
