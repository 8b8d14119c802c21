import * as z from 'zod/v4';
import { SettlementError } from '../rail';
import { word } from './abi-word';
import type { EscrowNotes } from './escrow-notes';
import { type ChainReader, quantity } from './ledger';
import { readPaymentFate } from './payment-fate';
import type { PaymentState } from './payment-state';

/** What a chain says of an escrowed payment. */
export type EscrowFate =
  /** Not in the escrow. `isOver`: by the chain's own clock it cannot be collected any more. */
  | { type: 'unused'; isOver: boolean }
  /** Made void by the payer before it was collected. */
  | { type: 'canceled'; transaction: string | undefined }
  | {
      type: 'collected';
      /** Still in the escrow, in the smallest unit. */
      held: bigint;
      /** Captured, and not given back since. */
      paid: bigint;
      /** By the chain's own clock nothing can be captured any more, and the payer can reclaim it. */
      isPast: boolean;
      /** Of all that happened to it, the collection first. Empty where the chain shows no logs. */
      transactions: string[];
    };

/**
 * Asks the escrow's own books what became of a payment. Amounts are read from its state, and only the
 * transactions' hashes from its logs.
 *
 * @throws SettlementError retryable, when the chain cannot be read or does not make sense.
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
  // It was collected between the two looks.
  const second = await readBooks(chain, state, escrow, abortSignal);
  if (second !== undefined) return second;
  throw new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `The chain says that payment ${escrow.hash} was collected, and the escrow does not have it.`,
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
  // All events of the escrow have the payment's hash in front.
  const search = { address, topics: [null, hash], fromBlock: since, toBlock: 'latest' };
  const logs = await chain.read('eth_getLogs', [search], logsSchema, abortSignal).catch(() => []);
  abortSignal?.throwIfAborted();
  const transactions = [...new Set(logs.map(({ transactionHash }) => transactionHash))];
  const isPast = block.timestamp >= BigInt(info.authorizationExpiry);
  return { type: 'collected', held, paid, isPast, transactions };
}
