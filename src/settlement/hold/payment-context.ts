import type { AgentAnswer, Hold, SettlementRail } from '../../rails/rail';
import type { Backoff } from '../state/backoff';
import type { SettlementEvents } from '../state/settlement-events';
import type { SettlementJournal } from '../state/settlement-journal';
import type { ReceiptRecorder } from '../state/receipt-recorder';
import type { Limits } from '../plan/limits-on-demand';
import type { DeliveryOptions } from '../outcome/judge-delivery';
import type { PaidTasks } from './paid-tasks';
import type { TaskTurns } from './task-turns';

/** What all payments of one settlement share. */
export interface PaymentContext {
  /** Of the payment at hand; the one that new holds are made on where no agent says otherwise. */
  rail: SettlementRail;
  /** All of them, in the order in which they are to be asked. */
  rails: readonly SettlementRail[];
  events: SettlementEvents;
  journal: SettlementJournal;
  limits: Limits;
  /** Undefined where nothing is written down. */
  receipts: ReceiptRecorder | undefined;
  /** Whether the journal is written before it is known to be needed. */
  writeAhead: boolean;
  backoff: Backoff;
  /** Task ids of the holds that generations of this process are under way with. */
  live: Set<string>;
  /** How deliveries of an agent are judged. */
  deliveryOptions: (agent: string) => DeliveryOptions;
  /** Who goes on with a task now. */
  turns: TaskTurns;
  /** Which hold pays a task. */
  paid: PaidTasks;
  /** The ledger's time, in milliseconds since 1970; this machine's where nothing is known of it. */
  now: () => number;
}

/** What is known of how an agent ended its work. */
export interface AgentWord {
  /** What it said last. */
  answer?: AgentAnswer | undefined;
  /** Asks it how its task stands. */
  ask?: (() => Promise<AgentAnswer | undefined>) | undefined;
}

/** The same settlement, for a payment on this rail. */
export function contextOn(context: PaymentContext, rail: SettlementRail): PaymentContext {
  return rail === context.rail
    ? context
    : { ...context, rail, now: () => rail.now?.() ?? Date.now() };
}

/**
 * The same settlement, on the rail that made a hold: no other may finish it. Undefined where that rail is
 * not set up here.
 */
export function contextOfHold(
  context: PaymentContext,
  { rail: name }: Pick<Hold, 'rail'>,
): PaymentContext | undefined {
  const rail = context.rails.find((known) => known.name === name);
  return rail && contextOn(context, rail);
}
