import { encodePathSegment, safeParseJSON } from '@ai-sdk/provider-utils';
import { createFetch } from 'ofetch';
import { withDeadline } from '../internal/with-deadline';
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

  const { raw } = createFetch({
    fetch: async (input, init) => bounded(await fetch(input, init)),
    Headers,
    AbortController,
  });
  const fail = (code: SettlementErrorCode, statusCode?: number) =>
    new SettlementError({
      code,
      message: `Looking the escrow up failed${statusCode === undefined ? '' : ` with HTTP ${statusCode}`}.`,
      statusCode,
      escrowId,
      isRetryable: ['RATE_LIMITED', 'UPSTREAM', 'NETWORK', 'TIMEOUT'].includes(code),
    });
  const { status, text } = await withDeadline(
    { timeoutMs, timeoutError: () => fail('TIMEOUT'), networkError: () => fail('NETWORK') },
    async (signal) => {
      const answer = await raw<string, 'text'>(
        `${exchangeBaseUrl(exchangeUrl)}/exchange/escrows/${encodePathSegment(escrowId)}`,
        {
          headers: { authorization: `Bearer ${apiKey}` },
          signal,
          responseType: 'text',
          retry: false,
          ignoreResponseError: true,
          // Followed, a redirect could carry the key to another origin.
          redirect: 'manual',
        },
      );
      return { text: answer._data ?? '', status: answer.status };
    },
  );
  if (status >= 400) throw fail(statusToCode(status), status);

  const json = await safeParseJSON({ text });
  const escrow = escrowSchema.safeParse(json.success ? json.value : undefined);
  if (!escrow.success || escrow.data.escrowId !== escrowId) {
    throw new SettlementError({
      code: 'UNEXPECTED_ANSWER',
      message: 'The exchange answered something that is not the escrow asked for.',
      escrowId,
    });
  }
  return escrow.data;
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

/** What was delivered is in it: more than that is no answer. */
const mostBytes = 8 * 1024 * 1024;

/** The answer as far as it is read: one without an end ends here. */
function bounded(answer: Response): Response {
  if (answer.body === null) return answer;
  let bytes = 0;
  const counted = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) controller.error(new Error('The answer is too long.'));
      else controller.enqueue(chunk);
    },
  });
  const { headers, status, statusText } = answer;
  return new Response(answer.body.pipeThrough(counted), { headers, status, statusText });
}
