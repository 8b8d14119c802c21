import type { SettlementErrorCode, SettlementErrorFacts } from '../rail';
import { timestampSchema } from './read-tolerantly';

/** The meaning of an error response. */
export interface ExchangeErrorClass {
  code: SettlementErrorCode;
  facts: SettlementErrorFacts;
}

/**
 * Classifies errors by HTTP status and reason. The exchange sends an error code in one case only (a2a-se 1.5),
 * so the text of the reason is used.
 */
export function classifyExchangeError({
  status,
  detail,
  code: specCode,
  now,
}: {
  status: number;
  detail: string;
  code?: string | undefined;
  /** The exchange's time. */
  now: number;
}): ExchangeErrorClass {
  if (status >= 500) {
    return { code: 'UPSTREAM', facts: { isRetryable: true } };
  }
  if (status === 429) {
    return { code: 'RATE_LIMITED', facts: { isRetryable: true } };
  }
  if (status === 408) {
    return { code: 'TIMEOUT', facts: { isRetryable: true } };
  }
  for (const { pattern, code, facts } of reasons) {
    const match = pattern.exec(detail);
    if (match !== null) {
      return { code, facts: facts?.(match.groups ?? {}, { detail, now }) ?? {} };
    }
  }
  return {
    code: specCodes.get(specCode ?? '') ?? codeOfStatus(status),
    facts: {},
  };
}

interface Reason {
  pattern: RegExp;
  code: SettlementErrorCode;
  facts?: (
    groups: Record<string, string | undefined>,
    answer: { detail: string; now: number },
  ) => SettlementErrorFacts;
}

const settledState: Reason['facts'] = ({ state }) => ({ state });

// The beginnings of the exchange's error texts (a2a-se 1.5).
const reasons: Reason[] = [
  {
    pattern: /^Insufficient balance/i,
    code: 'INSUFFICIENT_BALANCE',
    facts: (_, { detail }) => ({
      need: numberAfter(/Need (\d+)/i, detail),
      have: numberAfter(/have (\d+)/i, detail),
    }),
  },
  {
    pattern: /^Amount must be|^Instant settle amount|^Dispute stake must/i,
    code: 'INVALID_AMOUNT',
  },
  { pattern: /^Cannot escrow to yourself/i, code: 'SELF_ESCROW' },
  { pattern: /^Provider account not found/i, code: 'PROVIDER_NOT_FOUND' },
  { pattern: /^Provider account is not active/i, code: 'PROVIDER_INACTIVE' },
  {
    pattern: /^An active escrow already exists.*?(?:escrow_id=(?<escrowId>[\w-]+))?\)?$/is,
    code: 'DUPLICATE_TASK',
    facts: ({ escrowId }) => (escrowId === undefined ? {} : { escrowId }),
  },
  { pattern: /^Escrow is already (?<state>\w+)/i, code: 'ALREADY_SETTLED', facts: settledState },
  {
    pattern: /^Escrow cannot .*\(status: (?<state>\w+)\)/i,
    code: 'ALREADY_SETTLED',
    facts: settledState,
  },
  { pattern: /^Cannot release: upstream/i, code: 'UPSTREAM_NOT_RELEASED' },
  { pattern: /^(?:Daily spend limit|Hourly spending velocity) exceeded/i, code: 'SPEND_LIMIT' },
  {
    pattern: /^Account is temporarily frozen(?: until (?<until>\S+?)\.?(?:\s|$))?/i,
    code: 'ACCOUNT_FROZEN',
    facts: ({ until }, { now }) => ({ retryAfterMs: millisecondsUntil(until, now) }),
  },
  { pattern: /^KYA level/i, code: 'ATTESTATION_REQUIRED' },
];

const specCodes = new Map<string, SettlementErrorCode>([
  ['UNAUTHORIZED', 'UNAUTHORIZED'],
  ['FORBIDDEN', 'FORBIDDEN'],
  ['NOT_FOUND', 'NOT_FOUND'],
  ['ESCROW_NOT_FOUND', 'NOT_FOUND'],
  ['VALIDATION', 'VALIDATION'],
  ['VALIDATION_ERROR', 'VALIDATION'],
  ['INSUFFICIENT_BALANCE', 'INSUFFICIENT_BALANCE'],
  ['INVALID_AMOUNT', 'INVALID_AMOUNT'],
  ['SELF_ESCROW', 'SELF_ESCROW'],
  ['PROVIDER_NOT_FOUND', 'PROVIDER_NOT_FOUND'],
  ['PROVIDER_INACTIVE', 'PROVIDER_INACTIVE'],
  ['DUPLICATE_TASK', 'DUPLICATE_TASK'],
  ['ESCROW_ALREADY_RESOLVED', 'ALREADY_SETTLED'],
  ['IDEMPOTENCY_CONFLICT', 'IDEMPOTENCY_CONFLICT'],
  ['SPEND_LIMIT', 'SPEND_LIMIT'],
  ['ACCOUNT_FROZEN', 'ACCOUNT_FROZEN'],
]);

function codeOfStatus(status: number): SettlementErrorCode {
  switch (status) {
    case 400:
    case 409:
    case 422:
      return 'VALIDATION';
    case 401:
      return 'UNAUTHORIZED';
    case 403:
      return 'FORBIDDEN';
    case 404:
      return 'NOT_FOUND';
    case 405:
      return 'UNEXPECTED_ANSWER';
    case 423:
      return 'ACCOUNT_FROZEN';
    default:
      return status < 400 ? 'UNEXPECTED_ANSWER' : 'UNKNOWN';
  }
}

function numberAfter(pattern: RegExp, detail: string): number | undefined {
  const digits = pattern.exec(detail)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function millisecondsUntil(text: string | undefined, now: number): number | undefined {
  const until = timestampSchema.safeParse(text);
  return until.success ? Math.max(0, until.data.getTime() - now) : undefined;
}
