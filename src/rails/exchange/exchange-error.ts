import { firstCode, isNeverConnected } from '../../internal/is-never-connected';
import { redactCause } from '../../internal/redact-cause';
import { whyUnreachable } from '../../internal/why-unreachable';
import { SettlementError, type SettlementErrorCode } from '../rail';
import { classifyExchangeError } from './classify-exchange-error';
import { readErrorBody } from './read-error-body';

/** The request that an error is about. */
export interface ExchangeCall {
  /** The operation, as the subject of a sentence: `Hold`, `Release of escrow 1f0…`. */
  operation: string;
  /** The exchange's canonical URL. */
  exchange: string;
  requestId: string;
  apiKey?: string | undefined;
  escrowId?: string | undefined;
}

/** Converts an error response, of any shape, to a {@link SettlementError}. */
export async function errorFromAnswer(
  call: ExchangeCall,
  answer: {
    status: number;
    headers: Headers;
    text: string;
    /** The exchange's time. */
    now: number;
  },
): Promise<SettlementError> {
  const body = await readErrorBody(answer.text);
  const detail = redact(body.detail ?? '', call.apiKey);
  const { code, facts } = classifyExchangeError({
    status: answer.status,
    detail,
    code: body.code,
    now: answer.now,
  });
  const requestId = answer.headers.get('x-request-id') ?? body.requestId ?? call.requestId;
  return new SettlementError({
    escrowId: call.escrowId,
    retryAfterMs: capWait(
      body.retryAfterMs ?? retryAfter(answer.headers.get('retry-after'), answer.now),
    ),
    ...facts,
    code,
    message: describe(
      call,
      `(HTTP ${answer.status}): ${sentence(detail || 'no reason given')}`,
      code,
    ),
    statusCode: answer.status,
    requestId: redact(requestId, call.apiKey),
  });
}

/**
 * The error for a response that is not the exchange's: a redirect, HTML, a missing field, other amounts than
 * requested.
 */
export function unexpectedAnswer(
  call: ExchangeCall,
  problem: string,
  facts: { statusCode?: number | undefined; state?: string | undefined } = {},
): SettlementError {
  return new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: describe(call, `: ${sentence(redact(problem, call.apiKey))}`),
    requestId: call.requestId,
    escrowId: call.escrowId,
    ...facts,
  });
}

/** No response arrived. It is not known whether the operation was applied. */
export function networkError(call: ExchangeCall, cause: unknown): SettlementError {
  return new SettlementError({
    code: 'NETWORK',
    message: describe(
      call,
      `: the exchange cannot be reached${whyExchangeUnreachable(call, cause)}`,
    ),
    isRetryable: true,
    isDispatched: !isNeverConnected(cause),
    requestId: call.requestId,
    escrowId: call.escrowId,
    cause: redactCause(cause, (text) => redact(text, call.apiKey)),
  });
}

function whyExchangeUnreachable(call: ExchangeCall, cause: unknown): string {
  const code = firstCode(cause);
  const why = whyUnreachable(code === undefined ? undefined : redact(code, call.apiKey), {
    called: 'exchange',
    url: 'its URL (A2A_EXCHANGE_URL)',
    otherwise: '. Check its URL (A2A_EXCHANGE_URL) and the network, then try again',
  });
  return `${why}.`;
}

/** The request timed out. It is not known whether the operation was applied. */
export function timeoutError(call: ExchangeCall, timeoutMs?: number): SettlementError {
  const limit = timeoutMs === undefined ? 'in time' : `within ${timeoutMs} ms`;
  return new SettlementError({
    code: 'TIMEOUT',
    message: describe(call, `: no response ${limit}. The operation may have been applied.`),
    isRetryable: true,
    requestId: call.requestId,
    escrowId: call.escrowId,
  });
}

const advice: Partial<Record<SettlementErrorCode, string>> = {
  UNAUTHORIZED: 'Check the API key (A2A_PAYER_API_KEY).',
  FORBIDDEN: 'Use the API key of an account with this permission.',
  NOT_FOUND: 'Check the id and the exchange URL (A2A_EXCHANGE_URL).',
  UNEXPECTED_ANSWER: 'Check that the exchange URL is correct (A2A_EXCHANGE_URL).',
  INSUFFICIENT_BALANCE: 'Top up with `npx ai-sdk-a2a-settlement deposit AMOUNT`.',
  SELF_ESCROW: 'Payer and agent need two accounts.',
  PROVIDER_NOT_FOUND: "Check the agent's account id, and that it is registered on this exchange.",
  PROVIDER_INACTIVE: 'The agent has to settle this with the exchange.',
  DUPLICATE_TASK: 'Settle that escrow, or use a new task id.',
  IDEMPOTENCY_CONFLICT: 'Use one idempotency key for one request body.',
  SPEND_LIMIT: "Raise the account's spend limit, or wait; the exchange freezes it for a while.",
  ACCOUNT_FROZEN: 'Wait until then; release and refund still work.',
  RATE_LIMITED: 'Wait, then try again.',
  UPSTREAM: 'Try again later.',
};

function describe(call: ExchangeCall, problem: string, code?: SettlementErrorCode): string {
  const text = `${call.operation} failed at ${call.exchange}${problem.startsWith(':') ? '' : ' '}${problem}`;
  const hint = code && advice[code];
  return hint === undefined ? text : `${text} ${hint}`;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Seconds, or a date. `Date.parse` also accepts numbers, so a date must start with its weekday. */
function retryAfter(header: string | null, now: number): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  return /^[a-z]{3}/i.test(text) ? Date.parse(text) - now : undefined;
}

/** A delay of more than a day is not plausible. */
const LONGEST_WAIT_MS = 86_400_000;

function capWait(ms: number | undefined): number | undefined {
  return ms === undefined || Number.isNaN(ms)
    ? undefined
    : Math.min(Math.max(ms, 0), LONGEST_WAIT_MS);
}

const MAX_DETAIL_LENGTH = 200;

/**
 * Prepares text of the exchange for an error message: on one line, truncated, and without the API key, which a
 * server may echo, or any other key of an exchange.
 */
export function redact(text: string, apiKey: string | undefined): string {
  const line = withoutKey(text, apiKey).replace(/\s+/g, ' ').trim();
  return line.length > MAX_DETAIL_LENGTH ? `${line.slice(0, MAX_DETAIL_LENGTH)}…` : line;
}

function withoutKey(text: string, apiKey: string | undefined): string {
  const withoutOwn = apiKey ? text.replaceAll(apiKey, '[redacted]') : text;
  return withoutOwn.replace(/\bate_[A-Za-z0-9]{8,}/g, '[redacted]');
}
