import type { SharedV4Warning } from '@ai-sdk/provider';
import { unlessAborted } from '../../internal/unless-aborted';
import { SettlementError } from '../../rails/rail';
import { conversationOf, type CallConversation } from '../hold/conversation-of';
import type { TaskTurn } from '../hold/task-turns';
import type { PaidPlan } from '../plan/payment-plan';
import { webhookDigests } from '../recovery/webhook-credentials';
import { beginAskedPayment, beginRefusablePayment } from './asked-payment';
import { beginHeldPayment } from './begin-held-payment';
import { decorateParams } from './call-params';
import { continueHold } from './continue-hold';
import { HeldPayment } from './held-payment';
import { beginNegotiatedPayment } from './negotiated-payment';
import type { BeginPayment, Payment, PaymentDeps, SettledCall } from './payment';
import { planPayment } from './plan-payment';
import { freePayment, unpaidPayment } from './unpaid-payment';

/** Finds or makes the hold for a generation, or decides why it continues without one. */
export function createBeginPayment(deps: PaymentDeps): BeginPayment {
  return async (call) => {
    const payment = await begin(deps, call);
    const notices = deps.options.rails.flatMap((rail): SharedV4Warning[] => {
      const message = rail.notice?.();
      return message === undefined ? [] : [{ type: 'other', message }];
    });
    payment.warnings.push(...notices);
    return payment;
  };
}

async function begin(deps: PaymentDeps, call: SettledCall): Promise<Payment> {
  const { context, options } = deps;
  const { model, params } = call;
  const { modelId: agent } = model;
  params.abortSignal?.throwIfAborted();
  const plan = await planPayment({ model, params, options });
  if (plan.type === 'unpaid') return unpaidPayment(plan, { agent, deps, params });

  const conversation = await conversationOf(model, params);
  await loadBeforeHold(deps, call, conversation);
  const { isResumed, subject, taskId } = conversation;
  const turn = taskId === undefined ? undefined : await context.turns.begin(agent, taskId, subject);
  if (taskId !== undefined && turn === undefined) {
    if (isResumed) return freePayment(params, 'IN_USE');
    throw taskInUse(agent, taskId);
  }
  try {
    const payment =
      (await continueKeptHold(deps, call, { conversation, plan, turn })) ??
      (await payQuote(deps, call, { conversation, plan, turn }));
    if (payment.lapsesAt === undefined) await turn?.end();
    return payment;
  } catch (error) {
    await turn?.end();
    throw error;
  }
}

/** Nothing has been sent yet: a failing load after the hold would leave the hold unsettled. */
async function loadBeforeHold(
  { context, recovery }: PaymentDeps,
  { params }: SettledCall,
  { taskId }: CallConversation,
): Promise<void> {
  if (taskId !== undefined) {
    await Promise.all([context.limits, ...context.rails].map((needed) => needed.load?.()));
  }
  if ((await webhookDigests(params)) !== undefined) await recovery();
}

interface Turn {
  conversation: CallConversation;
  plan: PaidPlan;
  turn: TaskTurn | undefined;
}

/**
 * Continues a task under its kept hold, before the price is determined: whatever the price is now, that hold
 * must be settled. Undefined if no hold was kept.
 */
async function continueKeptHold(
  deps: PaymentDeps,
  { model, params }: SettledCall,
  { conversation, plan, turn }: Turn,
): Promise<Payment | undefined> {
  const { contextId, isResumed, subject, taskId } = conversation;
  if (taskId === undefined) return undefined;
  const continued = await deps.kept.take({
    agent: model.modelId,
    taskId,
    contextId,
    subject,
    payeeOn: plan.payeeOn,
    prompt: params.prompt,
    mayWork: isResumed,
    isResumed,
  });
  // A resumed task gets no message, so nothing new has to be paid.
  if (continued === undefined) return isResumed ? freePayment(params, 'NO_HOLD') : undefined;
  const { hold } = continued;
  const active = await continueHold(deps.context, continued, {
    conversation,
    model,
    params,
    plan,
    startedAt: Date.now(),
  });
  const isAgents = active.rail.capabilities.capturedBy === 'agent';
  const currency = isAgents ? hold.currency : undefined;
  await deps.context.limits.reopen(hold.taskId, hold.expiresAt, { currency });
  return HeldPayment.start(deps, { active, continued, conversation, model, params, plan, turn });
}

/** Determines the price, and holds it. */
async function payQuote(
  deps: PaymentDeps,
  call: SettledCall,
  { conversation, plan, turn }: Turn,
): Promise<Payment> {
  const { params } = call;
  const quote = await unlessAborted(params.abortSignal, plan.quote());
  switch (quote.type) {
    case 'free': {
      const offer = quote.isRequired ? deps.context.rail.decorateOffer?.({}) : undefined;
      return freePayment(offer === undefined ? params : decorateParams(params, offer));
    }
    case 'hold': {
      const { requestFor, ...held } = quote;
      const paid = await beginHeldPayment(deps, call, plan, { ...held, conversation, turn });
      // If the agent captures, it may answer that the price on its card is not enough.
      const mayRefuse = requestFor !== undefined && plan.rail.challenge !== undefined;
      if (!mayRefuse || paid.lapsesAt === undefined) return paid;
      return beginRefusablePayment(deps, call, { paid, plan, requestFor });
    }
    case 'negotiable':
      return beginNegotiatedPayment(deps, call, { ...quote, plan, turn });
    case 'asked':
      return beginAskedPayment(deps, call, { ...quote, plan, turn });
  }
}

function taskInUse(agent: string, taskId: string): SettlementError {
  return new SettlementError({
    code: 'TASK_IN_USE',
    message: `The call of agent "${agent}" was not sent: another call is using its task ${taskId}. Wait until that call has ended.`,
    isRetryable: true,
    isDispatched: false,
  });
}
