import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { SettlementError } from '../rails/rail';
import { arrangePaid } from './arrange-paid';
import type { Arranging } from './arranging';
import { assertAllowed } from './assert-allowed';
import { conversationOf } from './conversation-of';
import { HeldPayment } from './held-payment';
import { makeHold } from './make-hold';
import { LostHoldError } from './obtain-hold';
import { planPayment, type UnpaidPlan } from './plan-payment';
import type { Arrange, Arrangement } from './settlement-middleware';

/** Finds or makes the hold for a generation, or says why it goes on without. */
export function arrangePayment(arranging: Arranging): Arrange {
  const { context, kept, options } = arranging;
  const { limits } = context;

  return async ({ model, params }) => {
    const { modelId: agent } = model;
    params.abortSignal?.throwIfAborted();
    const plan = await planPayment({ model, params, options });
    if (plan.type === 'unpaid') return arrangeUnpaid(plan, agent, params);

    // Before the price is asked: whatever it is now, a hold that was kept has to be settled.
    const continued = await kept.take(agent, params, plan.payee);
    if (continued !== undefined) {
      const { elapsedMs, hold } = continued;
      const work = { startedAt: Date.now(), earlierMs: elapsedMs, metering: plan.metering };
      const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
      payment.adoptJournal();
      return arrangePaid(arranging, { payment, model, params });
    }

    const quote = await plan.quote();
    if (quote.type === 'free') return arrangeFree(params);
    const { metering, request } = quote;
    await assertAllowed(agent, request, options);
    const conversation = conversationOf(params);
    await limits.reserve(request.taskId, { agent, conversation, ...request });
    try {
      const hold = await makeHold(arranging, { agent, request, signal: params.abortSignal });
      const work = { startedAt: Date.now(), earlierMs: 0, metering };
      const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
      payment.announce();
      return arrangePaid(arranging, { payment, model, params });
    } catch (error) {
      await limits.drop(request.taskId);
      const failure = error instanceof LostHoldError ? error.error : error;
      if (!SettlementError.isInstance(failure)) throw error;
      const { isRequired } = plan;
      const reason = failure.code;
      return arrangeUnpaid({ type: 'unpaid', reason, error: failure, isRequired }, agent, params);
    }
  };

  function arrangeFree(params: LanguageModelV4CallOptions): Arrangement {
    const settle = async () => ({ status: 'unsettled', reason: 'FREE' }) as const;
    return { params, warnings: [], settle, mark: async (metadata) => metadata };
  }

  function arrangeUnpaid(
    { error, isRequired, reason }: UnpaidPlan,
    agent: string,
    params: LanguageModelV4CallOptions,
  ): Arrangement {
    const receipt = { status: 'unsettled', reason } as const;
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
    return {
      params,
      warnings: [{ type: 'other', message: `This call goes on unpaid: ${error.message}` }],
      settle: async () => receipt,
      mark: async (metadata) => metadata,
    };
  }
}
