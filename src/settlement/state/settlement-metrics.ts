import {
  activeMeterProvider,
  type MeterProvider,
  type OtelMeter,
} from '../../internal/active-meter-provider';
import { SettlementError } from '../../rails/rail';
import type { SettlementEvent, SettlementEvents } from './settlement-events';

/**
 * OpenTelemetry metrics. Without a meter provider of the application, nothing is measured.
 *
 * The values of attributes come from fixed sets, from the application's agents and from the labels it lists: each
 * combination is a time series that the application pays for.
 */
export class SettlementMetrics {
  private readonly labels: readonly string[];
  private current: { provider: MeterProvider; instruments: Instruments } | undefined;

  /** `labels`: the names of the labels that become attributes. */
  constructor(labels: readonly string[] = []) {
    this.labels = labels;
  }

  /** Measures what the events tell. */
  listenTo(events: SettlementEvents): void {
    events.on('held', (event) => {
      this.instruments?.held.record(Number(event.receipt.amount), this.attributesOf(event));
    });
    for (const name of ['released', 'refunded', 'taken', 'disputed'] as const) {
      events.on(name, (event) => this.ended(event));
    }
    for (const name of ['unsettled', 'unresolved', 'error'] as const) {
      events.on(name, (event) => {
        const { error, receipt } = event;
        // The application has switched payments off.
        if (receipt.reason === 'DISABLED') return;
        this.instruments?.errors.add(1, {
          ...this.attributesOf(event),
          'settlement.event': name,
          'error.type': receipt.reason ?? typeOf(error),
        });
      });
    }
  }

  /** An operation on a ledger, or the message to the agent, has ended. `failure`: the error with which it did. */
  operation(
    operation: string,
    ms: number,
    about: Pick<SettlementEvent, 'agent' | 'labels' | 'rail'>,
    failure?: { error: unknown },
  ): void {
    this.instruments?.operations.record(ms / 1000, {
      ...this.attributesOf(about),
      'settlement.operation': operation,
      ...(failure !== undefined && { 'error.type': typeOf(failure.error) }),
    });
  }

  private ended(event: SettlementEvent): void {
    const { reason, receipt } = event;
    const { captured, durationMs, status } = receipt;
    const attributes = { ...this.attributesOf(event), 'settlement.status': status };
    const { instruments } = this;
    instruments?.outcomes.add(1, { ...attributes, ...(reason && { 'settlement.reason': reason }) });
    const paid = Number(captured ?? 0);
    if (paid > 0) instruments?.captured.record(paid, attributes);
    if (durationMs !== undefined) instruments?.durations.record(durationMs / 1000, attributes);
  }

  private attributesOf({
    agent,
    labels = {},
    rail,
    receipt,
  }: Omit<SettlementEvent, 'receipt'> & Partial<Pick<SettlementEvent, 'receipt'>>) {
    const currency = receipt?.currency;
    const listed = this.labels.flatMap((name) => {
      const value = Object.hasOwn(labels, name) ? labels[name] : undefined;
      return value === undefined ? [] : [[`settlement.label.${name}`, value] as const];
    });
    return {
      ...(agent !== '' && { 'settlement.agent': agent }),
      ...(rail !== undefined && { 'settlement.rail': rail }),
      ...(currency !== undefined && { 'settlement.currency': currency }),
      ...Object.fromEntries(listed),
    };
  }

  /** The provider may be configured after the first call, or replaced. */
  private get instruments(): Instruments | undefined {
    const provider = activeMeterProvider();
    if (provider === undefined) return undefined;
    if (this.current?.provider !== provider) {
      const meter = provider.getMeter('ai-sdk-a2a-settlement');
      this.current = { provider, instruments: instrumentsOf(meter) };
    }
    return this.current.instruments;
  }
}

type Instruments = ReturnType<typeof instrumentsOf>;

function instrumentsOf(meter: OtelMeter) {
  return {
    outcomes: meter.createCounter('settlement.outcomes', {
      description: 'Holds that ended, by how they ended.',
      unit: '{hold}',
    }),
    errors: meter.createCounter('settlement.errors', {
      description: 'Calls made unpaid, settlements that failed for now, and errors of storages.',
      unit: '{error}',
    }),
    held: meter.createHistogram('settlement.held', {
      description: 'The amount of a hold without its fee, in its currency.',
      unit: '1',
      advice: { explicitBucketBoundaries: amounts },
    }),
    captured: meter.createHistogram('settlement.captured', {
      description: 'The amount that a payee got, in its currency.',
      unit: '1',
      advice: { explicitBucketBoundaries: amounts },
    }),
    durations: meter.createHistogram('settlement.duration', {
      description: 'The time from the request of a hold until it was settled.',
      unit: 's',
      advice: { explicitBucketBoundaries: seconds },
    }),
    operations: meter.createHistogram('settlement.operation.duration', {
      description: 'The time of an operation on a ledger, or of the message to the agent.',
      unit: 's',
      advice: { explicitBucketBoundaries: seconds },
    }),
  };
}

/** For cents as well as for thousands of tokens. */
const amounts = [
  0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000,
];

/** From an exchange nearby to work of hours. */
const seconds = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400,
];

/** Only codes of this package: others may be of any number. */
function typeOf(error: unknown): string {
  return SettlementError.isInstance(error) ? error.code : '_OTHER';
}
