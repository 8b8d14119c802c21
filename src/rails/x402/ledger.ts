import { safeParseJSON } from '@ai-sdk/provider-utils';
import { createFetch } from 'ofetch';
import * as z from 'zod/v4';
import { withDeadline } from '../../internal/with-deadline';
import { SettlementError } from '../rail';

/** The access to a chain: the URL of its JSON-RPC, or a client with `request`, such as viem's public client. */
export type X402Ledger =
  | string
  | { request(call: { method: string; params?: unknown }): Promise<unknown> };

/** Reads one chain. Sends no transactions. */
export interface ChainReader {
  /** The CAIP-2 id, requested once. */
  network(signal?: AbortSignal): Promise<string>;
  read<SCHEMA extends z.ZodType>(
    method: string,
    params: unknown[],
    schema: SCHEMA,
    signal?: AbortSignal,
  ): Promise<z.output<SCHEMA>>;
}

const answerSchema = z.union([
  z.looseObject({ error: z.looseObject({ message: z.string() }) }),
  z.looseObject({ result: z.json() }),
]);

/**
 * @throws SettlementError `NETWORK`, `UPSTREAM` or `UNEXPECTED_ANSWER`, all of them retryable; the reason of
 * the caller's signal is thrown unchanged.
 */
export function createChainReader(
  ledger: X402Ledger,
  options: { fetch?: typeof globalThis.fetch | undefined; timeoutMs?: number | undefined } = {},
): ChainReader {
  const ask = typeof ledger === 'string' ? askByHttp(ledger, options) : askClient(ledger, options);
  let network: Promise<string> | undefined;

  const reader: ChainReader = {
    async network(signal) {
      signal?.throwIfAborted();
      // Shared by several callers, so it is not bound to the signal of one.
      network ??= reader.read('eth_chainId', [], quantity).then((chainId) => `eip155:${chainId}`);
      // Requested again after a failure.
      network.catch(() => {
        network = undefined;
      });
      const found = await network;
      signal?.throwIfAborted();
      return found;
    },
    async read(method, params, schema, signal) {
      signal?.throwIfAborted();
      const parsed = schema.safeParse(await ask(method, params, signal));
      if (parsed.success) return parsed.data;
      throw ledgerError('UNEXPECTED_ANSWER', method, 'the response is not valid');
    },
  };
  return reader;
}

/** A number in Ethereum's JSON notation. */
export const quantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/)
  .transform((text) => BigInt(text));

type Ask = (method: string, params: unknown[], signal?: AbortSignal) => Promise<unknown>;

function askClient(
  client: Exclude<X402Ledger, string>,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number | undefined },
): Ask {
  return (method, params, abortSignal) =>
    withDeadline(
      {
        timeoutMs,
        abortSignal,
        timeoutError: () => ledgerError('TIMEOUT', method, 'the request timed out'),
        // A client's error quotes its request, and may quote the key in its URL.
        networkError: () => ledgerError('NETWORK', method, 'the client failed'),
      },
      () => client.request({ method, params }),
    );
}

const TIMEOUT_MS = 15_000;

function askByHttp(
  url: string,
  options: { fetch?: typeof globalThis.fetch | undefined; timeoutMs?: number | undefined },
): Ask {
  const { raw } = createFetch({
    fetch: (input, init) => (options.fetch ?? globalThis.fetch)(input, init),
    Headers: globalThis.Headers,
    AbortController: globalThis.AbortController,
  });
  return async (method, params, signal) => {
    const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    let response;
    try {
      response = await raw<string, 'text'>(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        responseType: 'text',
        retry: false,
        ignoreResponseError: true,
        redirect: 'manual',
      });
    } catch {
      signal?.throwIfAborted();
      throw ledgerError(
        deadline.aborted ? 'TIMEOUT' : 'NETWORK',
        method,
        deadline.aborted ? 'the request timed out' : 'the node could not be reached',
      );
    }
    const { status } = response;
    const body = await safeParseJSON({ text: response._data ?? '' });
    const answer = answerSchema.safeParse(body.success ? body.value : undefined);
    if (!answer.success || 'error' in answer.data) {
      const said = answer.success
        ? 'the node responded with an error'
        : `the node answered HTTP ${status}`;
      throw ledgerError('UPSTREAM', method, said, status);
    }
    return answer.data.result;
  };
}

/** Contains no URL: the URL of an RPC provider contains a key. */
function ledgerError(
  code: 'NETWORK' | 'TIMEOUT' | 'UPSTREAM' | 'UNEXPECTED_ANSWER',
  method: string,
  problem: string,
  statusCode?: number,
): SettlementError {
  return new SettlementError({
    code,
    message: `The chain could not be read (${method}): ${problem}. Check the \`ledger\` of \`x402\`.`,
    isRetryable: true,
    statusCode,
  });
}
