import type { SettlementRecord } from 'ai-sdk-a2a-settlement/stores';

/** Everything that happened to one hold. Plain data: it is read in the page. */
export interface HoldStory {
  id: string;
  /** The agent's URL. */
  agent?: string | undefined;
  /** `a2a-se` is the exchange, then `x402` and `nevermined`. */
  rail: string;
  /** For the agent, and for the ledger. Decimal strings, as all amounts. */
  amount: string;
  fee: string;
  currency: string;
  escrowId: string;
  expiresAt: string;
  /** From first to last. */
  steps: HoldStep[];
}

export interface HoldStep {
  status: SettlementRecord['status'] | 'held' | 'unresolved' | 'overcharged';
  /** ISO 8601. */
  at: string;
  captured?: string | undefined;
  returned?: string | undefined;
  reason?: string | undefined;
  transaction?: string | undefined;
  confirmedBy?: 'ledger' | 'agent' | undefined;
  /** The id of the message that this step belongs to. */
  message?: string | undefined;
}

/** Tells the story of each hold from the records of the receipt store, the latest hold first. */
export function readHolds(records: SettlementRecord[]): HoldStory[] {
  const holds = Map.groupBy(records, ({ hold }) => hold);
  return [...holds].reverse().flatMap(([id, [first, ...others]]) =>
    first === undefined
      ? []
      : [
          {
            id,
            agent: first.agent,
            rail: first.rail,
            amount: first.amount,
            fee: first.fee,
            currency: first.currency,
            escrowId: first.escrowId,
            expiresAt: first.expiresAt,
            steps: [first, ...others].map(readStep),
          },
        ],
  );
}

function readStep({
  event,
  status,
  at,
  labels,
  proof = [],
  ...record
}: SettlementRecord): HoldStep {
  const isOfItsOwn = event === 'held' || event === 'unresolved' || event === 'overcharged';
  const { captured, reason, returned } = record;
  return {
    status: isOfItsOwn ? event : status,
    at,
    captured,
    returned,
    reason,
    transaction: proof.at(-1)?.transaction,
    confirmedBy: proof.at(-1)?.confirmedBy,
    message: labels?.message,
  };
}

/** What became of a hold so far. */
export function latestStep({ steps }: HoldStory): HoldStep | undefined {
  return steps.findLast(({ status }) => status !== 'overcharged');
}

/** Whether the money is still set aside. */
export function isOpen(hold: HoldStory): boolean {
  return ['held', 'kept', 'pending', 'unresolved'].includes(latestStep(hold)?.status ?? '');
}

/** The receipt of a message: the hold that paid for it, as that message left it. */
export function receiptOf(
  message: string,
  holds: HoldStory[],
): { hold: HoldStory; step: HoldStep } | undefined {
  for (const hold of holds) {
    const step = hold.steps.findLast((each) => each.message === message);
    if (step !== undefined) return { hold, step };
  }
  return undefined;
}
