import { clock } from '../clock';

export const network = 'eip155:84532';
export const usdc = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
export const payer = '0x2222222222222222222222222222222222222222';

/** A promise to pay, as it was signed. */
export interface SignedTransfer {
  method: 'eip3009' | 'permit2';
  nonce: string;
  payTo: string;
  value: bigint;
  /** Seconds since 1970. */
  validBefore: number;
}

/** What became of it. */
export interface TransferEnd {
  type: 'taken' | 'canceled';
  amount: bigint;
  at: number;
  transaction: string;
}

const topics = {
  transfer: '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
  used: '0x98de503528ee59b575ef0c0a2576a82497bfc029a5685b209e9ec333479b10a5',
  canceled: '0x1cdd46ff242716cdaa72d159d339a485b3438398348d68f09d7c8c0a59353d81',
};

interface Log {
  address: string;
  topics: string[];
  data: string;
  logIndex: string;
  transactionHash: string;
}

interface Search {
  topics: (string | string[])[];
  fromBlock: string;
}

/** One token on one chain: its clock, its book of nonces, its logs. A block a millisecond. */
export class Chain {
  private readonly signed = new Map<string, SignedTransfer>();
  private readonly ends = new Map<string, TransferEnd>();

  sign(transfer: SignedTransfer): void {
    this.signed.set(transfer.nonce, transfer);
  }

  end(nonce: string): TransferEnd | undefined {
    return this.ends.get(nonce);
  }

  /** Whether the payee can take it now. */
  isOpen(nonce: string): boolean {
    const transfer = this.signed.get(nonce);
    const isOver = transfer === undefined || secondsOf(clock.now()) >= transfer.validBefore;
    return !isOver && !this.ends.has(nonce);
  }

  /** Of `exact` all of it, of `upto` at most what was signed. Undefined where the chain refuses. */
  take(nonce: string, amount: bigint): TransferEnd | undefined {
    const transfer = this.signed.get(nonce);
    if (transfer === undefined || !this.isOpen(nonce) || amount > transfer.value) return undefined;
    if (transfer.method === 'eip3009' && amount !== transfer.value) return undefined;
    return this.note(nonce, 'taken', amount);
  }

  cancel(nonce: string): void {
    if (this.isOpen(nonce)) this.note(nonce, 'canceled', 0n);
  }

  /** What a node answers that is behind by so many milliseconds. */
  answer(method: string, params: readonly unknown[], lagMs: number): unknown {
    const at = Math.floor(clock.now()) - lagMs;
    switch (method) {
      case 'eth_chainId':
        return '0x14a34';
      case 'eth_blockNumber':
        return hex(at);
      case 'eth_getBlockByNumber':
        return { number: hex(at), timestamp: hex(secondsOf(at)) };
      case 'eth_call': {
        const [{ data }, block] = params as [{ data: string }, string];
        return this.readNonce(data, Number(block));
      }
      case 'eth_getLogs':
        return this.search((params as [Search])[0], at);
      case 'eth_getTransactionReceipt': {
        const logs = this.logsUntil(at).filter((log) => log.transactionHash === params[0]);
        return logs.length === 0
          ? null
          : { status: '0x1', transactionHash: logs[0]?.transactionHash, logs };
      }
      case 'eth_getTransactionByHash': {
        const [nonce = ''] =
          this.endsUntil(at).find(([, end]) => end.transaction === params[0]) ?? [];
        return { input: `0x${word(BigInt(nonce))}` };
      }
      default:
        throw new Error(`The chain does not know ${method}`);
    }
  }

  private note(nonce: string, type: TransferEnd['type'], amount: bigint): TransferEnd {
    const transaction = `0x${word(BigInt(this.ends.size + 1))}`;
    const end = { type, amount, at: Math.floor(clock.now()), transaction };
    this.ends.set(nonce, end);
    return end;
  }

  private endsUntil(at: number): [nonce: string, end: TransferEnd][] {
    return [...this.ends].filter(([, end]) => end.at <= at);
  }

  /** `authorizationState(address,bytes32)`, or `nonceBitmap(address,uint256)`. */
  private readNonce(data: string, at: number): string {
    const asked = `0x${data.slice(74)}`;
    const used = this.endsUntil(at).map(([nonce]) => nonce);
    if (data.startsWith('0xe94a0102')) return used.includes(asked) ? '0x1' : '0x0';
    const bits = used
      .filter((nonce) => !nonce.startsWith('0x') && BigInt(nonce) >> 8n === BigInt(asked))
      .reduce((all, nonce) => all | (1n << (BigInt(nonce) & 255n)), 0n);
    return hex(bits);
  }

  private search({ fromBlock, topics: wanted }: Search, at: number): Log[] {
    return this.logsUntil(at, Number(fromBlock)).filter((log) =>
      wanted.every((topic, index) => [topic].flat().includes(log.topics[index] ?? '')),
    );
  }

  private logsUntil(at: number, since = 0): Log[] {
    return this.endsUntil(at).flatMap(([nonce, { amount, at: endedAt, transaction, type }]) => {
      const transfer = this.signed.get(nonce);
      if (transfer === undefined || endedAt < since) return [];
      const log = (index: number, data: string, ...named: string[]): Log => ({
        address: usdc,
        topics: named,
        data,
        logIndex: hex(index),
        transactionHash: transaction,
      });
      const from = addressTopic(payer);
      const moved = log(2, hex(amount), topics.transfer, from, addressTopic(transfer.payTo));
      if (transfer.method === 'permit2') return [moved];
      return type === 'canceled'
        ? [log(1, '0x', topics.canceled, from, nonce)]
        : [log(1, '0x', topics.used, from, nonce), moved];
    });
  }
}

function secondsOf(ms: number): number {
  return Math.floor(ms / 1000);
}

function addressTopic(address: string): string {
  return `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

function word(value: bigint): string {
  return value.toString(16).padStart(64, '0');
}
