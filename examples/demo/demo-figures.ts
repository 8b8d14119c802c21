import type { SettlementEventName } from 'ai-sdk-a2a-settlement';
import type { DemoAgentName } from 'ai-sdk-a2a-settlement/sandbox';
import type { ReceiptStore, SettlementRecord } from 'ai-sdk-a2a-settlement/stores';
import type { ServedSandbox } from '../../src/sandbox/serve-sandbox';

/** One event of the money on the exchange. All numbers are whole tokens. */
export interface Movement {
  event: Exclude<SettlementEventName, 'disputed' | 'error' | 'overcharged' | 'taken'>;
  /** The holds of the demo, counted from 1. 0: there is none. */
  hold: number;
  /** The price that the agent asked for. */
  amount: number;
  fee: number;
  /** The amount paid to the agent. */
  captured: number;
  /** The amount returned to you. */
  returned: number;
  /** Your available balance after it. */
  balance: number;
}

export interface CallFigures {
  movements: Movement[];
  /** `providerMetadata.settlement.status` of each result; a call that threw or was not read to its end has none. */
  receipts: string[];
  /** The number of warnings that say that a call was made unpaid. */
  unpaidWarnings: number;
}

export interface AccountFigures {
  before: number;
  after: number;
  /** The part of `after` that is still in escrow. */
  held: number;
}

/** Decimal strings, including the fee if there is one. */
export interface SumFigures {
  held: string;
  released: string;
  refunded: string;
  /** Taken, although it was to be returned. */
  taken: string;
  /** Not taken yet, and may still be taken. */
  pending: string;
}

/** One hold on one rail, as the store of receipts has it. */
export interface HoldFigures extends SumFigures {
  agent: string;
  rail: string;
  currency: string;
}

/** Your balance in one currency, from its own ledger, as decimal strings. */
export interface PurseFigures {
  before: string;
  after: string;
}

/** Everything the demo shows, read from receipts, events and the ledgers. */
export interface DemoFigures {
  calls: Record<string, CallFigures>;
  balances: Record<string, AccountFigures>;
  /** The state of every escrow on the ledger, oldest first. */
  escrows: string[];
  /** On all rails. */
  holds: HoldFigures[];
  /** By currency. */
  sums: Record<string, SumFigures>;
  purses: Record<string, PurseFigures>;
}

/** The demo's names of the sandbox's agents. */
export const agentNames = {
  data: 'weather agent',
  streamer: 'web agent',
  failing: 'failing agent',
  asker: 'booking agent',
  slow: 'research agent',
} satisfies Record<DemoAgentName, string>;

/** Agents that take the money themselves, by rail. */
export const otherNames = { x402: 'answer agent', nevermined: 'rhyme agent' };

export type OtherAgent = keyof typeof otherNames;

export async function readRecords(
  receipts: ReceiptStore,
  rail?: OtherAgent,
): Promise<SettlementRecord[]> {
  const records: SettlementRecord[] = [];
  for await (const record of receipts.list({ rail })) records.push(record);
  return records;
}

type Ledger = ReturnType<ServedSandbox['ledger']>;

/** The balances of all accounts, by the names the demo gives them. */
export function readBalances(
  { payer, agents }: Pick<ServedSandbox, 'payer' | 'agents'>,
  { before, after }: { before: Ledger; after: Ledger },
): Record<string, AccountFigures> {
  const names = [
    [payer.accountId, 'you'],
    [agents.data.accountId, agentNames.data],
    [agents.streamer.accountId, agentNames.streamer],
    [agents.failing.accountId, agentNames.failing],
    [agents.asker.accountId, agentNames.asker],
    [agents.slow.accountId, agentNames.slow],
  ] as const;
  const accounts = names.map(([accountId, name]) => {
    const then = tokensOf(before, accountId);
    const now = tokensOf(after, accountId);
    return [
      name,
      { before: then.available + then.held, after: now.available + now.held, held: now.held },
    ] as const;
  });
  return {
    ...Object.fromEntries(accounts),
    'exchange (fees)': { before: before.treasury, after: after.treasury, held: 0 },
  };
}

function tokensOf({ accounts }: Ledger, accountId: string) {
  return accounts.find(({ id }) => id === accountId) ?? { available: 0, held: 0 };
}
