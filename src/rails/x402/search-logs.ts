import * as z from 'zod/v4';
import { SettlementError } from '../rail';
import { type ChainReader, quantity } from './ledger';
import type { PaymentState } from './payment-state';

/** `Transfer(address,address,uint256)`. */
export const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

export const hex = z.string().regex(/^0x[0-9a-fA-F]*$/);
export const blockSchema = z.looseObject({ number: hex, timestamp: quantity });
export const logSchema = z.looseObject({
  address: hex,
  topics: z.array(hex),
  data: hex,
  logIndex: quantity,
  transactionHash: hex,
});
export type Log = z.output<typeof logSchema>;

export interface LogFilter {
  address: string;
  topics: readonly (string | readonly string[])[];
}

/**
 * Logs since a payment was signed, the older ones first, in ranges that public nodes accept. Their content must
 * be verified: a node may ignore the filter. Ends an hour after the payment's expiry.
 *
 * @param head the number of the chain's latest block.
 * @throws SettlementError retryable, if the range is too large.
 */
export async function* searchLogs<LOG extends z.ZodType>(
  chain: ChainReader,
  state: PaymentState,
  { filter, head, schema }: { filter: LogFilter; head: bigint; schema: LOG },
  abortSignal: AbortSignal | undefined,
): AsyncGenerator<z.output<LOG>[]> {
  const end = BigInt(state.validBefore + AFTERWARDS_SECONDS);
  let from = await firstBlock(chain, state, head, abortSignal);
  for (let searches = 0; from <= head; searches++) {
    if (searches > 0 && (await timeOf(chain, from, abortSignal)) > end) return;
    if (searches === MOST_SEARCHES) throw unclear();
    const last = from + BLOCKS - 1n;
    const to = last < head ? last : head;
    const search = { ...filter, fromBlock: toHex(from), toBlock: toHex(to) };
    yield await chain.read('eth_getLogs', [search], z.array(schema), abortSignal);
    from = to + 1n;
  }
}

/** The smallest range limit of public nodes. */
const BLOCKS = 10_000n;
/** A day on the fastest chains. */
const MOST_SEARCHES = 50;
/** A cancellation may come after the expiry. */
const AFTERWARDS_SECONDS = 3600;
/** The maximum lead of the signer's clock over the chain's. */
const CLOCK_SKEW_SECONDS = 900;

/** The head at the time of the signature. If it is not known, it is found by the timestamps of blocks. */
async function firstBlock(
  chain: ChainReader,
  { block, signedAt, validBefore }: PaymentState,
  head: bigint,
  abortSignal: AbortSignal | undefined,
): Promise<bigint> {
  const known = quantity.safeParse(block).data;
  if (known !== undefined) return known;
  const since = BigInt(Math.max((signedAt ?? validBefore - 86_400) - CLOCK_SKEW_SECONDS, 0));
  let [before, after] = [0n, head];
  while (after - before >= BLOCKS) {
    const middle = (before + after) / 2n;
    if ((await timeOf(chain, middle, abortSignal)) < since) before = middle;
    else after = middle;
  }
  return before;
}

async function timeOf(
  chain: ChainReader,
  block: bigint,
  abortSignal: AbortSignal | undefined,
): Promise<bigint> {
  const asked = [toHex(block), false];
  const { timestamp } = await chain.read('eth_getBlockByNumber', asked, blockSchema, abortSignal);
  return timestamp;
}

export function toHex(number: bigint): string {
  return `0x${number.toString(16)}`;
}

export function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}

export function unclear(): SettlementError {
  return new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message:
      'The chain shows that the payment was used, but not by which transaction. Check that the `ledger` of `x402` serves logs, and for Permit2 also state, back to the time of the payment.',
    isRetryable: true,
  });
}
