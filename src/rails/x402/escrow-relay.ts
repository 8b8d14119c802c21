import type { JSONObject } from '@ai-sdk/provider';
import { safeParseJSON } from '@ai-sdk/provider-utils';
import { createFetch } from 'ofetch';
import * as z from 'zod/v4';
import { withDeadline } from '../../internal/with-deadline';
import { SettlementError } from '../rail';

/**
 * What a facilitator is asked to bring on the chain: the body of `POST /settle` of x402, with a `payload`
 * of the type `capture` or `void`. It is good for nothing but that: the signature in it is bound to the
 * chain, the operator, the payment, the amount, and the balances that it finds.
 */
export interface X402LifecycleRequest {
  x402Version: 2;
  paymentPayload: JSONObject;
  paymentRequirements: JSONObject;
}

/**
 * Brings a request on the chain, and ends when it is there. What it answers is not believed: the chain is
 * looked at.
 */
export type RelayLifecycle = (
  request: X402LifecycleRequest,
  options: { abortSignal?: AbortSignal | undefined },
) => Promise<unknown>;

/**
 * @throws SettlementError retryable: `NETWORK`, `TIMEOUT` or `UPSTREAM`. What was asked for may have been
 * done all the same.
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
      throw relayError('UPSTREAM', `it refused (${shown(said.errorReason ?? 'no reason')})`);
    }
    return answer;
  };
}

/** It may never end. */
function byFunction(
  relay: RelayLifecycle,
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number | undefined },
): RelayLifecycle {
  return (request, { abortSignal }) =>
    withDeadline(
      {
        timeoutMs,
        abortSignal,
        timeoutError: () => relayError('TIMEOUT', 'it did not answer in time'),
        // What others throw quotes the request.
        networkError: (cause) =>
          SettlementError.isInstance(cause) ? cause : relayError('NETWORK', 'it failed'),
      },
      (signal) => relay(request, { abortSignal: signal }),
    );
}

/** A facilitator waits for the chain: a minute, by the scheme. */
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
        ? relayError('TIMEOUT', 'it did not answer in time')
        : relayError('NETWORK', 'it could not be reached');
    }
    const parsed = await safeParseJSON({ text: response._data ?? '' });
    const answer = parsed.success ? parsed.value : undefined;
    if (answerSchema.safeParse(answer).success) return answer;
    throw relayError('UPSTREAM', `it answered HTTP ${response.status}`);
  };
}

/** Names no URL: those of facilitators may hold a key. */
function relayError(code: 'NETWORK' | 'TIMEOUT' | 'UPSTREAM', problem: string): SettlementError {
  return new SettlementError({
    code,
    message: `The relay of \`x402\` (\`authCapture.relay\`) did not bring the payer's word on the chain: ${problem}.`,
    isRetryable: true,
  });
}

function shown(text: string): string {
  return text.replaceAll(/[^\w:.-]/g, '?').slice(0, 100);
}
