import { createIdGenerator, isRecord, safeParseJSON } from '@ai-sdk/provider-utils';
import { createFetch } from 'ofetch';
import type * as z from 'zod/v4';
import { hmacSha256 } from '../../internal/hmac-sha256';
import { withDeadline } from '../../internal/with-deadline';
import { SettlementError } from '../rail';
import { ExchangeClock } from './exchange-clock';
import {
  errorFromAnswer,
  type ExchangeCall,
  networkError,
  timeoutError,
  unexpectedAnswer,
} from './exchange-error';
import { cleanApiKey } from './exchange-settings';
import { exchangeBaseUrl, shownExchangeUrl } from './exchange-url';

/** Auth on the reference exchange takes more than a second with a few dozen accounts. */
const DEFAULT_TIMEOUT_MS = 15_000;

export interface ExchangeConnection {
  /** Any form of the exchange's URL: its origin, or with `/v1` or `/api/v1`. */
  url: string;
  apiKey?: string | undefined;
  /** Reaches every request. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** For one request, its answer's body included. Default: 15000. */
  timeoutMs?: number | undefined;
  /** Signs requests with the API key, for exchanges that demand it (a2a-se 1.3). */
  signRequests?: boolean | undefined;
  /** Learns from every answer. Default: one of its own. */
  clock?: ExchangeClock | undefined;
}

export interface ExchangeCallOptions {
  /** Cancels the request; the signal's reason is thrown as it is. */
  abortSignal?: AbortSignal | undefined;
}

export interface ExchangePostOptions extends ExchangeCallOptions {
  /** At most 255 characters, unguessable, one for one body (a2a-se 1.4). */
  idempotencyKey?: string | undefined;
}

interface ExchangeRequest<SCHEMA extends z.ZodType> {
  method: 'GET' | 'POST';
  /** Below the `/v1`, with its query. */
  path: string;
  /** Names the request in errors. */
  operation: string;
  /** The escrow that the answer has to be about. */
  escrowId?: string | undefined;
  body?: object | undefined;
  /** Of the answer. */
  schema: SCHEMA;
  /** Registration and account look-ups go without the key. */
  withoutKey?: boolean | undefined;
  idempotencyKey?: string | undefined;
  abortSignal?: AbortSignal | undefined;
}

export type SendExchangeRequest = <SCHEMA extends z.ZodType>(
  request: ExchangeRequest<SCHEMA>,
) => Promise<z.output<SCHEMA>>;

/**
 * One request, one answer: no redirect, and no retry but of a request that was refused because it was
 * signed by a wrong clock.
 *
 * @throws SettlementError for every failure, but for an abort by the caller's own signal, whose
 * reason is thrown as it is.
 */
export function createExchangeRequest(connection: ExchangeConnection): SendExchangeRequest {
  const baseUrl = exchangeBaseUrl(connection.url);
  const exchange = shownExchangeUrl(connection.url);
  const timeoutMs = connection.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const apiKey = cleanApiKey(connection.apiKey);
  const clock = connection.clock ?? new ExchangeClock();
  const { raw } = createFetch({
    // The global is looked up late, so that a patched one is used; and called without a `this`.
    fetch: (input, init) => (connection.fetch ?? globalThis.fetch)(input, init),
    Headers: globalThis.Headers,
    AbortController: globalThis.AbortController,
  });

  return async ({ method, path, body, schema, abortSignal, ...request }) => {
    const call: ExchangeCall = {
      operation: request.operation,
      escrowId: request.escrowId,
      exchange,
      apiKey,
      requestId: createRequestId(),
    };
    if (apiKey === undefined && !request.withoutKey) {
      throw new SettlementError({
        code: 'NOT_CONFIGURED',
        message: `${call.operation} at ${exchange} needs an API key. Set A2A_PAYER_API_KEY or the \`apiKey\` option.`,
      });
    }
    const url = baseUrl + path;
    // Serialized once: the exchange compares and verifies bytes.
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = new Headers({ accept: 'application/json', 'X-Request-Id': call.requestId });
    if (text !== undefined) {
      headers.set('content-type', 'application/json');
    }
    if (request.idempotencyKey !== undefined) {
      headers.set('Idempotency-Key', request.idempotencyKey);
    }
    if (apiKey !== undefined && !request.withoutKey) {
      headers.set('Authorization', `Bearer ${apiKey}`);
    }

    const sendOnce = async () => {
      if (apiKey !== undefined && !request.withoutKey && connection.signRequests) {
        const signature = await signRequest({ apiKey, method, url, body: text, now: clock.now() });
        Object.entries(signature).forEach(([name, value]) => headers.set(name, value));
      }
      const ends = {
        timeoutMs,
        abortSignal,
        timeoutError: (ms?: number) => timeoutError(call, ms),
        networkError: (cause: unknown) => networkError(call, cause),
      };
      return withDeadline(ends, async (signal) => {
        const startedAt = Date.now();
        const response = await raw<string, 'text'>(url, {
          method,
          headers,
          ...(text === undefined ? {} : { body: text }),
          signal,
          responseType: 'text',
          retry: false,
          ignoreResponseError: true,
          // Followed, a redirect could carry the key to another origin.
          redirect: 'manual',
        });
        clock.observe(response.headers, { startedAt, endedAt: Date.now() });
        return response;
      });
    };
    const assumed = clock.now() - Date.now();
    let answer = await sendOnce();
    const isAway = Math.abs(clock.now() - Date.now() - assumed) > SIGNATURE_SKEW_MS;
    if (answer.status === 401 && connection.signRequests && isAway) {
      // Signed at a time that the exchange does not take: its answer has told the right one.
      answer = await sendOnce();
    }
    const content = answer._data ?? '';
    if (answer.type === 'opaqueredirect' || (answer.status >= 300 && answer.status < 400)) {
      throw unexpectedAnswer(
        call,
        'it answered with a redirect, which is not followed. Give the final URL (A2A_EXCHANGE_URL)',
        { statusCode: answer.status },
      );
    }
    if (!answer.ok) {
      throw await errorFromAnswer(call, {
        status: answer.status,
        headers: answer.headers,
        text: content,
        now: clock.now(),
      });
    }
    const json = await safeParseJSON({ text: content });
    const parsed = schema.safeParse(json.success ? json.value : undefined);
    if (!parsed.success) {
      const problem = json.success
        ? `fields are missing or wrong (${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')})`
        : 'the answer is not JSON';
      throw unexpectedAnswer(
        call,
        `${problem}. Is this the URL of an exchange (A2A_EXCHANGE_URL)?`,
        {
          statusCode: answer.status,
        },
      );
    }
    if (
      request.escrowId !== undefined &&
      isRecord(parsed.data) &&
      parsed.data['escrowId'] !== request.escrowId
    ) {
      throw unexpectedAnswer(call, 'the answer is about another escrow', {
        statusCode: answer.status,
      });
    }
    return parsed.data;
  };
}

/** Signatures are good for 300 seconds; less than half of it is no reason to sign again. */
const SIGNATURE_SKEW_MS = 120_000;

const createRequestId = createIdGenerator({ prefix: 'req', separator: '_', size: 16 });

/**
 * The two headers that sign a request (a2a-se 1.3): an HMAC with the API key over the time, the
 * method, the path as it is in the URL and the body. The query is not signed. Good for 300 seconds.
 */
export async function signRequest({
  apiKey,
  method,
  url,
  body = '',
  now,
}: {
  apiKey: string;
  method: string;
  url: string;
  body?: string | undefined;
  /** The exchange's time, in milliseconds since 1970. */
  now: number;
}): Promise<{ 'X-A2A-Timestamp': string; 'X-A2A-Signature': string }> {
  const timestamp = String(Math.floor(now / 1000));
  const { pathname } = new URL(url);
  return {
    'X-A2A-Timestamp': timestamp,
    'X-A2A-Signature': await hmacSha256(
      apiKey,
      `${timestamp}${method.toUpperCase()}${pathname}${body}`,
    ),
  };
}
