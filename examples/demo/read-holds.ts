import type { SettlementRecord } from 'ai-sdk-a2a-settlement/stores';
import type { HoldFigures, SumFigures } from './demo-figures';

const nothing: SumFigures = { held: '0', released: '0', refunded: '0', taken: '0', pending: '0' };

export interface LedgerLine {
  figures: HoldFigures;
  /** The proof of the outcome: an escrow or a transaction. */
  proof: string;
}

/** Makes one line for each hold from its records: the outcome and its proof. */
export function readHolds(
  records: SettlementRecord[],
  agentOf: (record: SettlementRecord) => string,
): LedgerLine[] {
  const holds = Map.groupBy(records, ({ hold }) => hold);
  return [...holds.values()].flatMap((story) => {
    const [held] = story;
    const end = story.findLast(({ event }) => event !== 'overcharged');
    if (held === undefined || end === undefined) return [];
    const { amount, currency, fee, rail } = held;
    return [
      {
        figures: {
          agent: agentOf(held),
          // The name used in the table.
          rail: rail === 'a2a-se' ? 'exchange' : rail,
          currency,
          ...nothing,
          held: add(amount, fee),
          ...outcomeOf(end),
        },
        proof: proofOf(end),
      },
    ];
  });
}

export function sumsOf(holds: HoldFigures[]): Record<string, SumFigures> {
  const sums: Record<string, SumFigures> = {};
  for (const { currency, ...hold } of holds) {
    const sum = sums[currency] ?? nothing;
    sums[currency] = {
      held: add(sum.held, hold.held),
      released: add(sum.released, hold.released),
      refunded: add(sum.refunded, hold.refunded),
      taken: add(sum.taken, hold.taken),
      pending: add(sum.pending, hold.pending),
    };
  }
  return sums;
}

function outcomeOf({ amount, captured = '0', event, fee, returned = '0' }: SettlementRecord) {
  switch (event) {
    case 'released':
      return { released: add(captured, fee), refunded: returned };
    case 'refunded':
      return { refunded: returned };
    case 'taken':
      return { taken: add(captured, fee) };
    default:
      return { pending: add(amount, fee) };
  }
}

/** An escrow on the exchange, or a transaction and who confirmed it. */
function proofOf({ escrowId, proof: [proof] = [], rail }: SettlementRecord): string {
  if (proof !== undefined) return `${proof.transaction.slice(0, 6)}… ${proof.confirmedBy}`;
  return rail === 'x402' ? 'not taken yet' : `escrow ${escrowId.slice(0, 6)}…`;
}

/** In millionths, the smallest unit of the demo's amounts. */
const unit = 1_000_000n;

function add(one: string, other: string): string {
  const sum = inUnits(one) + inUnits(other);
  const fraction = String(sum % unit).padStart(6, '0');
  const text = `${sum / unit}.${fraction}`;
  return text.replace(/\.?0+$/, '');
}

function inUnits(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.');
  return BigInt(whole) * unit + BigInt(fraction.padEnd(6, '0'));
}
