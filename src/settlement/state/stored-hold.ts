import type { JSONObject } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { toAmount } from '../../internal/decimal';
import type { Amount, Hold } from '../../rails/rail';

/** No currency has more decimals. */
const mostDecimals = 40;

/** A number, or a decimal string. */
export const storedAmount: z.ZodType<Amount> = z.union([
  z.number(),
  z.string().refine((text) => isDecimal(text)),
]);

function isDecimal(text: string): boolean {
  try {
    toAmount(text, mostDecimals);
    return true;
  } catch {
    return false;
  }
}

/** A hold as parsed from JSON. */
export const storedHold = z.object({
  rail: z.string(),
  taskId: z.string(),
  escrowId: z.string(),
  payee: z.string(),
  amount: storedAmount,
  fee: storedAmount,
  currency: z.string(),
  decimals: z.number().int().min(0).max(mostDecimals).optional(),
  exchangeUrl: z.string(),
  expiresAt: z.coerce.date(),
  pays: z.enum(['task', 'message']).optional(),
  state: z.custom<JSONObject>(isRecord).optional(),
}) satisfies z.ZodType<Hold, unknown>;
