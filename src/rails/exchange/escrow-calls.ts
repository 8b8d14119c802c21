import * as schemas from './escrow-schemas';
import type {
  ExchangeCallOptions,
  ExchangePostOptions,
  SendExchangeRequest,
} from './exchange-request';
import { escrowPath, get, named, post, strictBody } from './exchange-request-parts';

export interface EscrowOptions {
  providerId: string;
  /** Whole tokens, 1 to 10000, excluding the fee. */
  amount: number;
  taskId?: string | undefined;
  taskType?: string | undefined;
  ttlMinutes?: number | undefined;
  groupId?: string | undefined;
  dependsOn?: string[] | undefined;
  /** `self_declared`, `signed` or `verifiable`. */
  requiredAttestationLevel?: string | undefined;
}

/** The exchange's default is 50 entries. */
export interface PageOptions {
  limit?: number | undefined;
  offset?: number | undefined;
}

export interface ListEscrowsOptions extends PageOptions {
  taskId?: string | undefined;
  groupId?: string | undefined;
  /** `held`, `released`, `refunded`, `expired`, … */
  status?: string | undefined;
}

/** The requests that move money: all that a rail needs. */
export function createEscrowCalls(send: SendExchangeRequest) {
  return {
    /** Holds tokens for a provider, plus the fee. */
    async hold(
      options: EscrowOptions,
      call: ExchangePostOptions = {},
    ): Promise<schemas.CreatedEscrow> {
      const operation = 'Hold';
      const body = strictBody(schemas.escrowRequestSchema, operation, {
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
        schema: schemas.createdEscrowSchema,
      });
    },

    /** Pays the whole hold to the provider. Only for the requester. */
    async release(escrowId: string, call: ExchangePostOptions = {}): Promise<schemas.Release> {
      const operation = named('Release of escrow', escrowId);
      const body = strictBody(schemas.releaseRequestSchema, operation, { escrow_id: escrowId });
      return send({
        ...call,
        ...post('/exchange/release', operation, body),
        escrowId,
        schema: schemas.releaseSchema,
      });
    },

    /** Pays a whole percentage, 1 to 99, of the hold; the rest is refunded at once. */
    async partialRelease(
      escrowId: string,
      percent: number,
      call: ExchangePostOptions = {},
    ): Promise<schemas.PartialRelease> {
      const operation = named('Partial release of escrow', escrowId);
      const body = strictBody(schemas.partialReleaseRequestSchema, operation, {
        escrow_id: escrowId,
        release_percent: percent,
      });
      return send({
        ...call,
        ...post(`${escrowPath(escrowId, 'escrow')}/partial-release`, operation, body),
        escrowId,
        schema: schemas.partialReleaseSchema,
      });
    },

    /** Refunds the whole hold, including the fee. `reason` is published on the ledger. */
    async refund(
      escrowId: string,
      { reason, ...call }: ExchangePostOptions & { reason?: string | undefined } = {},
    ): Promise<schemas.Refund> {
      const operation = named('Refund of escrow', escrowId);
      const body = strictBody(schemas.refundRequestSchema, operation, {
        escrow_id: escrowId,
        reason,
      });
      return send({
        ...call,
        ...post('/exchange/refund', operation, body),
        escrowId,
        schema: schemas.refundSchema,
      });
    },

    /** Freezes an escrow until an operator rules. The stake is at least 10 tokens. */
    async dispute(
      escrowId: string,
      { reason, stakeAmount }: { reason: string; stakeAmount: number },
      call: ExchangePostOptions = {},
    ): Promise<schemas.Dispute> {
      const operation = named('Dispute of escrow', escrowId);
      const body = strictBody(schemas.disputeRequestSchema, operation, {
        escrow_id: escrowId,
        reason,
        stake_amount: stakeAmount,
      });
      return send({
        ...call,
        ...post('/exchange/dispute', operation, body),
        escrowId,
        schema: schemas.disputeSchema,
      });
    },

    /** Looks up any escrow. The status stays `held` for up to a minute after the expiry. */
    async getEscrow(escrowId: string, call: ExchangeCallOptions = {}): Promise<schemas.Escrow> {
      const operation = named('Look-up of escrow', escrowId);
      return send({
        ...call,
        ...get(escrowPath(escrowId, 'escrows'), operation),
        escrowId,
        schema: schemas.escrowSchema,
      });
    },

    /** Lists the account's escrows, as requester and as provider, newest first. */
    async listEscrows(
      { taskId, groupId, status, limit, offset }: ListEscrowsOptions = {},
      call: ExchangeCallOptions = {},
    ): Promise<schemas.EscrowList> {
      const query = { task_id: taskId, group_id: groupId, status, limit, offset };
      return send({
        ...call,
        ...get('/exchange/escrows', 'List of escrows', query),
        schema: schemas.escrowListSchema,
      });
    },

    async balance(call: ExchangeCallOptions = {}): Promise<schemas.Balance> {
      return send({
        ...call,
        ...get('/exchange/balance', 'Balance look-up'),
        schema: schemas.balanceSchema,
      });
    },
  };
}
