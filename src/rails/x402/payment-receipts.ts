import { z } from 'zod/v4';
import { toNetwork } from './assets';
import type { PaymentState } from './payment-state';
import { isSameAddress, settlementReceiptSchema, X402_METADATA } from './schemas';
import { decode } from './x402-offer';

/** That our payment was taken, by the agent's word. */
export interface AgentReceipt {
  transaction: string;
  /** In the smallest unit. */
  amount: bigint;
}

const attachedSchema = z.looseObject({ [X402_METADATA.receipts]: z.array(z.unknown()).max(1000) });

/**
 * The last receipt of an answer that can be about this payment: of its network, its payer, at most what
 * was signed, and with something that can be a transaction. What is said of others is not ours.
 */
export function findReceipt(
  answer: { metadata?: unknown; headers?: Record<string, string> | undefined } | undefined,
  state: PaymentState,
): AgentReceipt | undefined {
  const attached = attachedSchema.safeParse(answer?.metadata).data?.[X402_METADATA.receipts] ?? [];
  const header = answer?.headers?.['payment-response'];
  const said = [...attached, ...(header === undefined ? [] : [decode(header)])];
  return said.flatMap((one) => matching(one, state) ?? []).at(-1);
}

function matching(said: unknown, state: PaymentState): AgentReceipt | undefined {
  const receipt = settlementReceiptSchema.safeParse(said).data;
  if (receipt?.success !== true) return undefined;
  const { amount, network, payer } = receipt;
  const transaction = receipt.transaction ?? '';
  const form = state.network.startsWith('eip155:') ? /^0x[0-9a-fA-F]{64}$/ : /^[\w:.-]+$/;
  const taken = BigInt(amount ?? state.amount);
  const isOurs =
    form.test(transaction) &&
    toNetwork(network ?? state.network) === state.network &&
    (payer == null || state.from === undefined || isSameAddress(payer, state.from)) &&
    taken <= BigInt(state.amount);
  return isOurs ? { transaction, amount: taken } : undefined;
}
