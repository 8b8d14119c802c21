import * as z from 'zod/v4';
import { toNetwork } from './networks';
import type { PaymentState } from './payment-state';
import { isSameAddress, settlementReceiptSchema, X402_METADATA } from './schemas';
import { decode } from './x402-offer';

/** The agent's report that it captured our payment. */
export interface AgentReceipt {
  transaction: string;
  /** In the smallest unit. */
  amount: bigint;
}

const attachedSchema = z.looseObject({ [X402_METADATA.receipts]: z.array(z.unknown()).max(1000) });

/**
 * The last receipt of an answer that is about this payment: with its network and its payer. It is ignored if it
 * reports a failure, has no valid transaction, or names more than was signed, even if an earlier receipt
 * reports a capture. Receipts of other payments are ignored.
 */
export function findReceipt(
  answer: { metadata?: unknown; headers?: Record<string, string> | undefined } | undefined,
  state: PaymentState,
): AgentReceipt | undefined {
  const attached = attachedSchema.safeParse(answer?.metadata).data?.[X402_METADATA.receipts] ?? [];
  const header = answer?.headers?.['payment-response'];
  const said = [...attached, ...(header === undefined ? [] : [decode(header)])];
  const last = said
    .flatMap((one) => settlementReceiptSchema.safeParse(one).data ?? [])
    .findLast((one) => isOurs(one, state));
  return last && success(last, state);
}

type Receipt = z.output<typeof settlementReceiptSchema>;

function isOurs({ network, payer }: Receipt, state: PaymentState): boolean {
  return (
    toNetwork(network ?? state.network) === state.network &&
    (payer == null || state.from === undefined || isSameAddress(payer, state.from))
  );
}

function success({ amount, ...receipt }: Receipt, state: PaymentState): AgentReceipt | undefined {
  const transaction = receipt.transaction ?? '';
  const form = state.network.startsWith('eip155:') ? /^0x[0-9a-fA-F]{64}$/ : /^[\w:.-]+$/;
  const signed = BigInt(state.amount);
  const said = BigInt(amount ?? state.amount);
  // A receipt for zero is not final: the whole payment can still be captured until it expires.
  const isTaken = receipt.success && form.test(transaction) && said > 0n && said <= signed;
  if (!isTaken) return undefined;
  // A signature of `exact` transfers the whole amount, whatever its agent reports.
  return { transaction, amount: state.scheme === 'exact' ? signed : said };
}

/**
 * Records the payment that each transaction was reported for. A transaction that was reported for another
 * payment proves nothing: anyone can read it from the chain, or repeat it.
 */
export function createShownTransactions(most = 10_000) {
  const shown = new Map<string, string>();
  return {
    /** The receipt without a transaction that belongs to another payment. */
    claim(receipt: AgentReceipt | undefined, state: PaymentState): AgentReceipt | undefined {
      if (receipt === undefined) return undefined;
      const { network, nonce } = state;
      const name = network.startsWith('eip155:')
        ? receipt.transaction.toLowerCase()
        : receipt.transaction;
      const key = `${network} ${name}`;
      const owner = shown.get(key) ?? nonce;
      if (owner !== nonce) return undefined;
      shown.set(key, nonce);
      const [oldest] = shown.keys();
      if (shown.size > most && oldest !== undefined) shown.delete(oldest);
      return receipt;
    },
  };
}
