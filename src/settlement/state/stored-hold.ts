import type { JSONObject } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { isAmount, mostDecimals } from '../../internal/is-amount';
import type { Amount, Hold } from '../../rails/rail';

/** A number, or a decimal string. */
export const storedAmount: z.ZodType<Amount> = z.union([
  z.number(),
  z.string().refine((text) => isAmount(text)),
]);

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
