import * as z from 'zod/v4';
import { word } from './abi-word';
import { type ChainReader, quantity } from './ledger';
import type { PaymentState } from './payment-state';
import { findPermitUse, isPermitUsed } from './permit-use';
import {
  blockSchema,
  hex,
  isSame,
  type Log,
  logSchema,
  searchLogs,
  TRANSFER,
  unclear,
} from './search-logs';

/** The state of a signed payment on its chain. */
export type PaymentFate =
  /** Not used. `isOver`: it can no longer be used, by the chain's clock. */
  | { type: 'unused'; isOver: boolean }
  | { type: 'taken'; amount: bigint; transaction: string }
  /** Voided by the payer. */
  | { type: 'canceled'; transaction: string | undefined };

/**
 * Reads the outcome of a payment from the chain. The transaction is looked up and verified: a reported
 * transaction proves nothing.
 *
 * @param named a transaction that the agent reported, which is checked first.
 * @throws SettlementError retryable, if the chain cannot be read or is inconsistent.
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
  const isPermit = state.method === 'permit2';
  const { number: block, timestamp } = await chain.read(
    'eth_getBlockByNumber',
    ['latest', false],
    blockSchema,
    abortSignal,
  );
  // Read at that same block: a nonce that is unused after the end of its validity stays unused.
  const isUsed = await (isPermit ? isPermitUsed : isAuthorizationUsed)(chain, state, {
    from,
    block,
    abortSignal,
  });
  if (!isUsed) {
    const end = BigInt(state.validBefore);
    // At the exact end of the validity, Permit2 still accepts the payment, and EIP-3009 does not.
    return { type: 'unused', isOver: isPermit ? timestamp > end : timestamp >= end };
  }
  const search = { chain, state, from, head: quantity.parse(block), abortSignal };
  return isPermit ? findPermitUse(search, named) : findAuthorizedTransfer(search, named);
}

/** `authorizationState(address,bytes32)` of EIP-3009. */
const AUTHORIZATION_STATE = '0xe94a0102';
/** EIP-3009's `AuthorizationUsed` and `AuthorizationCanceled`. */
const USED = '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5';
const CANCELED = '0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81';

const receiptSchema = z
  .looseObject({ status: quantity, transactionHash: hex, logs: z.array(logSchema) })
  .nullable();

interface Search {
  chain: ChainReader;
  state: PaymentState;
  from: string;
  /** The number of the chain's latest block. */
  head: bigint;
  abortSignal: AbortSignal | undefined;
}

async function isAuthorizationUsed(
  chain: ChainReader,
  { asset, nonce }: PaymentState,
  {
    from,
    block,
    abortSignal,
  }: { from: string; block: string; abortSignal: AbortSignal | undefined },
): Promise<boolean> {
  const call = { to: asset, data: AUTHORIZATION_STATE + word(from) + word(nonce) };
  return (await chain.read('eth_call', [call, block], quantity, abortSignal)) !== 0n;
}

/** The event that used or canceled the nonce, and the transfer directly after it. */
async function findAuthorizedTransfer(
  search: Search,
  named: string | undefined,
): Promise<PaymentFate> {
  const { abortSignal, chain, from, state } = search;
  const isOurs = ({ address, topics }: Log) =>
    isSame(address, state.asset) &&
    (topics[0] === USED || topics[0] === CANCELED) &&
    isSame(topics[1], `0x${word(from)}`) &&
    isSame(topics[2], state.nonce);
  const event =
    (await logsOf(chain, named, abortSignal))?.find(isOurs) ?? (await findLog(search, isOurs));
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

async function findLog(
  { abortSignal, chain, from, head, state }: Search,
  isWanted: (log: Log) => boolean,
): Promise<Log | undefined> {
  const filter = {
    address: state.asset,
    topics: [[USED, CANCELED], `0x${word(from)}`, state.nonce],
  };
  const search = { filter, head, schema: logSchema };
  for await (const logs of searchLogs(chain, state, search, abortSignal)) {
    const found = logs.find(isWanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Undefined for a transaction that does not exist, or failed. */
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
  // An escrowed payment goes to the escrow's collector first.
  const isPayee = state.escrow !== undefined || isSame(topics[2], `0x${word(state.payTo)}`);
  return (
    isSame(address, state.asset) &&
    topics[0] === TRANSFER &&
    isSame(topics[1], `0x${word(from)}`) &&
    isPayee &&
    BigInt(data) <= BigInt(state.amount)
  );
}
