import * as z from 'zod/v4';
import { optional, timestampSchema, tokens } from './read-tolerantly';

// Answers of the exchange, turned into camelCase. Reading is tolerant: null is absent, unknown
// fields and unknown statuses pass.

export const accountSchema = z
  .object({
    id: z.string(),
    bot_name: z.string(),
    developer_id: optional(z.string()),
    developer_name: optional(z.string()),
    description: optional(z.string()),
    skills: optional(z.array(z.string())),
    status: optional(z.string()),
    reputation: optional(z.number()),
    account_type: optional(z.string()),
  })
  .transform(({ bot_name, developer_id, developer_name, account_type, skills, ...rest }) => ({
    ...rest,
    botName: bot_name,
    developerId: developer_id,
    developerName: developer_name,
    accountType: account_type,
    skills: skills ?? [],
  }));

export const registrationSchema = z
  .object({
    account: accountSchema,
    api_key: z.string().min(1),
    starter_tokens: tokens,
  })
  .transform(({ account, api_key, starter_tokens }) => ({
    account,
    apiKey: api_key,
    starterTokens: starter_tokens,
  }));

export const depositSchema = z
  .object({
    deposit_id: z.string(),
    account_id: optional(z.string()),
    amount: z.number(),
    currency: optional(z.string()),
    new_balance: tokens,
    reference: optional(z.string()),
  })
  .transform(({ deposit_id, account_id, new_balance, ...rest }) => ({
    ...rest,
    depositId: deposit_id,
    accountId: account_id,
    newBalance: new_balance,
  }));

export const transactionListSchema = z
  .object({
    transactions: z.array(
      z
        .object({
          id: z.string(),
          escrow_id: optional(z.string()),
          from_account: optional(z.string()),
          to_account: optional(z.string()),
          amount: z.number(),
          type: z.string(),
          description: optional(z.string()),
          created_at: optional(timestampSchema),
        })
        .transform((wire) => ({
          id: wire.id,
          escrowId: wire.escrow_id,
          fromAccount: wire.from_account,
          toAccount: wire.to_account,
          amount: wire.amount,
          type: wire.type,
          description: wire.description,
          createdAt: wire.created_at,
        })),
    ),
  })
  .transform(({ transactions }) => transactions);

export const deliverySchema = z
  .object({
    escrow_id: z.string(),
    status: z.string(),
    delivered_at: optional(timestampSchema),
  })
  .transform((wire) => ({
    escrowId: wire.escrow_id,
    status: wire.status,
    deliveredAt: wire.delivered_at,
  }));

export type Account = z.output<typeof accountSchema>;
export type Registration = z.output<typeof registrationSchema>;
export type Deposit = z.output<typeof depositSchema>;
export type Transaction = z.output<typeof transactionListSchema>[number];
export type Delivery = z.output<typeof deliverySchema>;
