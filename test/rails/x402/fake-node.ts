import { payee, payer, transaction, usdc } from './offers';

export const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const USED = '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5';
export const CANCELED = '0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81';

export const word = (value: string | bigint) =>
  (typeof value === 'bigint' ? value.toString(16) : value.slice(2).toLowerCase()).padStart(64, '0');
export const hex = (value: bigint) => `0x${value.toString(16)}`;

/** One log of the chain. By default 0.25 USDC of the payer for the payee. */
export interface FakeLog {
  hash?: string;
  address?: string;
  topics?: string[];
  data?: string;
  amount?: bigint;
  index?: number;
  block?: bigint;
}

/** The log with which EIP-3009 notes that a nonce was used. */
export const usedLog = (more: FakeLog = {}): FakeLog => ({
  topics: [USED, `0x${word(payer)}`, `0x${'cd'.repeat(32)}`],
  data: '0x',
  index: 0,
  ...more,
});

/** A node of a chain: what is in its logs, and what its transactions were asked to do. */
export function fakeNode({
  usedIn = 1001n,
  timestamp = () => BigInt(Math.floor(Date.now() / 1000)),
  head = () => 1001n,
  logs = [],
  transactions = {},
  failed = [],
  mostBlocks = 10n ** 9n,
}: {
  /** The block in which the nonce was used. */
  usedIn?: bigint;
  timestamp?: (block: bigint) => bigint;
  head?: () => bigint;
  logs?: FakeLog[];
  transactions?: Record<string, { to?: string; input: string }>;
  /** The hashes of transactions that were reverted. */
  failed?: string[];
  /** As those of public nodes: a search over more is refused. */
  mostBlocks?: bigint;
} = {}) {
  const calls: { method: string; params: unknown[] }[] = [];
  const numberOf = (block: string) => (block.startsWith('0x') ? BigInt(block) : head());
  const shown = logs.map((log) => ({
    address: log.address ?? usdc,
    topics: log.topics ?? [TRANSFER, `0x${word(payer)}`, `0x${word(payee)}`],
    data: log.data ?? `0x${word(log.amount ?? 250_000n)}`,
    logIndex: hex(BigInt(log.index ?? 1)),
    transactionHash: log.hash ?? transaction,
    blockNumber: hex(log.block ?? 1001n),
  }));
  const answer = (method: string, params: unknown[]) => {
    const [first, second] = params;
    switch (method) {
      case 'eth_chainId':
        return '0x14a34';
      case 'eth_blockNumber':
        return hex(head());
      case 'eth_getBlockByNumber': {
        const number = numberOf(String(first));
        return { number: hex(number), timestamp: hex(timestamp(number)) };
      }
      case 'eth_call': {
        const isUsed = numberOf(String(second)) >= usedIn;
        return `0x${(isUsed ? 'f' : '0').repeat(64)}`;
      }
      case 'eth_getTransactionByHash':
        return { to: payee, input: '0x', ...transactions[String(first)] };
      case 'eth_getTransactionReceipt': {
        const own = shown.filter((log) => log.transactionHash === first);
        const status = failed.includes(String(first)) ? '0x0' : '0x1';
        return own.length === 0 ? null : { status, transactionHash: first, logs: own };
      }
      case 'eth_getLogs': {
        const range = first as { fromBlock: string; toBlock: string };
        const [from, to] = [BigInt(range.fromBlock), BigInt(range.toBlock)];
        if (to - from >= mostBlocks) throw new Error('query exceeds max block range');
        // It does not keep to the filter.
        return shown.filter(({ blockNumber }) => {
          const number = BigInt(blockNumber);
          return number >= from && number <= to;
        });
      }
      default:
        throw new Error(method);
    }
  };
  return {
    calls,
    request: async ({ method, params }: { method: string; params?: unknown }) => {
      const asked = Array.isArray(params) ? (params as unknown[]) : [];
      calls.push({ method, params: asked });
      return answer(method, asked);
    },
  };
}
