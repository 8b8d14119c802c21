import type { LanguageModelV4CallOptions, LanguageModelV4Middleware } from '@ai-sdk/provider';
import { SettlementError, type HoldRequest } from '../rails/rail';
import { decorateParams } from './decorate-params';
import { HeldPayment } from './held-payment';
import { KeptPayments } from './kept-payments';
import { planPayment, type PaymentPlan } from './plan-payment';
import {
  SettlementEvents,
  type SettlementEventName,
  type SettlementListener,
} from './settlement-events';
import { createMiddleware, type Arrange, type Arrangement } from './settlement-middleware';
import type { ResolvedSettlementOptions } from './settlement-options';
import { inSpan } from './settlement-tracer';

export interface Settlement {
  /** For `wrapLanguageModel`, `wrapProvider` and registries. Put it next to the model, inside other middleware. */
  readonly middleware: LanguageModelV4Middleware;
  /** Listens; returns a function that stops listening. */
  on(event: SettlementEventName, listener: SettlementListener): () => void;
}

export function createSettlement(options: ResolvedSettlementOptions): Settlement {
  const { rail } = options;
  const events = new SettlementEvents();
  const kept = new KeptPayments();

  const arrange: Arrange = async ({ model, params }) => {
    const { modelId: agent } = model;
    params.abortSignal?.throwIfAborted();
    const continued = kept.take(agent, params);
    if (continued !== undefined) return arrangePaid(continued, agent, params);

    const plan = await planPayment({ model, params, options });
    if (plan.type === 'free') return arrangeFree(params);
    if (plan.type === 'unpaid') return arrangeUnpaid(plan, agent, params);
    let payment: HeldPayment;
    try {
      payment = await holdUnlessAborted(agent, plan.request, params.abortSignal);
    } catch (error) {
      if (!SettlementError.isInstance(error)) throw error;
      const { isRequired } = plan;
      return arrangeUnpaid(
        { type: 'unpaid', reason: error.code, error, isRequired },
        agent,
        params,
      );
    }
    return arrangePaid(payment, agent, params);
  };

  return {
    middleware: createMiddleware({ arrange, options }),
    on: (name, listener) => events.on(name, listener),
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
        return rail.hold(request);
      },
      ({ escrowId, fee }) => ({ 'settlement.escrow_id': escrowId, 'settlement.fee': fee }),
    );
    const payment = new HeldPayment(held, { agent, rail, events });
    events.emit('held', { agent, receipt: payment.receipt });
    return payment;
  }

  function arrangePaid(
    payment: HeldPayment,
    agent: string,
    params: LanguageModelV4CallOptions,
  ): Arrangement {
    return {
      params: decorateParams(params, rail.decorate(payment.hold)),
      warnings: [],
      async settle(outcome) {
        const settling = payment.end(outcome).then((receipt) => {
          kept.keep(agent, payment);
          return receipt;
        });
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
    return { params, warnings: [], settle };
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
