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

/** Authentication at the reference exchange takes more than a second with a few dozen accounts. */
const DEFAULT_TIMEOUT_MS = 15_000;

export interface ExchangeConnection {
  /** The exchange's URL in any form: its origin, or with `/v1` or `/api/v1`. */
  url: string;
  apiKey?: string | undefined;
  /** Used for every request. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** The timeout of one request in milliseconds, including its response body. Default: 15000. */
  timeoutMs?: number | undefined;
  /** Signs requests with the API key, for exchanges that require it (a2a-se 1.3). */
  signRequests?: boolean | undefined;
  /** Updated by every response. Default: a new clock. */
  clock?: ExchangeClock | undefined;
}

export interface ExchangeCallOptions {
  /** Cancels the request; the signal's reason is thrown unchanged. */
  abortSignal?: AbortSignal | undefined;
}

export interface ExchangePostOptions extends ExchangeCallOptions {
  /** At most 255 characters, unguessable, unique per body (a2a-se 1.4). */
  idempotencyKey?: string | undefined;
}

interface ExchangeRequest<SCHEMA extends z.ZodType> {
  method: 'GET' | 'POST';
  /** The path after `/v1`, with its query. */
  path: string;
  /** The operation's name in errors. */
  operation: string;
  /** The escrow id that the response must have. */
  escrowId?: string | undefined;
  body?: object | undefined;
  /** The schema of the response. */
  schema: SCHEMA;
  /** Registration and account lookups are sent without the key. */
  withoutKey?: boolean | undefined;
  idempotencyKey?: string | undefined;
  abortSignal?: AbortSignal | undefined;
}

export type SendExchangeRequest = <SCHEMA extends z.ZodType>(
  request: ExchangeRequest<SCHEMA>,
) => Promise<z.output<SCHEMA>>;

/**
 * Sends one request without redirects. The only retry is for a request whose signature was refused because of a
 * wrong clock.
 *
 * @throws SettlementError for every failure, except an abort by the caller's own signal, whose reason is thrown
 * unchanged.
 */
export function createExchangeRequest(connection: ExchangeConnection): SendExchangeRequest {
  const baseUrl = exchangeBaseUrl(connection.url);
  const exchange = shownExchangeUrl(connection.url);
  const timeoutMs = connection.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const apiKey = cleanApiKey(connection.apiKey);
  const clock = connection.clock ?? new ExchangeClock();
  const { raw } = createFetch({
    // The global is read on each call, so that a patched one is used; and called without a `this`.
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
          // A followed redirect could send the key to another origin.
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
      // The signature's time was refused: the response contains the correct time.
      answer = await sendOnce();
    }
    const content = answer._data ?? '';
    if (answer.type === 'opaqueredirect' || (answer.status >= 300 && answer.status < 400)) {
      throw unexpectedAnswer(
        call,
        'the response is a redirect, which is not followed. Set the final URL (A2A_EXCHANGE_URL)',
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
        ? `fields are missing or invalid (${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')})`
        : 'the response is not JSON';
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
      throw unexpectedAnswer(call, 'the response is about another escrow', {
        statusCode: answer.status,
      });
    }
    return parsed.data;
  };
}

/** Signatures are valid for 300 seconds; a deviation of less than half of it is no reason to sign again. */
const SIGNATURE_SKEW_MS = 120_000;

const createRequestId = createIdGenerator({ prefix: 'req', separator: '_', size: 16 });

/**
 * The two headers that sign a request (a2a-se 1.3): an HMAC with the API key over the time, the method, the
 * path as in the URL and the body. The query is not signed. Valid for 300 seconds.
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
