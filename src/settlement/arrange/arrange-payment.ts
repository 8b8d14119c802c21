import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { SettlementError, type HoldRequest } from '../../rails/rail';
import type { SettlementReceipt } from '../core/settlement-receipt';
import { unlessAborted } from '../core/unless-aborted';
import { webhookDigests } from '../finish/webhook-credentials';
import { groupOfTask } from '../hold/group-of-task';
import { HeldPayment } from '../hold/held-payment';
import { continuedTask } from '../hold/kept-holds';
import { resumedTask } from '../hold/kept-mark';
import { LostHoldError } from '../hold/obtain-hold';
import { assertAllowed, assertListed } from '../limits/assert-allowed';
import type { Arrange, Arrangement, SettledCall } from '../middleware/settlement-middleware';
import type { Metering } from '../price/price';
import { agreeOnPrice } from './agree-on-price';
import { arrangePaid } from './arrange-paid';
import type { Arranging } from './arranging';
import { conversationOf } from './conversation-of';
import { makeHold } from './make-hold';
import {
  planPayment,
  type PaidPlan,
  type PaymentQuoteResult,
  type UnpaidPlan,
} from './plan-payment';

/** Finds or makes the hold for a generation, or says why it goes on without. */
export function arrangePayment(arranging: Arranging): Arrange {
  const { context, kept, options } = arranging;
  const { limits } = context;

  return async (call) => {
    const { model, params } = call;
    const { modelId: agent } = model;
    params.abortSignal?.throwIfAborted();
    const plan = await planPayment({ model, params, options });
    if (plan.type === 'unpaid') return arrangeUnpaid(plan, agent, params);

    // Before the price is asked: whatever it is now, a hold that was kept has to be settled.
    const continued = await kept.take(agent, params, plan.payee);
    if (continued !== undefined) {
      const { elapsedMs, hold, workingSince } = continued;
      const work = {
        startedAt: workingSince ?? Date.now(),
        earlierMs: elapsedMs,
        metering: plan.metering,
        webhook: (await webhookDigests(params)) ?? continued.webhook,
      };
      const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
      payment.adoptJournal();
      return arrangePaid(arranging, { continued, payment, model, params });
    }
    // The agent gets no message, and so nothing new to be paid for.
    if (resumedTask(params.providerOptions) !== undefined) return arrangeFree(params, 'NO_HOLD');

    const quote = await unlessAborted(params.abortSignal, plan.quote());
    switch (quote.type) {
      case 'free':
        return arrangeFree(params);
      case 'hold':
        return arrangeHeld(call, plan, quote);
      case 'negotiable':
        return arrangeNegotiated(call, plan, quote);
    }
  };

  /** Nothing is held before both sides are content with the price. */
  async function arrangeNegotiated<RESULT>(
    call: SettledCall<RESULT>,
    plan: PaidPlan,
    { negotiation, requestFor }: Extract<PaymentQuoteResult, { type: 'negotiable' }>,
  ): Promise<Arrangement<RESULT>> {
    const { agent, ceiling } = negotiation;
    assertListed(agent, requestFor(ceiling), options);
    try {
      // Who cannot pay does not haggle.
      context.rail.assertConfigured();
    } catch (error) {
      return arrangeWithout(error, { agent, params: call.params, plan });
    }
    const agreed = await agreeOnPrice(arranging, call, negotiation);
    if (agreed.type === 'answered') return { ...arrangeFree(call.params), result: agreed.result };
    const { amount, cancel, continued } = agreed;
    if (amount === 0) return arrangeFree(continued.params);
    try {
      return await arrangeHeld(continued, plan, {
        request: requestFor(amount),
        metering: undefined,
        agreement: { agreedPrice: amount },
      });
    } catch (error) {
      cancel();
      throw error;
    }
  }

  async function arrangeHeld(
    { model, params }: Pick<SettledCall<unknown>, 'model' | 'params'>,
    plan: PaidPlan,
    {
      agreement,
      metering,
      ...quote
    }: {
      agreement?: { agreedPrice: number };
      metering: Metering | undefined;
      request: HoldRequest;
    },
  ): Promise<Arrangement> {
    const { modelId: agent } = model;
    const task = continuedTask(params);
    const group = task === undefined ? undefined : await groupOfTask(agent, task);
    const request = { ...quote.request, group };
    await unlessAborted(params.abortSignal, assertAllowed(agent, request, options));
    const conversation = conversationOf(params);
    await limits.reserve(request.taskId, { agent, conversation, ...request });
    try {
      const hold = await makeHold(arranging, { agent, request, signal: params.abortSignal });
      const webhook = await webhookDigests(params);
      const work = { startedAt: Date.now(), earlierMs: 0, metering, webhook };
      const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
      payment.announce();
      return arrangePaid(arranging, { agreement, payment, model, params });
    } catch (error) {
      await limits.drop(request.taskId);
      return arrangeWithout(error, { agent, params, plan });
    }
  }

  /** Nothing could be held. */
  function arrangeWithout(
    error: unknown,
    {
      agent,
      params,
      plan: { isRequired },
    }: { agent: string; params: LanguageModelV4CallOptions; plan: PaidPlan },
  ): Arrangement {
    const isLost = error instanceof LostHoldError;
    const failure = isLost ? error.error : error;
    if (!SettlementError.isInstance(failure)) throw error;
    const reason = failure.code;
    return arrangeUnpaid(
      { type: 'unpaid', reason, error: failure, isRequired },
      agent,
      params,
      isLost ? error.taskId : undefined,
    );
  }

  function arrangeFree(
    params: LanguageModelV4CallOptions,
    reason: 'FREE' | 'NO_HOLD' = 'FREE',
  ): Arrangement {
    const settle = async (): Promise<SettlementReceipt> => ({ status: 'unsettled', reason });
    return { params, warnings: [], settle, mark: async (metadata) => metadata };
  }

  function arrangeUnpaid(
    { error, isRequired, reason }: UnpaidPlan,
    agent: string,
    params: LanguageModelV4CallOptions,
    /** Of a hold that may stand all the same. */
    lost?: string,
  ): Arrangement {
    const receipt: SettlementReceipt =
      lost === undefined
        ? { status: 'unsettled', reason }
        : { status: 'unknown', reason, taskId: lost };
    if (isRequired) {
      throw new SettlementError({
        ...error,
        code: 'PAYMENT_REQUIRED',
        message: `Agent "${agent}" requires payment, and nothing could be held: ${error.message}`,
        cause: error,
      });
    }
    if (options.onHoldFailure === 'throw' && reason !== 'DISABLED') throw error;
    context.events.emit('unsettled', { agent, receipt, error });
    const undone =
      lost === undefined ? '' : ` Tokens may be held for task ${lost}: they are given back.`;
    return {
      params,
      warnings: [{ type: 'other', message: `This call goes on unpaid: ${error.message}${undone}` }],
      settle: async () => receipt,
      mark: async (metadata) => metadata,
    };
  }
}
