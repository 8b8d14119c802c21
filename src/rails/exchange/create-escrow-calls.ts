import * as answers from './escrow-answer-schemas';
import * as requests from './escrow-request-schemas';
import type {
  EscrowOptions,
  ExchangeCallOptions,
  ExchangePostOptions,
  ListEscrowsOptions,
} from './exchange-client-options';
import type { SendExchangeRequest } from './exchange-request';
import { escrowPath, get, named, post } from './request-parts';
import { strictBody } from './strict-body';

/** The calls that move money: all that a rail needs. */
export function createEscrowCalls(send: SendExchangeRequest) {
  return {
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
  };
}
