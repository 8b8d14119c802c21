import {
  SettlementEvents,
  type SettlementEvent,
  type SettlementEventName,
} from '../../src/settlement/state/settlement-events';
import { PaidTasks } from '../../src/settlement/hold/paid-tasks';
import type { PaymentContext } from '../../src/settlement/hold/payment-context';
import { TaskTurns } from '../../src/settlement/hold/task-turns';
import { SettlementTelemetry } from '../../src/settlement/state/settlement-telemetry';
import { SettlementJournal } from '../../src/settlement/state/settlement-journal';
import type { SpendingLimitOptions } from '../../src/settlement/plan/currency-limits';
import { limitsOnDemand } from '../../src/settlement/plan/limits-on-demand';
import type { DeliveryOptions } from '../../src/settlement/outcome/judge-delivery';
import { FakeRail } from './fake-rail';
import { RecordedStorage } from './recorded-storage';

export const eventNames = [
  'held',
  'released',
  'refunded',
  'kept',
  'disputed',
  'taken',
  'overcharged',
  'error',
  'unsettled',
  'unresolved',
] as const satisfies SettlementEventName[];

/** What payments share, and what came of it. */
export function aContext({
  limits,
  options = {},
  writeAhead = false,
}: {
  limits?: SpendingLimitOptions;
  options?: DeliveryOptions;
  writeAhead?: boolean;
} = {}) {
  const rail = new FakeRail();
  const storage = new RecordedStorage();
  const events = new SettlementEvents();
  const told: [SettlementEventName, SettlementEvent][] = [];
  for (const name of eventNames) events.on(name, (event) => told.push([name, event]));
  const context: PaymentContext = {
    rail,
    rails: [rail],
    events,
    journal: new SettlementJournal(storage),
    limits: limitsOnDemand({ limits, storage, now: Date.now }),
    receipts: undefined,
    telemetry: new SettlementTelemetry(),
    live: new Set(),
    turns: new TaskTurns(undefined),
    paid: new PaidTasks(undefined, Date.now),
    now: Date.now,
    writeAhead,
    backoff: { attempts: 2, initialMs: 0.1 },
    deliveryOptions: () => options,
  };
  return { context, rail, storage, told, names: () => told.map(([name]) => name) };
}
