import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { Amount } from '../internal/decimal';

/** A receipt of a settlement, as far as it is read here. Everything else in it is handed on as it is. */
export type AgentReceipt = JSONObject & {
  /** `released`, `refunded`, `kept`, `pending`, … as `SettlementReceipt` has it. */
  status: string;
  /** The hold on its ledger. */
  escrowId?: string | undefined;
  /** Held for the payee: whole tokens, or a decimal text in currencies with decimals. */
  amount?: Amount | undefined;
  /** What the payee got. */
  captured?: Amount | undefined;
  currency?: string | undefined;
};

let created: ReturnType<typeof createSchema> | undefined;

// Not made where this module is loaded.
function createSchema() {
  const amount = z.union([z.number(), z.string()]).optional();
  const text = z.string().optional();
  return z
    .object({ status: z.string(), escrowId: text, amount, captured: amount, currency: text })
    .catchall(z.custom<JSONValue | undefined>());
}

/** The receipt that a model's result has, or undefined where it has none. */
export function readReceipt(given: unknown): AgentReceipt | undefined {
  return (created ??= createSchema()).safeParse(given).data;
}

/** What was spent, or may be yet, without the ledger's fee: what is not known to be back counts. */
export function costOf({ amount: held = 0, captured, status }: AgentReceipt): Amount {
  if (status === 'refunded' || status === 'late' || status === 'unsettled') return 0;
  return captured ?? held;
}

/** What is known of the hold does not change any more. */
export function isOver({ status }: AgentReceipt): boolean {
  return over.has(status);
}

const over = new Set(['released', 'partially-released', 'refunded', 'taken', 'late', 'unsettled']);
