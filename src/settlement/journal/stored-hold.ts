import { z } from 'zod/v4';
import type { Hold } from '../../rails/rail';

/** A hold as it comes back out of JSON. */
export const storedHold = z.object({
  rail: z.string(),
  taskId: z.string(),
  escrowId: z.string(),
  payee: z.string(),
  amount: z.number(),
  fee: z.number(),
  currency: z.string(),
  exchangeUrl: z.string(),
  expiresAt: z.coerce.date(),
}) satisfies z.ZodType<Hold, unknown>;
