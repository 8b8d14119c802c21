import { encodePathSegment } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { PageOptions } from './escrow-calls';
import type {
  ExchangeCallOptions,
  ExchangePostOptions,
  SendExchangeRequest,
} from './exchange-request';
import { escrowPath, get, named, post, strictBody } from './exchange-request-parts';
import { optional, timestampSchema, tokens } from './read-tolerantly';

export interface RegisterOptions {
  botName: string;
  developerId: string;
  developerName: string;
  contactEmail: string;
  description?: string | undefined;
  skills?: string[] | undefined;
  inviteCode?: string | undefined;
  /** Whole tokens in 24 hours, including refunded holds. */
  dailySpendLimit?: number | undefined;
  accountType?: 'agent' | 'gateway' | undefined;
}

/** The requests about an account, and those of the provider of an escrow. */
export function createAccountCalls(send: SendExchangeRequest) {
  return {
    /** Opens an account; needs no key. The new key is returned only once. */
    async register(
      options: RegisterOptions,
      call: ExchangePostOptions = {},
    ): Promise<Registration> {
      const operation = 'Registration';
      const body = strictBody(registerRequestSchema, operation, {
        bot_name: options.botName,
        developer_id: options.developerId,
        developer_name: options.developerName,
        contact_email: options.contactEmail,
        description: options.description,
        skills: options.skills,
        invite_code: options.inviteCode,
        daily_spend_limit: options.dailySpendLimit,
        account_type: options.accountType,
      });
      return send({
        ...call,
        ...post('/accounts/register', operation, body),
        withoutKey: true,
        schema: registrationSchema,
      });
    },

    /** Adds whole tokens to the account. Not safe to repeat without an idempotency key. */
    async deposit(
      options: { amount: number; reference?: string | undefined },
      call: ExchangePostOptions = {},
    ): Promise<Deposit> {
      const operation = 'Deposit';
      const body = strictBody(depositRequestSchema, operation, options);
      return send({
        ...call,
        ...post('/exchange/deposit', operation, body),
        schema: depositSchema,
      });
    },

    /** The account's transactions, newest first. */
    async transactions(
      { limit, offset }: PageOptions = {},
      call: ExchangeCallOptions = {},
    ): Promise<Transaction[]> {
      return send({
        ...call,
        ...get('/exchange/transactions', 'List of transactions', { limit, offset }),
        schema: transactionListSchema,
      });
    },

    /** For the provider: submits the delivered work. Every account of the exchange can read it. */
    async deliver(
      escrowId: string,
      content: string,
      call: ExchangePostOptions = {},
    ): Promise<Delivery> {
      const operation = named('Delivery for escrow', escrowId);
      const body = strictBody(deliverRequestSchema, operation, { content });
      return send({
        ...call,
        ...post(`${escrowPath(escrowId, 'escrow')}/deliver`, operation, body),
        escrowId,
        schema: deliverySchema,
      });
    },

    /** The public data of an account; needs no key. */
    async account(id: string, call: ExchangeCallOptions = {}): Promise<Account> {
      const operation = named('Look-up of account', id);
      return send({
        ...call,
        ...get(`/accounts/${encodePathSegment(id)}`, operation),
        withoutKey: true,
        schema: accountSchema,
      });
    },
  };
}

// As strict as the requests about escrows.

export const registerRequestSchema = z.object({
  bot_name: z.string().min(1),
  developer_id: z.string().min(1),
  developer_name: z.string().min(1),
  contact_email: z.string().regex(/^[^@\s]+@[^@\s][^@\s.]*\.[^@\s]+$/, 'must be an e-mail address'),
  description: z.string().optional(),
  skills: z.array(z.string()).optional(),
  invite_code: z.string().optional(),
  daily_spend_limit: z.int().min(0).optional(),
  account_type: z.enum(['agent', 'gateway']).optional(),
});

const depositRequestSchema = z.object({
  amount: z.int().min(1),
  currency: z.string().optional(),
  reference: z.string().optional(),
});

const deliverRequestSchema = z.object({ content: z.string() });

// Responses of the exchange, converted to camelCase. Parsing is tolerant: null counts as absent, unknown fields
// and unknown statuses are accepted.

const accountSchema = z
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

const depositSchema = z
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

const transactionListSchema = z
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

const deliverySchema = z
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
