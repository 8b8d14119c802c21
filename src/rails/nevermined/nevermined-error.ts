import { safeParseJSON } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { isNeverConnected } from '../../internal/is-never-connected';
import { redactCause } from '../../internal/redact-cause';
import { SettlementError, type SettlementErrorCode } from '../rail';

/** The request that failed. */
export interface NeverminedCall {
  /** The subject of the error message: `Order of plan 1…`. */
  operation: string;
  backend: string;
  apiKey: string;
}

/**
 * Converts an error response to a {@link SettlementError}. The status determines the code; the text is
 * included.
 */
export async function errorFromAnswer(
  call: NeverminedCall,
  { status, text, retryAfter }: { status: number; text: string; retryAfter: string | null },
): Promise<SettlementError> {
  const json = await safeParseJSON({ text });
  const body = json.success ? errorBodySchema.safeParse(json.value).data : undefined;
  const words = [body?.message, body?.hint].flatMap((part) => part ?? []).join(' ');
  const reason = [words || 'no reason given', body?.code && `[${body.code}]`].filter(Boolean);
  const code = codeOfStatus(status);
  return new SettlementError({
    code,
    message: describe(call, ` (HTTP ${status}): ${redact(reason.join(' '), call)}`, code),
    statusCode: status,
    isRetryable: status >= 500 || status === 429 || status === 408,
    ...(/^\d{1,5}$/.test(retryAfter ?? '') && { retryAfterMs: Number(retryAfter) * 1000 }),
  });
}

const maybeText = z
  .union([z.string(), z.array(z.string()).transform((texts) => texts.join('; '))])
  .optional()
  .catch(undefined);

const errorBodySchema = z.object({ code: maybeText, message: maybeText, hint: maybeText });

/** An invalid or unrelated response of the backend. */
export function unexpectedAnswer(
  call: NeverminedCall,
  problem: string,
  statusCode?: number,
): SettlementError {
  return new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: describe(call, `: ${redact(problem, call)}`, 'UNEXPECTED_ANSWER'),
    statusCode,
  });
}

export function networkError(call: NeverminedCall, cause: unknown): SettlementError {
  return new SettlementError({
    code: 'NETWORK',
    message: describe(call, ': the backend could not be reached', 'NETWORK'),
    isRetryable: true,
    isDispatched: !isNeverConnected(cause),
    cause: redactCause(cause, (text) => redact(text, call)),
  });
}

export function timeoutError(call: NeverminedCall, timeoutMs?: number): SettlementError {
  const limit = timeoutMs === undefined ? 'in time' : `within ${timeoutMs} ms`;
  return new SettlementError({
    code: 'TIMEOUT',
    message: describe(call, `: no response ${limit}. The operation may still have succeeded`),
    isRetryable: true,
  });
}

/**
 * One line of foreign text without credentials: the API key, anything like a JWT or an access token (JSON in
 * base64), and signatures.
 */
function redact(text: string, { apiKey }: Pick<NeverminedCall, 'apiKey'>): string {
  const bare = text
    .replaceAll(apiKey, '[redacted]')
    .replace(/eyJ[\w.+/=-]{8,}/g, '[redacted]')
    .replace(/0x[0-9a-f]{128,}/gi, '[redacted]')
    .replace(/\s+/g, ' ')
    .trim();
  return bare.length > MAX_LENGTH ? `${bare.slice(0, MAX_LENGTH)}…` : bare;
}

const MAX_LENGTH = 300;

const advice: Partial<Record<SettlementErrorCode, string>> = {
  UNAUTHORIZED: 'Check the API key (NVM_API_KEY).',
  NOT_FOUND: 'Check the id, and that this is the right environment.',
  INSUFFICIENT_BALANCE:
    'Order the plan (`npx ai-sdk-a2a-settlement order`), or raise the limit of the delegation.',
  UNEXPECTED_ANSWER: 'Check that the backend is one of Nevermined (NVM_BACKEND_URL).',
  NETWORK: 'Check its URL and the network, then try again.',
  RATE_LIMITED: 'Wait, then try again.',
  UPSTREAM: 'Try again later.',
};

function describe(call: NeverminedCall, problem: string, code?: SettlementErrorCode): string {
  const text = `${call.operation} failed at ${call.backend}${problem}`;
  const hint = code && advice[code];
  return `${/[.!?…]$/.test(text) ? text : `${text}.`}${hint === undefined ? '' : ` ${hint}`}`;
}

function codeOfStatus(status: number): SettlementErrorCode {
  if (status >= 500) return 'UPSTREAM';
  switch (status) {
    case 400:
    case 409:
    case 422:
      return 'VALIDATION';
    case 401:
      return 'UNAUTHORIZED';
    case 402:
      return 'INSUFFICIENT_BALANCE';
    case 403:
      return 'FORBIDDEN';
    case 404:
      return 'NOT_FOUND';
    case 408:
      return 'TIMEOUT';
    case 429:
      return 'RATE_LIMITED';
    default:
      return 'UNKNOWN';
  }
}
