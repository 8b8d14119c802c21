import { EXCHANGE_CURRENCY } from '../../internal/exchange-currency';
import type { ExchangeClient } from '../../rails/exchange/exchange-client';
import type { Escrow } from '../../rails/exchange/escrow-schemas';
import { stateOfEscrow } from '../../rails/exchange/escrow-to-hold';
import { RAIL_NAME } from '../../rails/exchange/schemas';
import type { SettlementRecord } from '../../settlement/state/settlement-record';
import { timeOfTaskId } from '../../settlement/state/task-id';

/** At most this many of the newest escrows are read. */
export const mostEscrows = 1000;
const pageSize = 100;

/**
 * The payer's escrows as records, for a dashboard without a store of receipts. The exchange does not report when
 * an escrow was settled: `at` is then an empty string.
 *
 * @throws SettlementError if the exchange cannot be asked.
 */
export async function* escrowRecords(
  client: Pick<ExchangeClient, 'balance' | 'listEscrows'>,
  { from, now, url }: { from: Date; now: number; url: string },
): AsyncIterable<SettlementRecord> {
  const { accountId } = await client.balance();
  // An escrow that is opened meanwhile moves the others to the next page.
  const seen = new Set<string>();
  for (let offset = 0; offset < mostEscrows; offset += pageSize) {
    const { escrows } = await client.listEscrows({ limit: pageSize, offset });
    for (const escrow of escrows) {
      if (escrow.requesterId !== accountId || seen.has(escrow.escrowId)) continue;
      seen.add(escrow.escrowId);
      const records = recordsOf(escrow, { now, url });
      if (records.some(({ heldAt }) => heldAt >= from.toISOString())) yield* records;
    }
    if (escrows.length < pageSize) return;
  }
}

/** The hold, and its end if it has one. */
function recordsOf(escrow: Escrow, { now, url }: { now: number; url: string }): SettlementRecord[] {
  const { amount, escrowId, expiresAt, feeAmount, providerId, taskId = escrowId } = escrow;
  const heldAt = new Date(timeOfTaskId(taskId) ?? expiresAt).toISOString();
  const held: SettlementRecord = {
    hold: escrowId,
    event: 'held',
    status: 'pending',
    at: heldAt,
    heldAt,
    agent: providerId,
    rail: RAIL_NAME,
    taskId,
    escrowId,
    payee: providerId,
    exchangeUrl: url,
    currency: EXCHANGE_CURRENCY,
    decimals: 0,
    amount: String(amount),
    fee: String(feeAmount),
    expiresAt: expiresAt.toISOString(),
  };
  const end = { ...held, at: '' };
  const total = String(amount + feeAmount);
  const state = stateOfEscrow(escrow, now);
  switch (state.type) {
    case 'held':
      return [held];
    case 'lapsed':
      return [held, { ...end, event: 'refunded', status: 'late', returned: total }];
    case 'settled': {
      const { settled } = state;
      if (settled.status === 'refunded') {
        return [held, { ...end, event: 'refunded', status: 'refunded', returned: total }];
      }
      if (settled.status !== 'released' && settled.status !== 'partially-released') return [held];
      const paid = { captured: String(settled.amount), fee: String(settled.fee) };
      const returned = settled.status === 'released' ? {} : { returned: String(settled.returned) };
      return [held, { ...end, ...paid, ...returned, event: 'released', status: settled.status }];
    }
    default:
      return state.type === 'foreign' && state.status === 'disputed'
        ? [held, { ...end, event: 'disputed', status: 'disputed' }]
        : [held];
  }
}
