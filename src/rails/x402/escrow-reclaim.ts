import type { EscrowNotes } from './escrow-notes';
import { encodePaymentInfo } from './payment-info';

type Hex = `0x${string}`;

/** A transaction that reclaims a payment from the escrow after its capture deadline, ready to be sent. */
export interface ReclaimTransaction {
  /** CAIP-2. */
  network: string;
  /** The payer; nobody else can send it. */
  from: Hex;
  /** The escrow contract. */
  to: Hex;
  data: Hex;
}

/** Sends the transaction, and resolves when it is on the chain. The result is verified on the chain. */
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

/** The stored notes of a payment were validated as hex when they were read. */
function toHex(text: string): Hex {
  return `0x${text.slice(2)}`;
}
