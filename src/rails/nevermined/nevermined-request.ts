import { safeParseJSON } from '@ai-sdk/provider-utils';
import { createFetch } from 'ofetch';
import type * as z from 'zod/v4';
import { withDeadline } from '../../internal/with-deadline';
import {
  errorFromAnswer,
  type NeverminedCall,
  networkError,
  timeoutError,
  unexpectedAnswer,
} from './nevermined-error';
import type { NeverminedConnectionOptions } from './nevermined-options';
import type { NeverminedSettings } from './nevermined-settings';

/** Some requests wait for a chain. */
const DEFAULT_TIMEOUT_MS = 30_000;

interface NeverminedRequest<SCHEMA extends z.ZodType> {
  method: 'GET' | 'POST';
  /** The path below `/api/v1`. */
  path: string;
  /** The name of the request in errors. */
  operation: string;
  body?: object | undefined;
  /** The schema of the response. */
  schema: SCHEMA;
  /** Plans and balances are public, so the key is not sent. */
  withoutKey?: boolean | undefined;
  abortSignal?: AbortSignal | undefined;
}

export type SendNeverminedRequest = <SCHEMA extends z.ZodType>(
  request: NeverminedRequest<SCHEMA>,
) => Promise<z.output<SCHEMA>>;

/**
 * Sends one request, without redirects and retries.
 *
 * @throws SettlementError for every failure except an abort by the caller's own signal, whose reason is
 * thrown unchanged.
 */
export function createNeverminedRequest(
  { apiKey, backend }: NeverminedSettings,
  { fetch, timeoutMs = DEFAULT_TIMEOUT_MS, organizationId }: NeverminedConnectionOptions,
): SendNeverminedRequest {
  const { raw } = createFetch({
    // The global is read on each call, so that a patched one is used, and called without `this`.
    fetch: (input, init) => (fetch ?? globalThis.fetch)(input, init),
    Headers: globalThis.Headers,
    AbortController: globalThis.AbortController,
  });

  return async ({ method, path, body, schema, withoutKey, abortSignal, operation }) => {
    const call: NeverminedCall = { operation, backend, apiKey };
    const ends = {
      timeoutMs,
      abortSignal,
      timeoutError: (ms?: number) => timeoutError(call, ms),
      networkError: (cause: unknown) => networkError(call, cause),
    };
    const answer = await withDeadline(ends, (signal) =>
      raw<string, 'text'>(`${backend}/api/v1${path}`, {
        method,
        headers: {
          accept: 'application/json',
          'Nevermined-Version': '1.1',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...(!withoutKey && { authorization: `Bearer ${apiKey}` }),
          ...(!withoutKey && organizationId && { 'X-Current-Org-Id': organizationId }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal,
        responseType: 'text',
        retry: false,
        ignoreResponseError: true,
        // A redirect could send the key to another origin.
        redirect: 'manual',
      }),
    );
    const { status } = answer;
    if (answer.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
      throw unexpectedAnswer(call, 'it responded with a redirect, which is not followed', status);
    }
    const text = answer._data ?? '';
    if (!answer.ok) {
      const retryAfter = answer.headers.get('retry-after');
      throw await errorFromAnswer(call, { status, text, retryAfter });
    }
    const json = await safeParseJSON({ text });
    const parsed = schema.safeParse(json.success ? json.value : undefined);
    if (parsed.success) return parsed.data;
    const problem = json.success
      ? `fields are missing or invalid (${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')})`
      : 'the response is not JSON';
    throw unexpectedAnswer(call, problem, status);
  };
}
