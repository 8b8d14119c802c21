import { onDemand } from '../internal/on-demand';
import { KeptHolds } from './hold/kept-holds';
import { LostHolds } from './hold/lost-holds';
import { PaidTasks } from './hold/paid-tasks';
import { ParkedHolds } from './hold/parked-holds';
import type { PaymentContext } from './hold/payment-context';
import { TaskTurns } from './hold/task-turns';
import type { ResolvedSettlementOptions } from './options/settlement-options';
import { deliveryOptionsOf } from './outcome/judge-delivery';
import { limitsOnDemand } from './plan/limits-on-demand';
import type { ReconcileOptions } from './recovery/reconcile';
import type { SettleTask } from './recovery/settle-task';
import { createBeginPayment } from './settle/begin-payment';
import { settledGenerations } from './settle/settled-generations';
import type { SettledGenerations } from './settle/settlement-middleware';
import type { Settlement } from './settlement';
import { atomicStorage } from './state/journal-storage';
import { ReceiptRecorder } from './state/receipt-recorder';
import type { SettlementEvents } from './state/settlement-events';
import { SettlementTelemetry } from './state/settlement-telemetry';
import { SettlementJournal } from './state/settlement-journal';

interface Settling extends Pick<
  Settlement,
  'balance' | 'handlePushNotification' | 'holds' | 'reconcile' | 'settleTask'
> {
  generations: SettledGenerations;
}

/**
 * All that settles what a call held, in one file that is loaded with the first settled call: no part of it
 * can be missing once something is held.
 */
export function createSettling(
  options: ResolvedSettlementOptions,
  events: SettlementEvents,
): Settling {
  const { rails } = options;
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
  const journal = new SettlementJournal(storage);
  const telemetry = new SettlementTelemetry(options.telemetry);
  telemetry.listenTo(events);
  const receipts = store && new ReceiptRecorder({ events, store, waitUntil });
  const context: PaymentContext = {
    rail,
    rails,
    events,
    journal,
    receipts,
    limits: limitsOnDemand({
      byLabel: options.byLabel,
      limits: options.limits,
      storage,
      now: () => rail.now?.(),
    }),
    telemetry,
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

  return {
    generations: settledGenerations({ begin, options, telemetry }),
    reconcile: thenFlush(async (own) => (await recovery()).reconcile(own)),
    handlePushNotification: thenFlush(async (...own) => {
      const loaded = await recovery().catch(() => undefined);
      return loaded?.handlePushNotification(...own) ?? new Response(null, { status: 503 });
    }),
    settleTask: thenFlush(async (...own) => (await recovery()).settleTask(...own)),
    balance: async (own) => (await loadRecovery()).listBalances(rails, own),
    holds: async (own) => (await loadRecovery()).listHolds({ rails, journal, store, now }, own),
  };

  /** The process may end or be frozen after it: the records of receipts are written first. */
  function thenFlush<ARGUMENTS extends unknown[], RESULT>(
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
