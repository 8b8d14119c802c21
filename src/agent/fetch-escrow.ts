import { encodePathSegment } from '@ai-sdk/provider-utils';
import { createFetch, FetchError } from 'ofetch';
import {
  type Escrow,
  escrowSchema,
  exchangeBaseUrl,
  pathIdSchema,
} from '../rails/exchange/schemas';
import { SettlementError, type SettlementErrorCode } from '../rails/rail';

/**
 * Looks an escrow up with one request, without retries.
 *
 * @throws SettlementError `NOT_FOUND`, `UNAUTHORIZED`, `RATE_LIMITED`, `UPSTREAM`, `NETWORK`,
 * `TIMEOUT`, `UNEXPECTED_ANSWER`.
 */
export async function fetchEscrow({
  exchangeUrl,
  apiKey,
  escrowId,
  fetch,
  timeoutMs,
}: {
  exchangeUrl: string;
  apiKey: string;
  escrowId: string;
  fetch: typeof globalThis.fetch;
  timeoutMs: number;
}): Promise<Escrow> {
  // The id comes from the message: only one that fits into the path as it is gets that far.
  if (!pathIdSchema.safeParse({ id: escrowId }).success) {
    throw new SettlementError({ code: 'NOT_FOUND', message: 'This is no escrow id.' });
  }

  const request = createFetch({ fetch, Headers, AbortController });
  let answer: unknown;
  try {
    answer = await request<unknown>(
      `${exchangeBaseUrl(exchangeUrl)}/exchange/escrows/${encodePathSegment(escrowId)}`,
      {
        headers: { authorization: `Bearer ${apiKey}` },
        retry: false,
        timeout: timeoutMs,
        // Followed, a redirect could carry the key to another origin.
        redirect: 'manual',
      },
    );
  } catch (error) {
    throw toSettlementError(error, escrowId);
  }

  const escrow = escrowSchema.safeParse(answer);
  if (!escrow.success || escrow.data.escrowId !== escrowId) {
    throw new SettlementError({
      code: 'UNEXPECTED_ANSWER',
      message: 'The exchange answered something that is not the escrow asked for.',
      escrowId,
    });
  }
  return escrow.data;
}

function toSettlementError(error: unknown, escrowId: string): SettlementError {
  const statusCode = error instanceof FetchError ? error.status : undefined;
  const code = statusCode === undefined ? transportCode(error) : statusToCode(statusCode);
  return new SettlementError({
    code,
    message: `Looking the escrow up failed${statusCode === undefined ? '' : ` with HTTP ${statusCode}`}.`,
    statusCode,
    escrowId,
    isRetryable: ['RATE_LIMITED', 'UPSTREAM', 'NETWORK', 'TIMEOUT'].includes(code),
  });
}

function statusToCode(statusCode: number): SettlementErrorCode {
  switch (statusCode) {
    case 401:
      return 'UNAUTHORIZED';
    case 403:
      return 'FORBIDDEN';
    case 404:
      return 'NOT_FOUND';
    case 429:
      return 'RATE_LIMITED';
    default:
      return statusCode >= 500 ? 'UPSTREAM' : 'UNKNOWN';
  }
}

function transportCode(error: unknown): SettlementErrorCode {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && cause.name === 'TimeoutError' ? 'TIMEOUT' : 'NETWORK';
}
