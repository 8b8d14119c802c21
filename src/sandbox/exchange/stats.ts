import type { Ledger } from './ledger';
import type { Escrow } from './ledger-types';

const DAY_MS = 86_400_000;

/** Statistics of the exchange, public. */
export function toStats(ledger: Ledger) {
  const accounts = [...ledger.accounts.values()];
  const escrows = [...ledger.escrows.values()];
  // Each transaction is listed with both parties.
  const transactions = [...new Set(accounts.flatMap((account) => account.transactions))];
  const since = ledger.now().getTime() - DAY_MS;
  const recent = transactions.filter(({ createdAt }) => createdAt.getTime() > since);
  const volume = sum(recent.map(({ amount }) => amount));
  const circulating = sum(accounts.map(({ available }) => available));
  const inEscrow = sum(accounts.map(({ held }) => held));
  const total = circulating + inEscrow;
  const ofType = (type: string) => transactions.filter((transaction) => transaction.type === type);
  const count = (matches: (escrow: Escrow) => boolean) => escrows.filter(matches).length;
  return {
    network: { total_bots: accounts.length, active_bots: accounts.length },
    token_supply: { circulating, in_escrow: inEscrow, total },
    activity_24h: {
      transaction_count: recent.length,
      token_volume: volume,
      velocity: Number((volume / (total || 1)).toFixed(4)),
    },
    treasury: { fees_collected: sum(ofType('fee').map(({ amount }) => amount)) },
    active_escrows: count(({ status }) => status === 'held'),
    compliance: { enabled: false, leaf_count: 0, root_hash: null },
    provenance: {
      total_delivered: count(({ delivery }) => delivery !== null),
      with_provenance: count(({ delivery }) => delivery?.provenance != null),
      total_verified: count(({ delivery }) => delivery?.provenanceResult != null),
      fabrication_detected: count(
        ({ delivery }) => delivery?.provenanceResult?.['verified'] === false,
      ),
      partial_releases: count(({ partial }) => partial !== null),
      pending_efficacy_reviews: count(
        ({ status, partial }) =>
          status === 'partially_released' && partial?.efficacyCheckAt != null,
      ),
    },
    settlement_outcomes: {
      released: ofType('escrow_release').length,
      refunded: ofType('escrow_refund').length,
      partial: ofType('escrow_partial_release').length,
      held: ofType('escrow_hold').length,
    },
  };
}

const outcomes = new Map<string, string>([
  ['released', 'approve'],
  ['refunded', 'block'],
  ['expired', 'block'],
  ['partially_released', 'flag'],
  ['held', 'pending'],
]);

/** The newest escrows, with their task ids and the names of their parties, public. */
export function toRecentActivity(ledger: Ledger, limit: number) {
  const entries = [...ledger.escrows.values()].slice(-limit).map((escrow) => ({
    id: escrow.id,
    timestamp: escrow.resolvedAt ?? escrow.createdAt,
    source_agent: ledger.account(escrow.requesterId).botName,
    target_agent: ledger.account(escrow.providerId).botName,
    outcome: outcomes.get(escrow.status) ?? escrow.status,
    escrow_id: escrow.id,
    amount: escrow.amount,
    status: escrow.status,
    task_id: escrow.taskId,
  }));
  return { entries: entries.reverse(), total: entries.length };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
