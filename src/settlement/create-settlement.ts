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
  /** Adds a listener. Returns a function that removes it. */
  on(event: SettlementEventName, listener: SettlementListener): () => void;
  /** Settles holds that this process, or another with the same journal, left unsettled. Run it periodically. */
  reconcile(options?: ReconcileOptions): Promise<ReconcileReport>;
  /**
   * A route handler for the push notifications of agents (`providerOptions.a2a.pushNotification`): it settles
   * tasks that outlived the function which started them. The content of a notification is not trusted: it only
   * triggers a status query, and only if it carries the token or the credentials that the task was started
   * with. Needs the journal of the process that started the task.
   *
   * Status codes. 200: settled, or nothing to settle. 202: the task is still running, or is unknown. 400, 401,
   * 405, 413: not a notification, or not an authorized one. 503: could not be settled now; the agent should
   * retry.
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
   * Settles a task that no call waits for, if its agent reports that it has ended: for applications that poll.
   * Returns the receipt: `kept` while the task is running, `pending` if the agent or the exchange cannot be
   * reached, `unsettled` with the reason `NO_HOLD` if the journal has no hold for it.
   *
   * @throws any error of the journal's storage, if it cannot be read.
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

/** @throws InvalidArgumentError for unknown or invalid options. */
export function createSettlement(
  given: SettlementOptions,
  defaultRail: (options: Pick<SettlementOptions, 'apiKey' | 'exchangeUrl'>) => SettlementRail,
): Settlement {
  assertSettlementOptions(given);
  const { apiKey, exchangeUrl, rail: only, rails: several, ...others } = given;
  const rails = several ?? [only ?? defaultRail({ apiKey, exchangeUrl })];
  const options: ResolvedSettlementOptions = { ...others, rails };
  // Used if neither a card nor an agent names a rail: the first rail whose payee can be configured.
  const rail = rails.find(({ capabilities }) => capabilities.capturedBy === 'payer') ?? rails[0];
  if (rail === undefined) throw new Error('No rail: the options were not validated.');
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
    'A settlement is not a middleware. Write `middleware: settlement.middleware`, or `middleware: settlementMiddleware()`.',
  );

  /** The process may end or be frozen after the handler returns, so receipts are written before. */
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
 * Throws for a settlement that is passed as middleware by mistake. The AI SDK would find no hook on it, and
 * would call the model without payment.
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
