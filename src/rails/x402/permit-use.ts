import * as z from 'zod/v4';
import { word } from './abi-word';
import { type ChainReader, quantity } from './ledger';
import type { PaymentState } from './payment-state';
import {
  hex,
  isSame,
  type Log,
  logSchema,
  searchLogs,
  toHex,
  TRANSFER,
  unclear,
} from './search-logs';

const PERMIT2 = '0x000000000022D473030F116dDEE9F6B43aC78BA3';

/** The contracts that use Permit2 payments, by scheme. They pay only the signed payee. */
export const PERMIT2_PROXIES: Readonly<Record<string, string | undefined>> = {
  exact: '0x402085c248EeA27D92E8b30b2C58ed07f9E20001',
  upto: '0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002',
};

/** The use of a nonce. */
export type PermitUse =
  | { type: 'taken'; amount: bigint; transaction: string }
  | { type: 'canceled'; transaction: string };

type Placed = Log & { blockNumber: bigint };
const placedSchema = logSchema.extend({ blockNumber: quantity });

interface Search {
  chain: ChainReader;
  state: PaymentState;
  from: string;
  /** The number of the chain's latest block. */
  head: bigint;
  abortSignal: AbortSignal | undefined;
}

/**
 * Permit2 emits no event for a nonce, so its use is found in two ways: from the call of the proxy, or from the
 * block in which the nonce's bit was set. A transaction that merely contains the nonce proves nothing: the
 * payee may have put it there.
 *
 * @param named a transaction that the agent reported, which is checked first.
 * @throws SettlementError retryable, if the use cannot be determined.
 */
export async function findPermitUse(search: Search, named: string | undefined): Promise<PermitUse> {
  const { chain, state, from, abortSignal } = search;
  const topics = [TRANSFER, `0x${word(from)}`, `0x${word(state.payTo)}`];
  const transfers = (await allLogs(search, { address: state.asset, topics }))
    .filter((log) => isTransfer(log, state, from))
    .toSorted((one, other) => Number(BigInt(other.data) - BigInt(one.data)));
  const hashes = [...new Set(transfers.map(({ transactionHash }) => transactionHash))];
  const first = hashes.toSorted((one, other) => rank(one, named) - rank(other, named));
  const unknown = new Set<string>();
  for (const hash of first.slice(0, MOST_CANDIDATES)) {
    const asked = await readAsked(chain, state, hash, abortSignal);
    if (asked === undefined) unknown.add(hash);
    else if (isSame(asked.owner, from) && asked.nonce === BigInt(state.nonce)) {
      const [transfer] = transfers.filter(({ transactionHash }) => transactionHash === hash);
      if (transfer !== undefined) return taken(transfer);
    }
  }
  // The largest transfer of each block: with several, a smaller one cannot be excluded.
  const looked = new Set<bigint>();
  for (const transfer of transfers) {
    const { blockNumber, transactionHash } = transfer;
    if (!unknown.has(transactionHash) || looked.has(blockNumber)) continue;
    looked.add(blockNumber);
    if (await isFirstUsedIn(search, blockNumber)) return taken(transfer);
  }
  return findInvalidation(search);
}

const MOST_CANDIDATES = 50;

function taken({ data, transactionHash }: Log): PermitUse {
  return { type: 'taken', amount: BigInt(data), transaction: transactionHash };
}

function rank(hash: string, named: string | undefined): number {
  return isSame(hash, named) ? 0 : 1;
}

function isTransfer({ address, data, topics }: Log, state: PaymentState, from: string): boolean {
  const amount = BigInt(data === '0x' ? 0 : data);
  return (
    isSame(address, state.asset) &&
    topics[0] === TRANSFER &&
    isSame(topics[1], `0x${word(from)}`) &&
    isSame(topics[2], `0x${word(state.payTo)}`) &&
    // `exact` uses the whole amount.
    (state.scheme === 'exact' ? amount === BigInt(state.amount) : amount <= BigInt(state.amount))
  );
}

/**
 * `settle` and `settleWithPermit` of the proxies: the positions of the permit and the owner in their arguments.
 */
const SETTLES: Readonly<Record<string, { permit: number; owner: number } | undefined>> = {
  '0x13cd3b53': { permit: 0, owner: 4 },
  '0xfa340378': { permit: 5, owner: 9 },
  '0xff11e7b4': { permit: 0, owner: 5 },
  '0x016c1748': { permit: 5, owner: 10 },
};

const transactionSchema = z.looseObject({ to: hex.nullish(), input: hex });

/** The owner and nonce in a call of the proxy. Undefined for a transaction with another call. */
async function readAsked(
  chain: ChainReader,
  { scheme }: PaymentState,
  hash: string,
  abortSignal: AbortSignal | undefined,
): Promise<{ owner: string; nonce: bigint } | undefined> {
  const { to, input } = await chain.read(
    'eth_getTransactionByHash',
    [hash],
    transactionSchema,
    abortSignal,
  );
  const places = SETTLES[input.slice(0, 10)];
  if (places === undefined || !isSame(to ?? undefined, PERMIT2_PROXIES[scheme])) return undefined;
  const wordAt = (at: number) => input.slice(10 + at * 64, 74 + at * 64);
  // A permit is token, amount, nonce and deadline.
  const [owner, nonce] = [wordAt(places.owner), wordAt(places.permit + 2)];
  if (owner.length < 64 || nonce.length < 64) return undefined;
  return { owner: `0x${owner.slice(24)}`, nonce: BigInt(`0x${nonce}`) };
}

/** `UnorderedNonceInvalidation(address,uint256,uint256)` of Permit2: owner, word and mask. */
const INVALIDATED = '0x3704902f963766a4e561bbaab6e6cdc1b1dd12f6e9e99648da8843b3f46b918d';

async function findInvalidation(search: Search): Promise<PermitUse> {
  const { state, from } = search;
  const nonce = BigInt(state.nonce);
  const owner = `0x${word(from)}`;
  for (const log of await allLogs(search, { address: PERMIT2, topics: [INVALIDATED, owner] })) {
    const { address, blockNumber, data, topics, transactionHash } = log;
    const isOurs =
      isSame(address, PERMIT2) &&
      topics[0] === INVALIDATED &&
      isSame(topics[1], owner) &&
      data.length === 130 &&
      BigInt(data.slice(0, 66)) === nonce >> 8n &&
      ((BigInt(`0x${data.slice(66)}`) >> (nonce & 255n)) & 1n) === 1n;
    // A nonce that was used before can still be invalidated.
    if (isOurs && (await isFirstUsedIn(search, blockNumber))) {
      return { type: 'canceled', transaction: transactionHash };
    }
  }
  throw unclear();
}

async function isFirstUsedIn(search: Search, block: bigint): Promise<boolean> {
  const { chain, state, from, abortSignal } = search;
  const isUsed = async (at: bigint) =>
    isPermitUsed(chain, state, { from, block: toHex(at), abortSignal });
  return (await isUsed(block)) && (block === 0n || !(await isUsed(block - 1n)));
}

/** `nonceBitmap(address,uint256)`. */
const NONCE_BITMAP = '0x4fe02b44';

/** Whether a nonce is used at the end of a block. */
export async function isPermitUsed(
  chain: ChainReader,
  { nonce }: PaymentState,
  {
    from,
    block,
    abortSignal,
  }: { from: string; block: string; abortSignal: AbortSignal | undefined },
): Promise<boolean> {
  const number = BigInt(nonce);
  const call = { to: PERMIT2, data: NONCE_BITMAP + word(from) + word(number >> 8n) };
  const bits = await chain.read('eth_call', [call, block], quantity, abortSignal);
  return ((bits >> (number & 255n)) & 1n) === 1n;
}

async function allLogs(
  { chain, state, head, abortSignal }: Search,
  filter: { address: string; topics: string[] },
): Promise<Placed[]> {
  const found: Placed[] = [];
  const search = { filter, head, schema: placedSchema };
  for await (const logs of searchLogs(chain, state, search, abortSignal)) found.push(...logs);
  return found;
}
