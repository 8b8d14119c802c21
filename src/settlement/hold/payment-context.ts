import type { AgentAnswer, Hold, SettlementRail } from '../../rails/rail';
import type { Backoff } from '../state/backoff';
import type { SettlementEvents } from '../state/settlement-events';
import type { SettlementJournal } from '../state/settlement-journal';
import type { ReceiptRecorder } from '../state/receipt-recorder';
import type { SettlementTelemetry } from '../state/settlement-telemetry';
import type { Limits } from '../plan/limits-on-demand';
import type { DeliveryOptions } from '../outcome/judge-delivery';
import type { PaidTasks } from './paid-tasks';
import type { TaskTurns } from './task-turns';

/** What all payments of one settlement share. */
export interface PaymentContext {
  /** The rail of the current payment; for new holds, the rail used unless the agent names another. */
  rail: SettlementRail;
  /** All rails, in the order of preference. */
  rails: readonly SettlementRail[];
  events: SettlementEvents;
  journal: SettlementJournal;
  limits: Limits;
  /** Undefined if no receipts are recorded. */
  receipts: ReceiptRecorder | undefined;
  telemetry: SettlementTelemetry;
  /** Whether the journal is written before it is known to be needed. */
  writeAhead: boolean;
  backoff: Backoff;
  /** Task ids of the holds that generations of this process are using. */
  live: Set<string>;
  /** The options by which deliveries of an agent are judged. */
  deliveryOptions: (agent: string) => DeliveryOptions;
  /** The lock of one call at a time on a task. */
  turns: TaskTurns;
  /** The record of which hold pays a task. */
  paid: PaidTasks;
  /** The ledger's time, in milliseconds since 1970; this machine's time if the ledger's is not known. */
  now: () => number;
}

/** What is known of how an agent ended its work. */
export interface AgentWord {
  /** The agent's last answer. */
  answer?: AgentAnswer | undefined;
  /** Queries the status of the agent's task. */
  ask?: (() => Promise<AgentAnswer | undefined>) | undefined;
}

/** The same settlement, for a payment on this rail. */
export function contextOn(context: PaymentContext, rail: SettlementRail): PaymentContext {
  return rail === context.rail
    ? context
    : { ...context, rail, now: () => rail.now?.() ?? Date.now() };
}

/**
 * The same settlement, on the rail that made a hold: no other rail may finish it. Undefined if that rail is not
 * configured.
 */
export function contextOfHold(
  context: PaymentContext,
  { rail: name }: Pick<Hold, 'rail'>,
): PaymentContext | undefined {
  const rail = context.rails.find((known) => known.name === name);
  return rail && contextOn(context, rail);
}
