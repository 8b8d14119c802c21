import { safeParseJSON } from '@ai-sdk/provider-utils';
import { createFetch } from 'ofetch';
import * as z from 'zod/v4';
import { withDeadline } from '../../internal/with-deadline';
import { SettlementError } from '../rail';

/** Where a chain is read: the URL of its JSON-RPC, or a client with `request`, as viem's public client is. */
export type X402Ledger =
  | string
  | { request(call: { method: string; params?: unknown }): Promise<unknown> };

/** Reads one chain. Nothing is ever sent to it. */
export interface ChainReader {
  /** CAIP-2, asked once. */
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
 * @throws SettlementError `NETWORK`, `UPSTREAM` or `UNEXPECTED_ANSWER`, all of them retryable; the
 * reason of the caller's signal as it is.
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
      // Several wait for it: it ends with nobody's signal.
      network ??= reader.read('eth_chainId', [], quantity).then((chainId) => `eip155:${chainId}`);
      // One that was not to be had is asked for again.
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
      throw ledgerError('UNEXPECTED_ANSWER', method, 'it answered with something else');
    },
  };
  return reader;
}

/** A number as Ethereum writes it. */
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
        timeoutError: () => ledgerError('TIMEOUT', method, 'it did not answer in time'),
        // What a client throws quotes its request, and may quote the key in its URL.
        networkError: () => ledgerError('NETWORK', method, 'its client failed'),
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
        deadline.aborted ? 'it did not answer in time' : 'it could not be reached',
      );
    }
    const { status } = response;
    const body = await safeParseJSON({ text: response._data ?? '' });
    const answer = answerSchema.safeParse(body.success ? body.value : undefined);
    if (!answer.success || 'error' in answer.data) {
      const said = answer.success ? 'it answered with an error' : `it answered HTTP ${status}`;
      throw ledgerError('UPSTREAM', method, said, status);
    }
    return answer.data.result;
  };
}

/** Names no URL: those of RPC providers hold a key. */
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
