import * as z from 'zod/v4';
import { SettlementError } from '../rail';
import { word } from './abi-word';
import type { EscrowNotes } from './escrow-notes';
import { type ChainReader, quantity } from './ledger';
import { readPaymentFate } from './payment-fate';
import type { PaymentState } from './payment-state';

/** The state of an escrowed payment on its chain. */
export type EscrowFate =
  /** Not in the escrow. `isOver`: it can no longer be collected, by the chain's clock. */
  | { type: 'unused'; isOver: boolean }
  /** Voided by the payer before it was collected. */
  | { type: 'canceled'; transaction: string | undefined }
  | {
      type: 'collected';
      /** The amount still in the escrow, in the smallest unit. */
      held: bigint;
      /** The captured amount that has not been refunded since. */
      paid: bigint;
      /** Nothing can be captured any more, by the chain's clock, and the payer can reclaim the payment. */
      isPast: boolean;
      /** The transactions of the payment, the collection first. Empty if the chain returns no logs. */
      transactions: string[];
    };

/**
 * Reads the state of a payment from the escrow contract. Amounts are read from its state, and only the
 * transactions' hashes from its logs.
 *
 * @throws SettlementError retryable, if the chain cannot be read or is inconsistent.
 */
export async function readEscrowFate(
  chain: ChainReader,
  state: PaymentState,
  escrow: EscrowNotes,
  abortSignal?: AbortSignal,
): Promise<EscrowFate> {
  const first = await readBooks(chain, state, escrow, abortSignal);
  if (first !== undefined) return first;
  const fate = await readPaymentFate(chain, state, { abortSignal });
  if (fate.type !== 'taken') return fate;
  // It was collected between the two reads.
  const second = await readBooks(chain, state, escrow, abortSignal);
  if (second !== undefined) return second;
  throw new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `The chain shows that payment ${escrow.hash} was collected, but the escrow does not contain it.`,
    isRetryable: true,
    escrowId: escrow.hash,
  });
}

/** `paymentState(bytes32)`: collected, capturable, refundable. */
const PAYMENT_STATE = '0x34b778ed';

const blockSchema = z.looseObject({ number: z.string(), timestamp: quantity });
const booksSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{192}$/)
  .transform((text) => [0, 1, 2].map((at) => BigInt(`0x${text.slice(2 + at * 64, 66 + at * 64)}`)));
const logsSchema = z.array(z.looseObject({ transactionHash: z.string() }));

async function readBooks(
  chain: ChainReader,
  { block: since = 'earliest' }: PaymentState,
  { address, hash, info }: EscrowNotes,
  abortSignal: AbortSignal | undefined,
): Promise<EscrowFate | undefined> {
  const block = await chain.read(
    'eth_getBlockByNumber',
    ['latest', false],
    blockSchema,
    abortSignal,
  );
  const call = { to: address, data: `${PAYMENT_STATE}${word(hash)}` };
  const [isCollected, held = 0n, paid = 0n] = await chain.read(
    'eth_call',
    [call, block.number],
    booksSchema,
    abortSignal,
  );
  if (isCollected !== 1n) return undefined;
  // The payment's hash is the first topic of all events of the escrow.
  const search = { address, topics: [null, hash], fromBlock: since, toBlock: 'latest' };
  const logs = await chain.read('eth_getLogs', [search], logsSchema, abortSignal).catch(() => []);
  abortSignal?.throwIfAborted();
  const transactions = [...new Set(logs.map(({ transactionHash }) => transactionHash))];
  const isPast = block.timestamp >= BigInt(info.authorizationExpiry);
  return { type: 'collected', held, paid, isPast, transactions };
}
