import type { LanguageModelV4Middleware } from '@ai-sdk/provider';
import { arrangePayment } from './arrange-payment';
import type { PaymentContext } from './held-payment';
import { deliveryOptionsOf } from './judge-delivery';
import { KeptHolds } from './kept-holds';
import { reconcile, type ReconcileOptions, type ReconcileReport } from './reconcile';
import {
  SettlementEvents,
  type SettlementEventName,
  type SettlementListener,
} from './settlement-events';
import { SettlementJournal } from './settlement-journal';
import { createMiddleware } from './settlement-middleware';
import type { ResolvedSettlementOptions } from './settlement-options';
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
  const storage = options.journal?.storage;
  const events = new SettlementEvents();
  const journal = new SettlementJournal(storage);
  const context: PaymentContext = {
    rail,
    events,
    journal,
    limits: new SpendingLimits({ limits: options.limits, storage }),
    live: new Set(),
    writeAhead: options.journal?.writeAhead ?? false,
    backoff: { attempts: 5, initialMs: 250, deadlineMs: 60_000, ...options.retry },
    deliveryOptions: (agent) => deliveryOptionsOf(agent, options),
  };
  const arrange = arrangePayment({
    context,
    kept: new KeptHolds(context),
    options,
  });

  return {
    middleware: createMiddleware({ arrange, options }),
    on: (name, listener) => events.on(name, listener),
    reconcile: (reconcileOptions) => reconcile(context, reconcileOptions),
  };
}
