import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Middleware,
} from '@ai-sdk/provider';
import { SettlementError, type HoldRequest } from '../rails/rail';
import { assertAllowed } from './assert-allowed';
import { conversationOf } from './conversation-of';
import { decideAbort } from './decide-abort';
import { decorateParams } from './decorate-params';
import { HeldPayment, type PaymentContext } from './held-payment';
import type { FinishedGeneration } from './finished-generation';
import { deliveryOptionsOf, judgeDelivery } from './judge-delivery';
import { KeptHolds } from './kept-holds';
import { isPausedPart, sealHold } from './kept-mark';
import { LostHoldError, obtainHold } from './obtain-hold';
import { planPayment, type PaymentPlan } from './plan-payment';
import type { Metering } from './price';
import { reconcile, undoLost, type ReconcileOptions, type ReconcileReport } from './reconcile';
import {
  SettlementEvents,
  type SettlementEventName,
  type SettlementListener,
} from './settlement-events';
import { SettlementJournal } from './settlement-journal';
import { createMiddleware, type Arrange, type Arrangement } from './settlement-middleware';
import type { ResolvedSettlementOptions } from './settlement-options';
import type { Outcome } from './settlement-state';
import { inSpan } from './settlement-tracer';
import { SpendingLimits } from './spending-limits';

export interface Settlement {
  /** For `wrapLanguageModel`, `wrapProvider` and registries. Put it next to the model, inside other middleware. */
  readonly middleware: LanguageModelV4Middleware;
  /** Listens; returns a function that stops listening. */
  on(event: SettlementEventName, listener: SettlementListener): () => void;
  /** Finishes what this process, or another on the same journal, left unsettled. Run it now and then. */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>;
}

export function createSettlement(options: ResolvedSettlementOptions): Settlement {
  const { rail } = options;
  const events = new SettlementEvents();
  const journal = new SettlementJournal(options.journal?.storage);
  const kept = new KeptHolds({ rail, journal });
  const context: PaymentContext = {
    rail,
    events,
    journal,
    writeAhead: options.journal?.writeAhead ?? false,
    backoff: { attempts: 5, initialMs: 250, ...options.retry },
  };

  const limits = new SpendingLimits({ limits: options.limits, storage: options.journal?.storage });

  const arrange: Arrange = async ({ model, params }) => {
    const { modelId: agent } = model;
    params.abortSignal?.throwIfAborted();
    const plan = await planPayment({ model, params, options });
    if (plan.type === 'free') return arrangeFree(params);
    if (plan.type === 'unpaid') return arrangeUnpaid(plan, agent, params);
    const continued = await kept.take(agent, params, plan.request.payee);
    if (continued !== undefined) {
      const payment = new HeldPayment(agent, { phase: 'open', hold: continued }, context);
      payment.adoptJournal();
      return arrangePaid(payment, model, params, plan.metering);
    }
    await assertAllowed(agent, plan.request, options);
    const conversation = conversationOf(params);
    await limits.reserve(plan.request.taskId, { agent, conversation, ...plan.request });
    try {
      const payment = await holdUnlessAborted(agent, plan.request, params.abortSignal);
      return arrangePaid(payment, model, params, plan.metering);
    } catch (error) {
      await limits.drop(plan.request.taskId);
      const failure = error instanceof LostHoldError ? error.error : error;
      if (!SettlementError.isInstance(failure)) throw error;
      const { isRequired } = plan;
      const reason = failure.code;
      return arrangeUnpaid({ type: 'unpaid', reason, error: failure, isRequired }, agent, params);
    }
  };

  return {
    middleware: createMiddleware({ arrange, options }),
    on: (name, listener) => events.on(name, listener),
    reconcile: (reconcileOptions) => reconcile(context, reconcileOptions),
  };

  /** An abort does not cut the request to the exchange, which may have held already: it is undone. */
  async function holdUnlessAborted(
    agent: string,
    request: HoldRequest,
    signal: AbortSignal | undefined,
  ): Promise<HeldPayment> {
    const holding = hold(agent, request);
    if (signal === undefined) return holding;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        reject(signal.reason);
        const undoing = holding.then(
          (payment) => payment.end({ type: 'failed', reason: 'aborted' }),
          () => {},
        );
        options.waitUntil?.(undoing);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      holding.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
    });
  }

  async function hold(agent: string, request: HoldRequest): Promise<HeldPayment> {
    const held = await inSpan(
      'settlement.hold',
      {
        'settlement.agent': agent,
        'settlement.rail': rail.name,
        'settlement.payee': request.payee,
        'settlement.amount': request.amount,
      },
      async () => {
        rail.assertConfigured();
        return obtainHold(rail, request, {
          attempts: 2,
          initialMs: Math.min(context.backoff.initialMs, 100),
        });
      },
      ({ escrowId, fee }) => ({ 'settlement.escrow_id': escrowId, 'settlement.fee': fee }),
    ).catch((error: unknown) => {
      if (error instanceof LostHoldError) undoLater(agent, request);
      throw error;
    });
    const payment = new HeldPayment(agent, { phase: 'open', hold: held }, context);
    payment.announce();
    return payment;
  }

  /** Tokens may be held for a call that goes on unpaid: `reconcile` gives them back, beginning now. */
  function undoLater(agent: string, request: HoldRequest): void {
    const { amount, payee, taskId, ttlMinutes } = request;
    const lost = { taskId, payee, amount, ttlMinutes };
    const undoing = journal
      .put({ type: 'lost', agent, request: lost, at: Date.now() })
      .then(() => undoLost(context, { agent, request: lost }))
      .catch(() => {});
    options.waitUntil?.(undoing);
  }

  function arrangePaid(
    payment: HeldPayment,
    model: LanguageModelV4,
    params: LanguageModelV4CallOptions,
    metering: Metering | undefined,
  ): Arrangement {
    const startedAt = Date.now();
    let task: string | undefined;
    let conversation: string | undefined;
    const finish = async (outcome: Outcome, generation?: FinishedGeneration): Promise<void> => {
      const elapsedMs = Date.now() - startedAt;
      const isAbort = outcome.type === 'failed' && outcome.reason === 'aborted';
      const judged = await judgeDelivery(
        isAbort ? await decideAbort(model, task, options.onAbort ?? 'refund') : outcome,
        {
          elapsedMs,
          generation,
          hold: payment.hold,
          metering,
          onError: (error) => {
            events.emit('error', { agent: payment.agent, receipt: payment.receipt, error });
          },
          options: deliveryOptionsOf(payment.agent, options),
          rail,
        },
      );
      const receipt = await payment.end(judged);
      kept.giveBack(payment);
      const cost = receipt.status === 'refunded' ? 0 : (receipt.captured ?? payment.hold.amount);
      await limits.settle(payment.hold.taskId, cost, conversation);
    };
    return {
      params: decorateParams(params, rail.decorate(payment.hold)),
      warnings: [],
      async mark(metadata) {
        const taskId = metadata?.['a2a']?.['taskId'];
        if (typeof taskId !== 'string') return metadata;
        task = taskId;
        const contextId = metadata?.['a2a']?.['contextId'];
        conversation ??= typeof contextId === 'string' ? contextId : undefined;
        payment.noteTask(taskId);
        if (!isPausedPart(metadata)) return metadata;
        const mark = await sealHold(rail, payment.hold, taskId);
        return mark === undefined ? metadata : { ...metadata, settlement: mark };
      },
      async settle(outcome, generation) {
        const settling = finish(outcome, generation);
        if (options.waitUntil === undefined) {
          await withTimeout(settling, options.receiptTimeoutMs ?? 2000);
        } else {
          options.waitUntil(settling);
        }
        return payment.receipt;
      },
    };
  }

  function arrangeFree(params: LanguageModelV4CallOptions): Arrangement {
    const settle = async () => ({ status: 'unsettled', reason: 'FREE' }) as const;
    return { params, warnings: [], settle, mark: async (metadata) => metadata };
  }

  function arrangeUnpaid(
    { error, isRequired, reason }: Extract<PaymentPlan, { type: 'unpaid' }>,
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
    events.emit('unsettled', { agent, receipt, error });
    return {
      params,
      warnings: [{ type: 'other', message: `This call goes on unpaid: ${error.message}` }],
      settle: async () => receipt,
      mark: async (metadata) => metadata,
    };
  }
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
