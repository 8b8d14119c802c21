import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Arranging } from './arranging';
import { askTask } from './ask-task';
import { decideAbort } from './decide-abort';
import { decorateParams } from './decorate-params';
import type { FinishedGeneration } from './finished-generation';
import type { HeldPayment } from './held-payment';
import { isPausedPart, sealHold } from './kept-mark';
import type { Arrangement } from './settlement-middleware';
import type { Outcome } from './settlement-state';

/** One generation under a hold. */
export function arrangePaid(
  { context: { live, rail }, kept, options }: Arranging,
  {
    agreement,
    continued,
    payment,
    model,
    params,
  }: {
    /** Where the price was negotiated. */
    agreement?: { agreedPrice: number } | undefined;
    /** The waiting task that goes on. */
    continued?: string | undefined;
    payment: HeldPayment;
    model: LanguageModelV4;
    params: LanguageModelV4CallOptions;
  },
): Arrangement {
  let task = continued;
  let ending: Promise<void> | undefined;
  live.add(payment.hold.taskId);

  return {
    params: decorateParams(params, rail.decorate(payment.hold, agreement)),
    warnings: [],
    async mark(metadata) {
      const taskId = metadata?.['a2a']?.['taskId'];
      if (typeof taskId !== 'string') return metadata;
      task = taskId;
      const contextId = metadata?.['a2a']?.['contextId'];
      payment.noteTask(taskId, {
        conversation: typeof contextId === 'string' ? contextId : undefined,
      });
      if (!isPausedPart(metadata)) return metadata;
      const { elapsedMs, hold } = payment;
      const mark = await sealHold(rail, { hold, taskId, elapsedMs });
      return mark === undefined ? metadata : { ...metadata, settlement: mark };
    },
    async settle(outcome, generation) {
      // The first end is the end: a stream may finish, and fail after that.
      ending ??= end(outcome, generation);
      if (options.waitUntil === undefined) {
        await withTimeout(ending, options.receiptTimeoutMs ?? 2000);
      } else {
        options.waitUntil(ending);
      }
      return payment.receipt;
    },
  };

  async function end(outcome: Outcome, generation: FinishedGeneration | undefined): Promise<void> {
    await payment.end(await judge(outcome, generation));
    kept.giveBack(payment);
    live.delete(payment.hold.taskId);
  }

  async function judge(
    outcome: Outcome,
    generation: FinishedGeneration | undefined,
  ): Promise<Outcome> {
    const delivery = { generation, elapsedMs: payment.elapsedMs };
    if (isUntouched(outcome) && continued !== undefined) {
      return { type: 'paused', taskId: continued };
    }
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
}

/** The agent has not heard of this turn: its task waits as before. */
function isUntouched(outcome: Outcome): boolean {
  return outcome.type === 'failed' && outcome.reason === 'not-dispatched';
}

/** Waits for a promise, but no longer than this. */
async function withTimeout(promise: Promise<unknown>, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([promise, timeout]);
  clearTimeout(timer);
}
