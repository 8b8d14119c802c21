import { z } from 'zod/v4';
import { SettlementError } from '../rail';
import { word } from './abi-word';
import { type ChainReader, quantity } from './ledger';
import type { PaymentState } from './payment-state';

/** What a chain says of a signed payment. */
export type PaymentFate =
  /** Not used. `isOver`: by the chain's own clock it cannot be any more. */
  | { type: 'unused'; isOver: boolean }
  | { type: 'taken'; amount: bigint; transaction: string }
  /** Made void by the payer. */
  | { type: 'canceled'; transaction: string | undefined };

/**
 * Asks the chain what became of a payment. The transaction is looked up and read: that somebody names
 * one proves nothing.
 *
 * @param named a transaction that the agent says it was, which is looked at first.
 * @throws SettlementError retryable, when the chain cannot be read or does not make sense.
 */
export async function readPaymentFate(
  chain: ChainReader,
  state: PaymentState,
  {
    named,
    abortSignal,
  }: { named?: string | undefined; abortSignal?: AbortSignal | undefined } = {},
): Promise<PaymentFate> {
  const from = state.from ?? '';
  const block = await chain.read(
    'eth_getBlockByNumber',
    ['latest', false],
    blockSchema,
    abortSignal,
  );
  // At that very block: a nonce that is unused later than it is valid stays unused.
  const call = { to: nonceBook(state), data: nonceQuestion(state, from) };
  const book = await chain.read('eth_call', [call, block.number], quantity, abortSignal);
  const bit = state.method === 'permit2' ? BigInt(state.nonce) & 255n : 0n;
  if (((book >> bit) & 1n) === 0n) {
    return { type: 'unused', isOver: block.timestamp >= BigInt(state.validBefore) };
  }
  return state.method === 'permit2'
    ? findPermitTransfer(chain, state, from, named, abortSignal)
    : findAuthorizedTransfer(chain, state, from, named, abortSignal);
}

const PERMIT2 = '0x000000000022D473030F116dDEE9F6B43aC78BA3';
/** `authorizationState(address,bytes32)` of EIP-3009, and `nonceBitmap(address,uint256)` of Permit2. */
const SELECTORS = { eip3009: '0xe94a0102', permit2: '0x4fe02b44' } as const;
/** `Transfer(address,address,uint256)` and EIP-3009's `AuthorizationUsed` and `AuthorizationCanceled`. */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const USED = '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5';
const CANCELED = '0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81';

const hex = z.string().regex(/^0x[0-9a-fA-F]*$/);
const blockSchema = z.looseObject({ number: hex, timestamp: quantity });
const logSchema = z.looseObject({
  address: hex,
  topics: z.array(hex),
  data: hex,
  logIndex: quantity,
  transactionHash: hex,
});
type Log = z.output<typeof logSchema>;
const receiptSchema = z
  .looseObject({ status: quantity, transactionHash: hex, logs: z.array(logSchema) })
  .nullable();

function nonceBook({ method, asset }: PaymentState): string {
  return method === 'permit2' ? PERMIT2 : asset;
}

function nonceQuestion({ method, nonce }: PaymentState, from: string): string {
  return method === 'permit2'
    ? SELECTORS.permit2 + word(from) + word(BigInt(nonce) >> 8n)
    : SELECTORS.eip3009 + word(from) + word(nonce);
}

/** The event that used or canceled the nonce, and the transfer right behind it. */
async function findAuthorizedTransfer(
  chain: ChainReader,
  state: PaymentState,
  from: string,
  named: string | undefined,
  abortSignal: AbortSignal | undefined,
): Promise<PaymentFate> {
  const isOurs = ({ address, topics }: Log) =>
    isSame(address, state.asset) &&
    (topics[0] === USED || topics[0] === CANCELED) &&
    isSame(topics[1], `0x${word(from)}`) &&
    isSame(topics[2], state.nonce);
  const search = {
    address: state.asset,
    topics: [[USED, CANCELED], `0x${word(from)}`, state.nonce],
    ...range(state),
  };
  const event =
    (await logsOf(chain, named, abortSignal))?.find(isOurs) ??
    (await chain.read('eth_getLogs', [search], z.array(logSchema), abortSignal)).find(isOurs);
  if (event === undefined) throw unclear();
  const { transactionHash, logIndex, topics } = event;
  if (topics[0] === CANCELED) return { type: 'canceled', transaction: transactionHash };
  const transfer = ((await logsOf(chain, transactionHash, abortSignal)) ?? [])
    .filter((log) => log.logIndex > logIndex && isTransfer(log, state, from))
    .toSorted((one, other) => Number(one.logIndex - other.logIndex))
    .at(0);
  if (transfer === undefined) throw unclear();
  return { type: 'taken', amount: BigInt(transfer.data), transaction: transactionHash };
}

/** Permit2 tells of no nonce: it is found in what the transaction was asked to do. */
async function findPermitTransfer(
  chain: ChainReader,
  state: PaymentState,
  from: string,
  named: string | undefined,
  abortSignal: AbortSignal | undefined,
): Promise<PaymentFate> {
  const search = {
    address: state.asset,
    topics: [TRANSFER, `0x${word(from)}`, `0x${word(state.payTo)}`],
    ...range(state),
  };
  const logs = await chain.read('eth_getLogs', [search], z.array(logSchema), abortSignal);
  const hashes = [...new Set(logs.map(({ transactionHash }) => transactionHash))];
  const others = hashes.filter((hash) => !isSame(hash, named));
  const first = [...hashes.filter((hash) => isSame(hash, named)), ...others];
  for (const hash of first.slice(0, MOST_CANDIDATES)) {
    const { input } = await chain.read(
      'eth_getTransactionByHash',
      [hash],
      z.looseObject({ input: hex }),
      abortSignal,
    );
    if (!input.toLowerCase().includes(word(BigInt(state.nonce)))) continue;
    const transfer = logs.find(
      (log) => log.transactionHash === hash && isTransfer(log, state, from),
    );
    if (transfer === undefined) continue;
    return { type: 'taken', amount: BigInt(transfer.data), transaction: hash };
  }
  if (first.length > MOST_CANDIDATES) throw unclear();
  return { type: 'canceled', transaction: undefined };
}

const MOST_CANDIDATES = 50;

/** Undefined for a transaction that is not there, or failed. */
async function logsOf(
  chain: ChainReader,
  hash: string | undefined,
  abortSignal: AbortSignal | undefined,
): Promise<Log[] | undefined> {
  if (hash === undefined) return undefined;
  const receipt = await chain.read('eth_getTransactionReceipt', [hash], receiptSchema, abortSignal);
  return receipt?.status === 1n ? receipt.logs : undefined;
}

function isTransfer({ address, topics, data }: Log, state: PaymentState, from: string): boolean {
  // What is escrowed goes to the escrow's collector first.
  const isPayee = state.escrow !== undefined || isSame(topics[2], `0x${word(state.payTo)}`);
  return (
    isSame(address, state.asset) &&
    topics[0] === TRANSFER &&
    isSame(topics[1], `0x${word(from)}`) &&
    isPayee &&
    BigInt(data) <= BigInt(state.amount)
  );
}

function range({ block }: PaymentState): { fromBlock: string; toBlock: string } {
  return { fromBlock: block ?? 'earliest', toBlock: 'latest' };
}

function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one.toLowerCase() === other?.toLowerCase();
}

function unclear(): SettlementError {
  return new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message:
      'The chain says that the payment was used, and shows no transfer for it. Check that the `ledger` of `x402` serves logs back to the time of the payment.',
    isRetryable: true,
  });
}
