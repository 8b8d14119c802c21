import type { JSONObject } from '@ai-sdk/provider';
import { safeParseJSON } from '@ai-sdk/provider-utils';
import { createFetch } from 'ofetch';
import * as z from 'zod/v4';
import { withDeadline } from '../../internal/with-deadline';
import { SettlementError } from '../rail';

/**
 * A request that a facilitator sends to the chain: the body of x402's `POST /settle`, with a `payload` of the
 * type `capture` or `void`. It cannot be used for anything else: its signature is bound to the chain, the
 * operator, the payment, the amount, and the current balances.
 */
export interface X402LifecycleRequest {
  x402Version: 2;
  paymentPayload: JSONObject;
  paymentRequirements: JSONObject;
}

/**
 * Sends a request to the chain, and resolves when it is there. Its result is not trusted, but verified on the
 * chain.
 */
export type RelayLifecycle = (
  request: X402LifecycleRequest,
  options: { abortSignal?: AbortSignal | undefined },
) => Promise<unknown>;

/**
 * @throws SettlementError retryable: `NETWORK`, `TIMEOUT` or `UPSTREAM`. The operation may have been applied.
 */
export function createRelay(
  relay: string | RelayLifecycle,
  options: { fetch?: typeof globalThis.fetch | undefined; timeoutMs?: number | undefined },
): RelayLifecycle {
  const send = typeof relay === 'string' ? sendByHttp(relay, options) : byFunction(relay, options);
  return async (request, { abortSignal }) => {
    const answer = await send(request, { abortSignal });
    const said = answerSchema.safeParse(answer).data;
    if (said?.success === false) {
      throw relayError('UPSTREAM', `the relay refused (${shown(said.errorReason ?? 'no reason')})`);
    }
    return answer;
  };
}

/** The function may never resolve. */
function byFunction(
  relay: RelayLifecycle,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number | undefined },
): RelayLifecycle {
  return (request, { abortSignal }) =>
    withDeadline(
      {
        timeoutMs,
        abortSignal,
        timeoutError: () => relayError('TIMEOUT', 'the relay timed out'),
        // A foreign error quotes the request.
        networkError: (cause) =>
          SettlementError.isInstance(cause) ? cause : relayError('NETWORK', 'it failed'),
      },
      (signal) => relay(request, { abortSignal: signal }),
    );
}

/** A facilitator waits for the chain: a minute, according to the scheme. */
const TIMEOUT_MS = 75_000;

const answerSchema = z.looseObject({ success: z.boolean(), errorReason: z.string().nullish() });

function sendByHttp(
  url: string,
  options: { fetch?: typeof globalThis.fetch | undefined; timeoutMs?: number | undefined },
): RelayLifecycle {
  const { raw } = createFetch({
    fetch: (input, init) => (options.fetch ?? globalThis.fetch)(input, init),
    Headers: globalThis.Headers,
    AbortController: globalThis.AbortController,
  });
  return async (request, { abortSignal }) => {
    const deadline = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    let response;
    try {
      response = await raw<string, 'text'>(`${url.endsWith('/') ? url.slice(0, -1) : url}/settle`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(request),
        signal: abortSignal === undefined ? deadline : AbortSignal.any([abortSignal, deadline]),
        responseType: 'text',
        retry: false,
        ignoreResponseError: true,
        redirect: 'manual',
      });
    } catch {
      abortSignal?.throwIfAborted();
      throw deadline.aborted
        ? relayError('TIMEOUT', 'the relay timed out')
        : relayError('NETWORK', 'the relay could not be reached');
    }
    const parsed = await safeParseJSON({ text: response._data ?? '' });
    const answer = parsed.success ? parsed.value : undefined;
    if (answerSchema.safeParse(answer).success) return answer;
    throw relayError('UPSTREAM', `the relay answered HTTP ${response.status}`);
  };
}

/** Contains no URL: a facilitator's URL may contain a key. */
function relayError(code: 'NETWORK' | 'TIMEOUT' | 'UPSTREAM', problem: string): SettlementError {
  return new SettlementError({
    code,
    message: `The relay of \`x402\` (\`authCapture.relay\`) did not send the payer's consent to the chain: ${problem}.`,
    isRetryable: true,
  });
}

function shown(text: string): string {
  return text.replaceAll(/[^\w:.-]/g, '?').slice(0, 100);
}
