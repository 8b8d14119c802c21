import { encodePathSegment } from '@ai-sdk/provider-utils';
import * as answers from './account-answer-schemas';
import * as requests from './account-request-schemas';
import type {
  ExchangeCallOptions,
  ExchangePostOptions,
  PageOptions,
  RegisterOptions,
} from './exchange-client-options';
import type { SendExchangeRequest } from './exchange-request';
import { escrowPath, get, named, post } from './request-parts';
import { strictBody } from './strict-body';

/** The calls around an account, and those of the other side of an escrow. */
export function createAccountCalls(send: SendExchangeRequest) {
  return {
    /** Opens an account; needs no key. The key in the answer is not shown again. */
    async register(
      options: RegisterOptions,
      call: ExchangePostOptions = {},
    ): Promise<answers.Registration> {
      const operation = 'Registration';
      const body = strictBody(requests.registerRequestSchema, operation, {
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
        schema: answers.registrationSchema,
      });
    },

    /** Adds whole tokens to the account. Not safe to repeat without an idempotency key. */
    async deposit(
      options: { amount: number; reference?: string | undefined },
      call: ExchangePostOptions = {},
    ): Promise<answers.Deposit> {
      const operation = 'Deposit';
      const body = strictBody(requests.depositRequestSchema, operation, options);
      return send({
        ...call,
        ...post('/exchange/deposit', operation, body),
        schema: answers.depositSchema,
      });
    },

    /** The account's ledger, newest first. */
    async transactions(
      { limit, offset }: PageOptions = {},
      call: ExchangeCallOptions = {},
    ): Promise<answers.Transaction[]> {
      return send({
        ...call,
        ...get('/exchange/transactions', 'List of transactions', { limit, offset }),
        schema: answers.transactionListSchema,
      });
    },

    /** The provider's side: what was delivered. Every account of the exchange can read it. */
    async deliver(
      escrowId: string,
      content: string,
      call: ExchangePostOptions = {},
    ): Promise<answers.Delivery> {
      const operation = named('Delivery for escrow', escrowId);
      const body = strictBody(requests.deliverRequestSchema, operation, { content });
      return send({
        ...call,
        ...post(`${escrowPath(escrowId, 'escrow')}/deliver`, operation, body),
        escrowId,
        schema: answers.deliverySchema,
      });
    },

    /** The public side of an account; needs no key. */
    async account(id: string, call: ExchangeCallOptions = {}): Promise<answers.Account> {
      const operation = named('Look-up of account', id);
      return send({
        ...call,
        ...get(`/accounts/${encodePathSegment(id)}`, operation),
        withoutKey: true,
        schema: answers.accountSchema,
      });
    },
  };
}
