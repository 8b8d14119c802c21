import {
  ExtensionSupportRequiredError,
  TaskNotCancelableError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { AgentExecutor } from '@a2a-js/sdk/server';
import { InvalidArgumentError } from '@ai-sdk/provider';
import { memoryStorage } from '../../internal/memory-storage';
import { assertOptions, optionsOf } from '../../internal/option-schemas';
import { executorSchema } from '../agent-handler-options';
import type { ExecutorGate } from '../executor-gate';
import { requestHeaders } from '../../internal/request-headers';
import { agentUrl, setPaymentRequired } from '../payment-headers';
import type { AcceptedPayment, PaidRequest } from './accepted-payment';
import { findPayment, paidRequest } from './find-payment';
import { challengeOf, offersOf, refuse } from './payment-challenge';
import { refundWaitingSale } from './refund-sale';
import { reconcileSales, type SaleReconciliation } from './reconcile-sales';
import { type RequirePaymentOptions, requirePaymentShape } from './require-payment-options';
import { SaleBook } from './sale-book';
import { SaleRecords } from './sale-records';
import { sellTurn } from './sell-turn';
import { namedExtensions } from './x402-v1';

/** An executor that requires payment. `createAgentHandler` calls its gate for messages and cancels. */
export interface PaidExecutor extends AgentExecutor, ExecutorGate {
  /**
   * Resolves what terminated processes left open: refunds payments that are locked for abandoned work, and
   * checks whether payers have released what they owe. Call it regularly.
   */
  reconcile(options?: {
    /** The time in milliseconds after which work counts as abandoned. Default: 3600000 (an hour). */
    olderThanMs?: number | undefined;
  }): Promise<SaleReconciliation>;
}

/**
 * Makes an agent require payment: its executor is called for messages with a valid payment, and the payment
 * is captured when the work is done. An unpaid message is answered with a payment request, as a2a-x402 if a
 * way to pay supports it; otherwise its task is rejected. Failed and canceled work is never charged.
 *
 * @throws InvalidArgumentError if there is no way to pay, or if a rail occurs twice; and naming each unknown
 * or invalid option.
 *
 * @example
 * ```ts
 * const paid = requirePayment(executor, {
 *   accepts: [acceptExchange({ exchangeUrl, apiKey, accountId, price: 10 })],
 * });
 * const handler = createAgentHandler({ card, executor: paid });
 * ```
 */
export function requirePayment(
  executor: AgentExecutor,
  options: RequirePaymentOptions,
): PaidExecutor {
  const of = { before: 'requirePayment: ' };
  assertOptions(executorSchema(), executor, { ...of, at: 'executor' });
  assertOptions(optionsOf<RequirePaymentOptions>(requirePaymentShape(), ['accepts']), options, of);
  const {
    accepts,
    storage = memoryStorage(),
    taskStore,
    cancelPollMs = 2000,
    deliver = 'after-settle',
    sales,
    onSale,
    onError,
  } = options;
  assertAccepts(accepts);
  const records = new SaleRecords(storage);
  const book = new SaleBook({ store: sales, onSale, onError });
  const running = new Map<string, Promise<void>>();
  const canceling = new Set<string>();
  const isCanceling = (taskId: string) => canceling.has(taskId);
  const desk = { accepts, book, cancelPollMs, deliver, executor, isCanceling, records, taskStore };

  return {
    async admitMessage(message, context) {
      const { taskId } = message;
      if (taskId !== '' && (await isWorkedOn(taskId))) {
        throw new UnsupportedOperationError(
          'The task is still running. Wait until it ends, or cancel it.',
        );
      }
      const paid = { message, taskId, headers: requestHeaders(context), url: agentUrl(context) };
      if (await mayAskInBand(paid)) return;
      const { errors, required, v1 } = await offersOf(accepts, paid);
      // Without offers, the task is rejected with the reason, which is also passed to `onError`.
      if (required === undefined) return;
      for (const error of errors) book.tell(error);
      setPaymentRequired(context, required, v1);
      throw new ExtensionSupportRequiredError('This agent requires payment.');
    },

    admitCancel: decideCancel,

    async execute(request, bus) {
      const { taskId } = request;
      const before = running.get(taskId);
      if (before !== undefined) return before;
      const turn = takeTurn(request, bus).finally(() => {
        running.delete(taskId);
        canceling.delete(taskId);
      });
      running.set(taskId, turn);
      await turn;
    },

    async cancelTask(taskId, bus) {
      await decideCancel(taskId);
      if (running.has(taskId)) canceling.add(taskId);
      try {
        await executor.cancelTask(taskId, bus);
      } catch (error) {
        canceling.delete(taskId);
        await records.goOn(taskId);
        throw error;
      }
    },

    reconcile: ({ olderThanMs = 3_600_000 } = {}) =>
      reconcileSales({
        accepts,
        book,
        olderThanMs,
        records,
        taskStore,
        isRunning: (taskId) => running.has(taskId),
      }),
  };

  async function takeTurn(...[request, bus]: Parameters<AgentExecutor['execute']>) {
    const found = await findPayment(request, { accepts, records });
    if (found !== undefined) return sellTurn(request, bus, { ...desk, ...found });
    // A client that listens to the running work would take the question for its end.
    if (request.task !== undefined && (await isWorkedOn(request.taskId))) return;
    refuse(request, bus, await challengeOf({ accepts, book }, paidRequest(request)));
  }

  async function isWorkedOn(taskId: string): Promise<boolean> {
    if (running.has(taskId)) return true;
    return (await records.turn(taskId)) !== undefined;
  }

  /** @throws TaskNotCancelableError if its payment is being captured. */
  async function decideCancel(taskId: string): Promise<void> {
    if ((await records.end(taskId, 'canceled')) === 'settling') {
      throw new TaskNotCancelableError('The task is done, and its payment is being captured.');
    }
    // A running task refunds its own payment. A waiting task does not.
    if (!running.has(taskId)) await refundWaitingSale(taskId, desk);
  }

  /** Whether the request pays, or supports a payment request within the task. */
  async function mayAskInBand(paid: PaidRequest): Promise<boolean> {
    const { taskId } = paid;
    if (accepts.some((accept) => accept.read(paid) !== undefined)) return true;
    const named = namedExtensions(paid);
    const own = accepts.flatMap((accept) => accept.extensions([]).map(({ uri }) => uri));
    if (own.some((uri) => named.has(uri))) return true;
    return taskId !== '' && (await records.waiting(taskId)) !== undefined;
  }
}

function assertAccepts(accepts: readonly AcceptedPayment[]): void {
  const rails = accepts.map(({ rail }) => rail);
  const twice = rails.find((rail, index) => rails.indexOf(rail) !== index);
  const wrong =
    rails.length === 0
      ? '`accepts` must contain at least one way to pay.'
      : twice &&
        `\`accepts\` contains two ways to pay with the rail ${twice}: combine them in one.`;
  if (wrong) throw new InvalidArgumentError({ argument: 'accepts', message: wrong });
}
