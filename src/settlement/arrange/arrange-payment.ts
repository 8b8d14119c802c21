import type { LanguageModelV4CallOptions, SharedV4Warning } from '@ai-sdk/provider';
import { SettlementError, type HoldRequest } from '../../rails/rail';
import type { SettlementReceipt } from '../core/settlement-receipt';
import { keepAlive } from '../core/keep-alive';
import { unlessAborted } from '../core/unless-aborted';
import { webhookDigests } from '../finish/webhook-credentials';
import { groupOfTask } from '../hold/group-of-task';
import { HeldPayment } from '../hold/held-payment';
import { LostHoldError } from '../hold/obtain-hold';
import type { TaskTurn } from '../hold/task-turns';
import { assertAllowed, assertListed } from '../limits/assert-allowed';
import type { Arrange, Arrangement, SettledCall } from '../middleware/settlement-middleware';
import type { Metering } from '../price/price';
import { agreeOnPrice } from './agree-on-price';
import { arrangePaid } from './arrange-paid';
import type { Arranging } from './arranging';
import { conversationOf, type CallConversation } from './conversation-of';
import { makeHold } from './make-hold';
import {
  planPayment,
  type PaidPlan,
  type PaymentQuoteResult,
  type UnpaidPlan,
} from './plan-payment';

/** Finds or makes the hold for a generation, or says why it goes on without. */
export function arrangePayment(arranging: Arranging): Arrange {
  const { context, kept, options, parked } = arranging;
  const { turns, limits } = context;

  return async (call) => {
    const arrangement = await arrange(call);
    const message = context.rail.notice?.();
    return message === undefined
      ? arrangement
      : { ...arrangement, warnings: [...arrangement.warnings, { type: 'other', message }] };
  };

  async function arrange<RESULT>(call: SettledCall<RESULT>): Promise<Arrangement<RESULT>> {
    const { model, params } = call;
    const { modelId: agent } = model;
    params.abortSignal?.throwIfAborted();
    const plan = await planPayment({ model, params, options });
    if (plan.type === 'unpaid') return arrangeUnpaid(plan, agent, params);

    const conversation = await conversationOf(model, params);
    const { isResumed, subject, taskId } = conversation;
    const turn = taskId === undefined ? undefined : await turns.begin(agent, taskId, subject);
    if (taskId !== undefined && turn === undefined) {
      if (isResumed) return arrangeFree(params, 'IN_USE');
      throw inUse(agent, taskId);
    }
    try {
      const arrangement = await arrangeTurn(call, plan, { conversation, turn });
      if (arrangement.lapsesAt === undefined) await turn?.end();
      return arrangement;
    } catch (error) {
      await turn?.end();
      throw error;
    }
  }

  async function arrangeTurn<RESULT>(
    call: SettledCall<RESULT>,
    plan: PaidPlan,
    { conversation, turn }: { conversation: CallConversation; turn: TaskTurn | undefined },
  ): Promise<Arrangement<RESULT>> {
    const { model, params } = call;
    const { modelId: agent } = model;
    const { payee } = plan;
    const { isResumed, subject, taskId } = conversation;
    // Before the price is asked: whatever it is now, a hold that was kept has to be settled.
    const { prompt } = params;
    const continued =
      taskId === undefined
        ? undefined
        : await kept.take({ agent, taskId, subject, payee, prompt, isResumed });
    if (continued !== undefined) {
      const { elapsedMs, hold, workingSince } = continued;
      const work = {
        startedAt: workingSince ?? Date.now(),
        earlierMs: elapsedMs,
        metering: plan.metering,
        webhook: (await webhookDigests(params)) ?? continued.webhook,
        subject,
      };
      const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
      payment.adoptJournal();
      return arrangePaid(arranging, {
        continued,
        conversation,
        payment,
        plan,
        turn,
        model,
        params,
      });
    }
    // The agent gets no message, and so nothing new to be paid for.
    if (isResumed) return arrangeFree(params, 'NO_HOLD');

    const quote = await unlessAborted(params.abortSignal, plan.quote());
    switch (quote.type) {
      case 'free':
        return arrangeFree(params);
      case 'hold':
        return arrangeHeld(call, plan, { ...quote, conversation, turn });
      case 'negotiable':
        return arrangeNegotiated(call, plan, { ...quote, turn });
    }
  }

  /** Nothing is held before both sides are content with the price. */
  async function arrangeNegotiated<RESULT>(
    call: SettledCall<RESULT>,
    plan: PaidPlan,
    {
      negotiation,
      requestFor,
      turn,
    }: Extract<PaymentQuoteResult, { type: 'negotiable' }> & Pick<TurnOf, 'turn'>,
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
        warnings: [],
        agreement: { agreedPrice: amount },
        conversation: await conversationOf(call.model, continued.params),
        turn,
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
      conversation,
      metering,
      turn,
      warnings,
      ...quote
    }: TurnOf & {
      agreement?: { agreedPrice: number };
      metering: Metering | undefined;
      request: HoldRequest;
      warnings: SharedV4Warning[];
    },
  ): Promise<Arrangement> {
    const { modelId: agent } = model;
    const { contextId, subject, taskId: task } = conversation;
    const group = task === undefined ? undefined : await groupOfTask(agent, task);
    const asked = { ...quote.request, group };
    await unlessAborted(params.abortSignal, assertAllowed(agent, asked, options));
    const idle = parked.take(agent, asked);
    const request = idle === undefined ? asked : { ...asked, taskId: idle.hold.taskId };
    try {
      await limits.reserve(request.taskId, {
        ...request,
        agent,
        conversation: conversationIdOf(params) ?? contextId,
      });
    } catch (error) {
      if (idle !== undefined) keepAlive(options.waitUntil, parked.park(idle, asked));
      throw error;
    }
    try {
      const signal = params.abortSignal;
      const hold = idle?.hold ?? (await makeHold(arranging, { agent, request, signal }));
      const webhook = await webhookDigests(params);
      const work = { startedAt: Date.now(), earlierMs: 0, metering, webhook, subject };
      const payment = new HeldPayment(agent, { phase: 'open', hold }, context, work);
      if (idle === undefined) payment.announce();
      else await payment.takeUp();
      return await arrangePaid(arranging, {
        agreement,
        conversation,
        payment,
        plan,
        request: asked,
        turn,
        warnings,
        model,
        params,
      });
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
    reason: 'FREE' | 'NO_HOLD' | 'IN_USE' = 'FREE',
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

/** The turn that a call takes of a task it goes on with. */
interface TurnOf {
  conversation: CallConversation;
  turn: TaskTurn | undefined;
}

/** The name that the call gives its conversation, for the limits. */
function conversationIdOf({ providerOptions }: LanguageModelV4CallOptions): string | undefined {
  const id = providerOptions?.['settlement']?.['conversationId'];
  return typeof id === 'string' ? id : undefined;
}

function inUse(agent: string, taskId: string): SettlementError {
  return new SettlementError({
    code: 'TASK_IN_USE',
    message: `The call of agent "${agent}" was not sent: another call is under way with its task ${taskId}. Wait until that one has ended.`,
    isRetryable: true,
    isDispatched: false,
  });
}
