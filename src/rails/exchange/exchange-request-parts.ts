import { encodePathSegment } from '@ai-sdk/provider-utils';
import type * as z from 'zod/v4';
import { SettlementError } from '../rail';
import { pathIdSchema } from './escrow-schemas';

// An id may come from a foreign message: it is validated before it is used in a path or an error.
export function named(operation: string, id: string): string {
  strictBody(pathIdSchema, operation, { id });
  return `${operation} ${id}`;
}

export function post(path: string, operation: string, body: object) {
  return { method: 'POST', path, operation, body } as const;
}

export function get(
  path: string,
  operation: string,
  query: Record<string, string | number | undefined> = {},
) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) {
      search.set(name, String(value));
    }
  }
  return {
    method: 'GET',
    path: search.size === 0 ? path : `${path}?${search}`,
    operation,
  } as const;
}

export function escrowPath(escrowId: string, collection: 'escrow' | 'escrows'): string {
  return `/exchange/${collection}/${encodePathSegment(escrowId)}`;
}

/**
 * Validates a body before it is sent.
 *
 * @throws SettlementError `INVALID_AMOUNT` for the amount, `VALIDATION` for any other field. Messages contain
 * the names of the fields, not their values.
 */
export function strictBody<BODY extends object>(
  schema: z.ZodType<BODY>,
  operation: string,
  body: unknown,
): BODY {
  const parsed = schema.safeParse(body);
  if (parsed.success) {
    return parsed.data;
  }
  const { issues } = parsed.error;
  throw new SettlementError({
    code: issues.some(({ path }) => path[0] === 'amount') ? 'INVALID_AMOUNT' : 'VALIDATION',
    message: `${operation} was not sent: ${issues
      .map(({ path, message }) => `${path.join('.')}: ${message}`)
      .join('; ')}.`,
  });
}
