import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { FinishedGeneration } from '../core/finished-generation';
import { keepAlive } from '../core/keep-alive';
import type { SettlementReceipt } from '../core/settlement-receipt';
import type { Outcome } from '../core/settlement-state';
import { within } from '../core/within';
import type { HeldPayment } from '../hold/held-payment';
import {
  isPausedPart,
  isWorkingPart,
  resumedTask,
  sealHold,
  type KeptHold,
} from '../hold/kept-mark';
import type { Arrangement } from '../middleware/settlement-middleware';
import { askTask } from '../verdict/ask-task';
import { decideAbort } from '../verdict/decide-abort';
import type { Arranging } from './arranging';
import { decorateParams } from './decorate-params';
import { warnOfLapse } from './warn-of-lapse';

/** One generation under a hold. */
export function arrangePaid(
  { context: { live, rail }, kept, options, settleTask }: Arranging,
  {
    agreement,
    continued,
    payment,
    model,
    params,
  }: {
    /** Where the price was negotiated. */
    agreement?: { agreedPrice: number } | undefined;
    /** The task that goes on under its hold. */
    continued?: KeptHold | undefined;
    payment: HeldPayment;
    model: LanguageModelV4;
    params: LanguageModelV4CallOptions;
  },
): Arrangement {
  const { providerOptions } = params;
  const isResumed = resumedTask(providerOptions) !== undefined;
  const returnsAtOnce = providerOptions?.['a2a']?.['returnImmediately'] === true;
  let task = continued?.taskId;
  let ending: Promise<void> | undefined;
  let later: SettlementReceipt | undefined;
  live.add(payment.hold.taskId);

  return {
    params: decorateParams(params, rail.decorate(payment.hold, agreement)),
    warnings: warnOfLapse(model, payment.hold),
    lapsesAt: Date.now() + payment.hold.expiresAt.getTime() - (rail.now?.() ?? Date.now()),
    async mark(metadata) {
      const taskId = metadata?.['a2a']?.['taskId'];
      if (typeof taskId !== 'string') return metadata;
      task = taskId;
      const contextId = metadata?.['a2a']?.['contextId'];
      payment.noteTask(taskId, {
        conversation: typeof contextId === 'string' ? contextId : undefined,
      });
      const isWorking = returnsAtOnce && isWorkingPart(metadata);
      if (!isWorking && !isPausedPart(metadata)) return metadata;
      const mark = await sealHold(rail, payment.keepFor(taskId, { isWorking }));
      return mark === undefined ? metadata : { ...metadata, settlement: mark };
    },
    async settle(outcome, generation) {
      // The first end is the end: a stream may finish, and fail after that.
      ending ??= end(outcome, generation);
      if (!keepAlive(options.waitUntil, ending)) {
        await within(ending, options.receiptTimeoutMs ?? 2000);
      }
      return later ?? payment.receipt;
    },
  };

  async function end(outcome: Outcome, generation: FinishedGeneration | undefined): Promise<void> {
    await payment.end(await judge(outcome, generation));
    kept.giveBack(payment);
    live.delete(payment.hold.taskId);
    const left = payment.kept;
    if (left?.workingSince === undefined || left.webhook === undefined) return;
    // It may have ended, and told so, before anybody could know that it would have to be settled.
    const provider = { languageModel: () => model };
    const reference = { agent: payment.agent, taskId: left.taskId };
    // A journal that cannot be read now is no reason for the call to fail.
    later = await settleTask(reference, { provider }).catch(() => undefined);
  }

  async function judge(
    outcome: Outcome,
    generation: FinishedGeneration | undefined,
  ): Promise<Outcome> {
    if (continued !== undefined && saysNothing(outcome)) {
      const isWorking = continued.workingSince !== undefined;
      return { type: 'paused', taskId: continued.taskId, isWorking };
    }
    const delivery = { generation, elapsedMs: await elapsedMs(outcome) };
    if (outcome.type !== 'failed' || outcome.reason !== 'aborted') {
      return payment.judge(outcome, delivery);
    }
    const asked = task === undefined ? undefined : await askTask(model, task);
    const decided = await decideAbort({
      asked,
      measure: () => payment.measure(delivery),
      onAbort: options.onAbort ?? 'refund',
    });
    return asked?.state === 'completed'
      ? payment.judge(decided, { ...delivery, generation: asked.generation })
      : decided;
  }

  /** The task is as it was: the agent has not heard of this turn, or was only asked how it stands. */
  function saysNothing(outcome: Outcome): boolean {
    if (outcome.type !== 'failed') return false;
    const { reason } = outcome;
    return (
      reason === 'not-dispatched' || (isResumed && (reason === 'error' || reason === 'stream-cut'))
    );
  }

  /** A task may have been done long before it was taken up again. */
  async function elapsedMs(outcome: Outcome): Promise<number> {
    const isLate = isResumed && payment.isTimed && outcome.type === 'delivered';
    const asked = isLate && task !== undefined ? await askTask(model, task) : undefined;
    return asked === undefined ? payment.elapsedMs : payment.elapsedAt(asked.at);
  }
}
