import { InvalidArgumentError, type LanguageModelV4Middleware } from '@ai-sdk/provider';
import type { SettlementRail } from '../rails/rail';
import { createBeginPayment } from './settle/begin-payment';
import {
  SettlementEvents,
  type SettlementEventName,
  type SettlementListener,
} from './state/settlement-events';
import { onDemand } from '../internal/on-demand';
import type { HandlePushNotification } from './recovery/handle-push-notification';
import type { ReconcileOptions, ReconcileReport } from './recovery/reconcile';
import type { SettleTask } from './recovery/settle-task';
import type { PaymentContext } from './hold/payment-context';
import { KeptHolds } from './hold/kept-holds';
import { LostHolds } from './hold/lost-holds';
import { PaidTasks } from './hold/paid-tasks';
import { ParkedHolds } from './hold/parked-holds';
import { TaskTurns } from './hold/task-turns';
import { atomicStorage } from './state/journal-storage';
import { SettlementJournal } from './state/settlement-journal';
import { limitsOnDemand } from './plan/limits-on-demand';
import { ReceiptRecorder } from './state/receipt-recorder';
import { createMiddleware } from './settle/settlement-middleware';
import type { ResolvedSettlementOptions, SettlementOptions } from './options/settlement-options';
import { assertSettlementOptions } from './options/settlement-options-schema';
import { deliveryOptionsOf } from './outcome/judge-delivery';

export interface Settlement {
  /** For `wrapLanguageModel`, `wrapProvider` and registries. Put it next to the model, inside other middleware. */
  readonly middleware: LanguageModelV4Middleware;
  /** Listens; returns a function that stops listening. */
  on(event: SettlementEventName, listener: SettlementListener): () => void;
  /** Finishes what this process, or another on the same journal, left unsettled. Run it now and then. */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>;
  /**
   * A route handler for the push notifications of agents (`providerOptions.a2a.pushNotification`): it
   * settles tasks that outlived the function which began them. The content of a notification is not
   * trusted: it only triggers a status query, and only if it shows the token or the credentials that the
   * task was begun with. Needs the journal of the process that began it.
   *
   * 200: settled, or nothing to settle. 202: the task goes on, or nothing is known of it. 400, 401,
   * 405, 413: no notification, or none that is let in. 503: could not be settled now, come again.
   *
   * Never throws.
   *
   * @example
   * ```ts
   * // app/api/a2a-webhook/route.ts
   * export const POST = (request: Request) => settlement.handlePushNotification(request, { provider: a2a });
   * ```
   */
  handlePushNotification: HandlePushNotification;
  /**
   * Settles a task that no call waits for, if its agent says that it has ended: for those who ask for
   * it by themselves. Returns the receipt: `kept` while the task goes on, `pending` when nobody can say
   * or the exchange cannot be reached, `unsettled` for the reason `NO_HOLD` when the journal knows
   * nothing (any more) that is held for it.
   *
   * @throws whatever the journal's storage throws when it cannot be read.
   *
   * @example
   * ```ts
   * const begun = await generateText({
   *   model,
   *   prompt: 'Compare the prices of ten shops',
   *   providerOptions: { a2a: { returnImmediately: true } },
   * });
   * // Later:
   * const { status } = await settlement.settleTask(begun, { provider: a2a });
   * ```
   */
  settleTask: SettleTask;
}

/** @throws InvalidArgumentError for options that do not exist, or make no sense. */
export function createSettlement(
  given: SettlementOptions,
  defaultRail: (options: Pick<SettlementOptions, 'apiKey' | 'exchangeUrl'>) => SettlementRail,
): Settlement {
  assertSettlementOptions(given);
  const { apiKey, exchangeUrl, rail: only, rails: several, ...others } = given;
  const rails = several ?? [only ?? defaultRail({ apiKey, exchangeUrl })];
  const options: ResolvedSettlementOptions = { ...others, rails };
  // Where neither a card nor an agent says: the one whose payee can be configured.
  const rail = rails.find(({ capabilities }) => capabilities.capturedBy === 'payer') ?? rails[0];
  if (rail === undefined)
    throw new Error('A settlement has a rail: its options have been checked.');
  const {
    attempts = Number.POSITIVE_INFINITY,
    initialMs = 250,
    deadlineMs = 60_000,
    parkMs = 5000,
  } = options.retry ?? {};
  const storage = options.journal?.storage;
  const { provider, receipts: store, waitUntil } = options;
  const now = () => rail.now?.() ?? Date.now();
  const events = new SettlementEvents();
  const journal = new SettlementJournal(storage);
  const receipts = store && new ReceiptRecorder({ events, store, waitUntil });
  const context: PaymentContext = {
    rail,
    rails,
    events,
    journal,
    receipts,
    limits: limitsOnDemand({ limits: options.limits, storage, now: () => rail.now?.() }),
    live: new Set(),
    turns: new TaskTurns(atomicStorage(storage)),
    paid: new PaidTasks(storage, now),
    now,
    writeAhead: options.journal?.writeAhead ?? false,
    backoff: { attempts, initialMs, deadlineMs },
    deliveryOptions: (agent) => deliveryOptionsOf(agent, options),
  };
  const common = provider === undefined ? {} : { provider };
  const recovery = onDemand('finishing what calls left', async () => {
    const { createPushNotificationHandler, createSettleTask, reconcile } = await loadRecovery();
    await context.limits.load();
    const settle = createSettleTask(context);
    const settleTask: SettleTask = (task, own) => settle(task, { ...common, ...own });
    return {
      settleTask,
      reconcile: (own?: ReconcileOptions) => reconcile(context, { ...common, ...own }),
      handlePushNotification: createPushNotificationHandler({ journal, settleTask }),
    };
  });
  const begin = createBeginPayment({
    context,
    kept: new KeptHolds(context),
    lost: new LostHolds(context),
    parked: new ParkedHolds(context, { parkMs }),
    options,
    recovery,
  });

  const settlement: Settlement = {
    middleware: createMiddleware({ begin, options }),
    on: (name, listener) => events.on(name, listener),
    reconcile: written(async (own) => (await recovery()).reconcile(own)),
    handlePushNotification: written(async (...own) => {
      const loaded = await recovery().catch(() => undefined);
      return loaded?.handlePushNotification(...own) ?? new Response(null, { status: 503 });
    }),
    settleTask: written(async (...own) => (await recovery()).settleTask(...own)),
  };
  return refuseAsMiddleware(
    settlement,
    'A settlement is no middleware itself. Write `middleware: settlement.middleware`, or `middleware: settlementMiddleware()`.',
  );

  /** The process may end after it, or stand still. */
  function written<ARGUMENTS extends unknown[], RESULT>(
    work: (...own: ARGUMENTS) => Promise<RESULT>,
  ): (...own: ARGUMENTS) => Promise<RESULT> {
    return async (...own) => {
      const result = await work(...own);
      await receipts?.flush();
      return result;
    };
  }
}

const loadRecovery = /* @__PURE__ */ onDemand(
  'finishing what calls left',
  () => import('./recovery/recovery'),
);

/**
 * Lets what is given as middleware by mistake say what to write. The AI SDK would find no hook on it,
 * and call the model unpaid.
 */
export function refuseAsMiddleware<VALUE extends object>(value: VALUE, message: string): VALUE {
  for (const hook of ['transformParams', 'wrapGenerate', 'wrapStream']) {
    Object.defineProperty(value, hook, {
      get() {
        throw new InvalidArgumentError({ argument: 'middleware', message });
      },
    });
  }
  return value;
}
