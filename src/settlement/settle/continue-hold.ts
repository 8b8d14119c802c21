import { ActiveHold } from '../hold/active-hold';
import type { KeptHold } from '../hold/kept-mark';
import { contextOfHold, type PaymentContext } from '../hold/payment-context';
import { webhookDigests } from '../recovery/webhook-credentials';
import { labelsOf } from './call-params';
import type { HeldCall } from './payment';

/** The kept hold of a task, for the call that continues the task. */
export async function continueHold(
  context: PaymentContext,
  kept: KeptHold,
  {
    conversation: { subject },
    model,
    params,
    plan: { metering },
    startedAt,
  }: Pick<HeldCall, 'conversation' | 'model' | 'params' | 'plan'> & {
    /** The start of this call, in milliseconds since 1970. */
    startedAt: number;
  },
): Promise<ActiveHold> {
  const { elapsedMs, hold, workingSince } = kept;
  const work = {
    startedAt: workingSince ?? startedAt,
    earlierMs: elapsedMs,
    metering,
    webhook: (await webhookDigests(params)) ?? kept.webhook,
    labels: labelsOf(params) ?? kept.labels,
    subject,
  };
  const own = contextOfHold(context, hold) ?? context;
  const active = new ActiveHold(model.modelId, { phase: 'open', hold }, own, work);
  active.adoptJournal();
  return active;
}
