import * as z from 'zod/v4';
import { toNetwork } from './networks';
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
 * What the last receipt of an answer that is about this payment says: one of its network and its payer. It
 * is nothing where that is a failure, has nothing that can be a transaction, or names more than was signed,
 * also when an earlier one says that something was taken. What is said of others is not ours.
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
  // Nothing that was taken ends no payment: all of it can be taken until its time is over.
  const isTaken = receipt.success && form.test(transaction) && said > 0n && said <= signed;
  if (!isTaken) return undefined;
  // A signature of `exact` moves all of it, whatever its agent says.
  return { transaction, amount: state.scheme === 'exact' ? signed : said };
}

/**
 * Remembers which payment a transaction was shown for. One that was shown for another payment proves
 * nothing: anybody can read it off the chain, or repeat it.
 */
export function createShownTransactions(most = 10_000) {
  const shown = new Map<string, string>();
  return {
    /** What of a receipt is not of another payment. */
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
