import type { SettlementRecord } from '../../../src/settlement/state/settlement-record';

let last = 0;

/** A record of a hold of 10 ATE with a fee of 1. */
export function recordOf(given: Partial<SettlementRecord> = {}): SettlementRecord {
  const hold = given.hold ?? `hold${++last}`;
  return {
    hold,
    event: 'held',
    status: 'pending',
    at: '2026-11-22T10:00:00.000Z',
    heldAt: '2026-11-22T10:00:00.000Z',
    agent: 'https://agent.example.com/scraper/',
    rail: 'a2a-se',
    taskId: `task-${hold}`,
    escrowId: `escrow-${hold}`,
    payee: 'payee-1',
    exchangeUrl: 'https://exchange.example.com/v1',
    currency: 'ATE',
    decimals: 0,
    amount: '10',
    fee: '1',
    expiresAt: '2026-11-22T11:00:00.000Z',
    ...given,
  };
}

/** The records of a hold that was paid. */
export function paid(given: Partial<SettlementRecord> = {}): SettlementRecord[] {
  const held = recordOf(given);
  return [
    held,
    {
      ...held,
      event: 'released',
      status: 'released',
      at: '2026-11-22T10:00:02.500Z',
      durationMs: 2500,
      captured: held.amount,
    },
  ];
}

/** The records of a hold that came back. */
export function returned(given: Partial<SettlementRecord> = {}): SettlementRecord[] {
  const held = recordOf(given);
  return [
    held,
    {
      ...held,
      event: 'refunded',
      status: 'refunded',
      at: '2026-11-22T10:00:01.000Z',
      durationMs: 1000,
      returned: '11',
      reason: 'task-failed',
    },
  ];
}
