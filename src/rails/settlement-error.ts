import { AISDKError } from '@ai-sdk/provider';

const name = 'AI_SettlementError';
const marker = `vercel.ai.error.${name}`;
const symbol = Symbol.for(marker);

/** All codes of `SettlementError`. */
export const settlementErrorCodes = [
  'NOT_CONFIGURED',
  'NO_PAYEE',
  'PAYMENT_REQUIRED',
  'LIMIT_EXCEEDED',
  'NO_LIMIT',
  'LIMITS_UNKNOWN',
  'JOURNAL_FAILED',
  'RECEIPT_FAILED',
  'NOT_ALLOWED',
  'NOT_APPROVED',
  'NO_AGREEMENT',
  'TASK_IN_USE',
  'UNKNOWN_SKILL',
  'VERIFY_FAILED',
  'NOT_READ',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'VALIDATION',
  'INSUFFICIENT_BALANCE',
  'INVALID_AMOUNT',
  'SELF_ESCROW',
  'PROVIDER_NOT_FOUND',
  'PROVIDER_INACTIVE',
  'ATTESTATION_REQUIRED',
  'DUPLICATE_TASK',
  'ALREADY_SETTLED',
  'UPSTREAM_NOT_RELEASED',
  'IDEMPOTENCY_CONFLICT',
  'SPEND_LIMIT',
  'ACCOUNT_FROZEN',
  'RATE_LIMITED',
  'UNEXPECTED_ANSWER',
  'UPSTREAM',
  'NETWORK',
  'TIMEOUT',
  'UNKNOWN',
] as const;

/**
 * What went wrong between this process and the system that moves the money.
 *
 * The upper-case names are those of the A2A-SE specification's error catalog where it has one.
 */
export type SettlementErrorCode = (typeof settlementErrorCodes)[number];

/** Facts a caller may act on, as far as the answer carried them. */
export interface SettlementErrorFacts {
  /** The HTTP status, when an answer arrived. */
  statusCode?: number | undefined;
  /** Whether the same request may succeed later. Default: `false`. */
  isRetryable?: boolean | undefined;
  /** `false`: the request surely never reached the exchange. Else it may have done its work. */
  isDispatched?: boolean | undefined;
  /** The exchange's request id, for its operators. */
  requestId?: string | undefined;
  /** The escrow that is spoken of. */
  escrowId?: string | undefined;
  /** `INSUFFICIENT_BALANCE`: tokens needed, the fee included. */
  need?: number | undefined;
  /** `INSUFFICIENT_BALANCE`: tokens available. */
  have?: number | undefined;
  /** `ALREADY_SETTLED`: the state the escrow is in, for example `released`. */
  state?: string | undefined;
  /** `RATE_LIMITED`, `ACCOUNT_FROZEN`: milliseconds to wait, when the answer said so. */
  retryAfterMs?: number | undefined;
}

/**
 * A settlement operation failed, or was refused before anything was sent.
 *
 * The message names the operation and what to do; it never holds a key, a prompt or an answer.
 *
 * @example
 * ```ts
 * try {
 *   await generateText({ model: agent, prompt: 'Scrape example.com' });
 * } catch (error) {
 *   if (SettlementError.isInstance(error) && error.code === 'INSUFFICIENT_BALANCE') {
 *     console.log(`top up: need ${error.need}, have ${error.have}`);
 *   }
 * }
 * ```
 */
export class SettlementError extends AISDKError {
  private readonly [symbol] = true;

  readonly code: SettlementErrorCode;
  readonly statusCode: number | undefined;
  readonly isRetryable: boolean;
  readonly isDispatched: boolean;
  readonly requestId: string | undefined;
  readonly escrowId: string | undefined;
  readonly need: number | undefined;
  readonly have: number | undefined;
  readonly state: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor({
    code,
    message,
    cause,
    ...facts
  }: SettlementErrorFacts & { code: SettlementErrorCode; message: string; cause?: unknown }) {
    super({ name, message, cause });
    this.code = code;
    this.statusCode = facts.statusCode;
    this.isRetryable = facts.isRetryable ?? false;
    this.isDispatched = facts.isDispatched ?? true;
    this.requestId = facts.requestId;
    this.escrowId = facts.escrowId;
    this.need = facts.need;
    this.have = facts.have;
    this.state = facts.state;
    this.retryAfterMs = facts.retryAfterMs;
  }

  static isInstance(error: unknown): error is SettlementError {
    return AISDKError.hasMarker(error, marker);
  }
}
