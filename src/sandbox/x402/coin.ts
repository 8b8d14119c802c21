/** A transfer, in the form of a chain's log. */
interface CoinLog {
  topics: string[];
  data: string;
  transactionHash: string;
  blockNumber: number;
  logIndex: number;
}

/** A transfer that its payer has signed (EIP-3009). */
export interface Authorization {
  from: string;
  to: string;
  value: string;
  validAfter: string;
  validBefore: string;
  nonce: string;
}

/** A dollar coin in memory, with the ledger that a chain would keep. Amounts in its smallest unit. */
export function createCoin({ now }: { now: () => Date }) {
  const balances = new Map<string, bigint>();
  const used = new Set<string>();
  const logs: CoinLog[] = [];
  const key = (authorizer: string, nonce: string) => `${authorizer}:${nonce}`.toLowerCase();
  const balanceOf = (address: string) => balances.get(address.toLowerCase()) ?? 0n;
  const add = (address: string, amount: bigint) =>
    balances.set(address.toLowerCase(), balanceOf(address) + amount);

  /** Why the transfer is invalid, as an x402 error code. */
  const problemOf = ({ from, nonce, validAfter, validBefore, value }: Authorization) => {
    const seconds = BigInt(Math.floor(now().getTime() / 1000));
    if (BigInt(validBefore) <= seconds)
      return 'invalid_exact_evm_payload_authorization_valid_before';
    if (BigInt(validAfter) > seconds) return 'invalid_exact_evm_payload_authorization_valid_after';
    if (used.has(key(from, nonce))) return 'invalid_transaction_state';
    return balanceOf(from) < BigInt(value) ? 'insufficient_funds' : undefined;
  };

  return {
    logs,
    balanceOf,
    mint: add,
    problemOf,
    isUsed: (authorizer: string, nonce: string) => used.has(key(authorizer, nonce)),
    /** Each transfer is a block. */
    height: () => logs.at(-1)?.blockNumber ?? 0,
    timestamp: () => Math.floor(now().getTime() / 1000),

    /** The hash of the transaction. Undefined if it is invalid: nothing has been moved then. */
    transfer(authorization: Authorization): string | undefined {
      if (problemOf(authorization) !== undefined) return undefined;
      const { from, nonce, to, value } = authorization;
      used.add(key(from, nonce));
      add(from, -BigInt(value));
      add(to, BigInt(value));
      const blockNumber = (logs.at(-1)?.blockNumber ?? 0) + 1;
      const transactionHash = randomHash();
      const log = { transactionHash, blockNumber };
      logs.push(
        { ...log, topics: [USED, word(from), nonce.toLowerCase()], data: '0x', logIndex: 0 },
        { ...log, topics: [TRANSFER, word(from), word(to)], data: hex(BigInt(value)), logIndex: 1 },
      );
      return transactionHash;
    },
  };
}

export type Coin = ReturnType<typeof createCoin>;

/** The events of EIP-3009 and ERC-20 that searches of a chain use. */
const USED = '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5';
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';

function word(address: string): string {
  return `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
}

function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
}

function randomHash(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
