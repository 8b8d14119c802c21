import type * as z from 'zod/v4';
import { SettlementError } from '../rail';

/**
 * Checks a body before it is sent.
 *
 * @throws SettlementError `INVALID_AMOUNT` for the amount, `VALIDATION` for anything else. Only the
 * names of the fields are told, not what is in them.
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
