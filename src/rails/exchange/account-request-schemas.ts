import * as z from 'zod/v4';

// As strict as the requests on escrows.

export const registerRequestSchema = z.object({
  bot_name: z.string().min(1),
  developer_id: z.string().min(1),
  developer_name: z.string().min(1),
  contact_email: z.string().regex(/^[^@\s]+@[^@\s][^@\s.]*\.[^@\s]+$/, 'not an e-mail address'),
  description: z.string().optional(),
  skills: z.array(z.string()).optional(),
  invite_code: z.string().optional(),
  daily_spend_limit: z.int().min(0).optional(),
  account_type: z.enum(['agent', 'gateway']).optional(),
});

export const depositRequestSchema = z.object({
  amount: z.int().min(1),
  currency: z.string().optional(),
  reference: z.string().optional(),
});

export const deliverRequestSchema = z.object({ content: z.string() });
