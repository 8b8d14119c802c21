import type { EscrowNotes } from './escrow-notes';
import { encodePaymentInfo } from './payment-info';

type Hex = `0x${string}`;

/** What takes a payment back from the escrow after its capture deadline: a transaction, ready to be sent. */
export interface ReclaimTransaction {
  /** CAIP-2. */
  network: string;
  /** The payer, who alone may send it. */
  from: Hex;
  /** The escrow's contract. */
  to: Hex;
  data: Hex;
}

/** Sends the transaction, and ends when it is on the chain. That it is, is looked up. */
export type ReclaimPayment = (
  transaction: ReclaimTransaction,
  options: { abortSignal?: AbortSignal | undefined },
) => Promise<unknown>;

export function reclaimTransaction(network: string, escrow: EscrowNotes): ReclaimTransaction {
  const { address, info } = escrow;
  return {
    network,
    from: toHex(info.payer),
    to: toHex(address),
    data: `0x${RECLAIM}${encodePaymentInfo(info)}`,
  };
}

/** `reclaim((address,address,address,address,uint120,uint48,uint48,uint48,uint16,uint16,address,uint256))` */
const RECLAIM = 'e1a2a66d';

/** What stands for it in the notes of a payment was read as one. */
function toHex(text: string): Hex {
  return `0x${text.slice(2)}`;
}
