import type { SharedV4Warning } from '@ai-sdk/provider';
import { SettlementError } from '../../rails/rail';
import { unlessAborted } from '../../internal/unless-aborted';
import { webhookDigests } from '../recovery/webhook-credentials';
import { ActiveHold } from '../hold/active-hold';
import { contextOfHold } from '../hold/payment-context';
import type { TaskTurn } from '../hold/task-turns';
import { assertListed } from '../plan/assert-allowed';
import type { Arrange, Arrangement, SettledCall } from './settlement-middleware';
import { agreeOnPrice } from './agree-on-price';
import { arrangeAsked, arrangeRefusable } from './arrange-asked';
import { arrangeHeld, type TurnOf } from './arrange-held';
import { arrangePaid } from './arrange-paid';
import { arrangeFree, arrangeUnpaid, arrangeWithout } from './arrange-unpaid';
import type { Arranging } from './arranging';
import { conversationOf, type CallConversation } from '../hold/conversation-of';
import type { PaidPlan, PaymentQuoteResult } from '../plan/payment-plan';
import { planPayment } from './plan-payment';
import { decorateParams, labelsOf } from './call-params';

/** Finds or makes the hold for a generation, or says why it goes on without. */
export function arrangePayment(arranging: Arranging): Arrange {
  const { context, kept, options } = arranging;
  const { turns } = context;

  return async (call) => {
    const arrangement = await arrange(call);
    const notices = options.rails.flatMap((rail): SharedV4Warning[] => {
      const message = rail.notice?.();
      return message === undefined ? [] : [{ type: 'other', message }];
    });
    return notices.length === 0
      ? arrangement
      : { ...arrangement, warnings: [...arrangement.warnings, ...notices] };
  };

  async function arrange<RESULT>(call: SettledCall<RESULT>): Promise<Arrangement<RESULT>> {
    const { model, params } = call;
    const { modelId: agent } = model;
    params.abortSignal?.throwIfAborted();
    const plan = await planPayment({ model, params, options });
    if (plan.type === 'unpaid') return arrangeUnpaid(plan, { agent, arranging, params });

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
    const { contextId, isResumed, subject, taskId } = conversation;
    // Before the price is asked: whatever it is now, a hold that was kept has to be settled.
    const { prompt } = params;
    const { payeeOn } = plan;
    const continued =
      taskId === undefined
        ? undefined
        : await kept.take({
            agent,
            taskId,
            contextId,
            subject,
            payeeOn,
            prompt,
            mayWork: isResumed,
            isResumed,
          });
    if (continued !== undefined) {
      const { elapsedMs, hold, workingSince } = continued;
      const work = {
        startedAt: workingSince ?? Date.now(),
        earlierMs: elapsedMs,
        metering: plan.metering,
        webhook: (await webhookDigests(params)) ?? continued.webhook,
        labels: labelsOf(params) ?? continued.labels,
        subject,
      };
      const own = contextOfHold(context, hold) ?? context;
      const payment = new ActiveHold(agent, { phase: 'open', hold }, own, work);
      payment.adoptJournal();
      const isAgents = own.rail.capabilities.capturedBy === 'agent';
      const currency = isAgents ? hold.currency : undefined;
      await own.limits.reopen(hold.taskId, hold.expiresAt, { currency });
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
      case 'free': {
        const offer = quote.isRequired ? context.rail.decorateOffer?.({}) : undefined;
        return arrangeFree(offer === undefined ? params : decorateParams(params, offer));
      }
      case 'hold':
        return arrangeQuoted(call, plan, quote, { conversation, turn });
      case 'negotiable':
        return arrangeNegotiated(call, plan, { ...quote, turn });
      case 'asked':
        return arrangeAsked(arranging, call, { ...quote, plan, turn });
    }
  }

  /** What the card asks for is held; where the agent captures, it may say that this is not enough. */
  async function arrangeQuoted<RESULT>(
    call: SettledCall<RESULT>,
    plan: PaidPlan,
    { requestFor, ...quote }: Extract<PaymentQuoteResult, { type: 'hold' }>,
    of: TurnOf,
  ): Promise<Arrangement<RESULT>> {
    const paid = await arrangeHeld(arranging, call, plan, { ...quote, ...of });
    if (requestFor === undefined || plan.rail.challenge === undefined) return paid;
    if (paid.lapsesAt === undefined) return paid;
    return arrangeRefusable(arranging, call, { paid, plan, requestFor });
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
      plan.rail.assertConfigured();
    } catch (error) {
      return arrangeWithout(error, { agent, arranging, params: call.params, plan });
    }
    const agreed = await agreeOnPrice(arranging, call, { negotiation, rail: plan.rail });
    if (agreed.type === 'answered')
      return { ...arrangeFree(call.params), answered: () => agreed.result };
    const { amount, cancel, continued } = agreed;
    if (amount === 0) return arrangeFree(continued.params);
    try {
      return await arrangeHeld(arranging, continued, plan, {
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
}

function inUse(agent: string, taskId: string): SettlementError {
  return new SettlementError({
    code: 'TASK_IN_USE',
    message: `The call of agent "${agent}" was not sent: another call is under way with its task ${taskId}. Wait until that one has ended.`,
    isRetryable: true,
    isDispatched: false,
  });
}
