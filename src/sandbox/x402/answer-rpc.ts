import * as z from 'zod/v4';
import type { Coin } from './coin';

const requestSchema = z.looseObject({
  id: z.union([z.string(), z.number(), z.null()]).catch(null),
  method: z.string(),
  params: z.array(z.unknown()).catch([]),
});
const callSchema = z.looseObject({ data: z.string() });
const filterSchema = z.looseObject({
  fromBlock: z.string().catch('earliest'),
  topics: z.array(z.union([z.string(), z.array(z.string()), z.null()])).catch([]),
});

/** The JSON-RPC methods of a chain that a search for payments uses, for the ledger of one coin. */
export async function answerRpc(
  request: Request,
  { address, chainId, coin }: { address: string; chainId: number; coin: Coin },
): Promise<Response> {
  const parsed = requestSchema.safeParse(await request.json().catch(() => undefined));
  if (!parsed.success) return Response.json({ detail: 'Not JSON-RPC' }, { status: 400 });
  const { id, method, params } = parsed.data;
  const result = answer(method, params);
  const body =
    result === undefined
      ? { error: { code: -32601, message: `The sandbox does not know ${method}.` } }
      : { result };
  return Response.json({ jsonrpc: '2.0', id, ...body });

  function answer(asked: string, [first]: unknown[]): unknown {
    switch (asked) {
      case 'eth_chainId':
        return quantity(chainId);
      case 'eth_blockNumber':
        return quantity(coin.height());
      case 'eth_getBlockByNumber':
        return { number: quantity(coin.height()), timestamp: quantity(coin.timestamp()) };
      case 'eth_call':
        return call(callSchema.safeParse(first).data?.data ?? '');
      case 'eth_getLogs':
        return find(filterSchema.parse(first ?? {}));
      case 'eth_getTransactionReceipt':
        return receiptOf(String(first).toLowerCase());
      default:
        return undefined;
    }
  }

  /** `authorizationState(address,bytes32)` and `balanceOf(address)`. */
  function call(data: string): string | undefined {
    const owner = `0x${data.slice(34, 74)}`;
    if (data.startsWith('0xe94a0102')) {
      return word(coin.isUsed(owner, `0x${data.slice(74, 138)}`) ? 1n : 0n);
    }
    return data.startsWith('0x70a08231') ? word(coin.balanceOf(owner)) : undefined;
  }

  function find({ fromBlock, topics }: z.output<typeof filterSchema>) {
    const first = /^0x[0-9a-fA-F]{1,12}$/.test(fromBlock) ? Number(fromBlock) : 0;
    return coin.logs
      .filter(
        (log) =>
          log.blockNumber >= first &&
          topics.every((topic, at) => matches(topic, log.topics[at] ?? '')),
      )
      .map(toLog);
  }

  function receiptOf(transactionHash: string) {
    const logs = coin.logs.filter((log) => log.transactionHash === transactionHash);
    return logs.length === 0 ? null : { transactionHash, status: '0x1', logs: logs.map(toLog) };
  }

  function toLog({ blockNumber, logIndex, ...log }: Coin['logs'][number]) {
    return { ...log, address, blockNumber: quantity(blockNumber), logIndex: quantity(logIndex) };
  }
}

function matches(wanted: string | string[] | null, topic: string): boolean {
  return wanted === null || [wanted].flat().some((one) => one.toLowerCase() === topic);
}

function quantity(value: number): string {
  return `0x${value.toString(16)}`;
}

function word(value: bigint): string {
  return `0x${value.toString(16).padStart(64, '0')}`;
}
