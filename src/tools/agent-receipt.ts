import type { JSONObject, JSONValue } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import type { Amount } from '../internal/decimal';

/** A settlement receipt. Only these fields are read here; all other fields are passed through unchanged. */
export type AgentReceipt = JSONObject & {
  /** `released`, `refunded`, `kept`, `pending`, …; see `SettlementReceipt`. */
  status: string;
  /** The id of the hold on its ledger. */
  escrowId?: string | undefined;
  /** The amount held for the payee: whole tokens, or a decimal string in currencies with decimals. */
  amount?: Amount | undefined;
  /** The amount that the payee received. */
  captured?: Amount | undefined;
  currency?: string | undefined;
};

let created: ReturnType<typeof createSchema> | undefined;

// Created on demand, so that importing this module stays cheap.
function createSchema() {
  const amount = z.union([z.number(), z.string()]).optional();
  const text = z.string().optional();
  return z
    .object({ status: z.string(), escrowId: text, amount, captured: amount, currency: text })
    .catchall(z.custom<JSONValue | undefined>());
}

/** The receipt of a model's result, or undefined if it has none. */
export function readReceipt(given: unknown): AgentReceipt | undefined {
  return (created ??= createSchema()).safeParse(given).data;
}

/**
 * The amount that was spent or may still be, excluding the ledger's fee: only confirmed refunds are not
 * counted.
 */
export function costOf({ amount: held = 0, captured, status }: AgentReceipt): Amount {
  if (status === 'refunded' || status === 'late' || status === 'unsettled') return 0;
  return captured ?? held;
}

/** Whether the receipt is final. */
export function isOver({ status }: AgentReceipt): boolean {
  return over.has(status);
}

const over = new Set(['released', 'partially-released', 'refunded', 'taken', 'late', 'unsettled']);
