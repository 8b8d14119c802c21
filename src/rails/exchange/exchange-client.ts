import { encodePathSegment } from '@ai-sdk/provider-utils';
import * as answers from './answer-schemas';
import { createExchangeRequest, type ExchangeConnection } from './exchange-request';
import type {
  EscrowOptions,
  ExchangeCallOptions,
  ExchangePostOptions,
  ListEscrowsOptions,
  PageOptions,
  RegisterOptions,
} from './exchange-client-options';
import * as requests from './request-schemas';
import { strictBody } from './strict-body';

/**
 * The A2A Settlement Exchange's API, one method a route (a2a-se 1.8).
 *
 * Nothing is retried here. Every method throws `SettlementError`; only an abort by `abortSignal` is
 * thrown as it is.
 */
export type ExchangeClient = ReturnType<typeof createExchangeClient>;

/**
 * Creates a client of one exchange.
 *
 * @throws SettlementError `NOT_CONFIGURED` when the URL or the key cannot be used.
 */
export function createExchangeClient(connection: ExchangeConnection) {
  const send = createExchangeRequest(connection);

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

    /** Holds tokens for a provider, the fee on top. */
    async hold(
      options: EscrowOptions,
      call: ExchangePostOptions = {},
    ): Promise<answers.CreatedEscrow> {
      const operation = 'Hold';
      const body = strictBody(requests.escrowRequestSchema, operation, {
        provider_id: options.providerId,
        amount: options.amount,
        task_id: options.taskId,
        task_type: options.taskType,
        ttl_minutes: options.ttlMinutes,
        group_id: options.groupId,
        depends_on: options.dependsOn,
        required_attestation_level: options.requiredAttestationLevel,
      });
      return send({
        ...call,
        ...post('/exchange/escrow', operation, body),
        schema: answers.createdEscrowSchema,
      });
    },

    /** Pays all that is held to the provider. Only for the requester. */
    async release(escrowId: string, call: ExchangePostOptions = {}): Promise<answers.Release> {
      const operation = named('Release of escrow', escrowId);
      const body = strictBody(requests.releaseRequestSchema, operation, { escrow_id: escrowId });
      return send({
        ...call,
        ...post('/exchange/release', operation, body),
        escrowId,
        schema: answers.releaseSchema,
      });
    },

    /** Pays a whole percentage, 1 to 99, of what is held; the rest comes back at once. */
    async partialRelease(
      escrowId: string,
      percent: number,
      call: ExchangePostOptions = {},
    ): Promise<answers.PartialRelease> {
      const operation = named('Partial release of escrow', escrowId);
      const body = strictBody(requests.partialReleaseRequestSchema, operation, {
        escrow_id: escrowId,
        release_percent: percent,
      });
      return send({
        ...call,
        ...post(`${escrowPath(escrowId, 'escrow')}/partial-release`, operation, body),
        escrowId,
        schema: answers.partialReleaseSchema,
      });
    },

    /** Gives all that is held back, the fee included. `reason` ends up in the public ledger. */
    async refund(
      escrowId: string,
      { reason, ...call }: ExchangePostOptions & { reason?: string | undefined } = {},
    ): Promise<answers.Refund> {
      const operation = named('Refund of escrow', escrowId);
      const body = strictBody(requests.refundRequestSchema, operation, {
        escrow_id: escrowId,
        reason,
      });
      return send({
        ...call,
        ...post('/exchange/refund', operation, body),
        escrowId,
        schema: answers.refundSchema,
      });
    },

    /** Looks any escrow up. It says `held` for up to a minute after it has expired. */
    async getEscrow(escrowId: string, call: ExchangeCallOptions = {}): Promise<answers.Escrow> {
      const operation = named('Look-up of escrow', escrowId);
      return send({
        ...call,
        ...get(escrowPath(escrowId, 'escrows'), operation),
        escrowId,
        schema: answers.escrowSchema,
      });
    },

    /** Lists the account's escrows, those it pays and those it is paid by, newest first. */
    async listEscrows(
      { taskId, groupId, status, limit, offset }: ListEscrowsOptions = {},
      call: ExchangeCallOptions = {},
    ): Promise<answers.EscrowList> {
      const query = { task_id: taskId, group_id: groupId, status, limit, offset };
      return send({
        ...call,
        ...get('/exchange/escrows', 'List of escrows', query),
        schema: answers.escrowListSchema,
      });
    },

    async balance(call: ExchangeCallOptions = {}): Promise<answers.Balance> {
      return send({
        ...call,
        ...get('/exchange/balance', 'Balance look-up'),
        schema: answers.balanceSchema,
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

    /** Freezes an escrow for an operator to judge. The stake is at least 10 tokens. */
    async dispute(
      escrowId: string,
      { reason, stakeAmount }: { reason: string; stakeAmount: number },
      call: ExchangePostOptions = {},
    ): Promise<answers.Dispute> {
      const operation = named('Dispute of escrow', escrowId);
      const body = strictBody(requests.disputeRequestSchema, operation, {
        escrow_id: escrowId,
        reason,
        stake_amount: stakeAmount,
      });
      return send({
        ...call,
        ...post('/exchange/dispute', operation, body),
        escrowId,
        schema: answers.disputeSchema,
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

// An id may come from a message of somebody else: it is checked before a path or a message bears it.
function named(operation: string, id: string): string {
  strictBody(requests.pathIdSchema, operation, { id });
  return `${operation} ${id}`;
}

function post(path: string, operation: string, body: object) {
  return { method: 'POST', path, operation, body } as const;
}

function get(
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

function escrowPath(escrowId: string, collection: 'escrow' | 'escrows'): string {
  return `/exchange/${collection}/${encodePathSegment(escrowId)}`;
}
