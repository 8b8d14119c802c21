import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import { endWith, startSpan, type RunningSpan, type SpanAttributes } from '../../internal/in-span';
import { AnswerText, requestText } from '../../internal/content-text';
import { orNothing } from '../../internal/or-nothing';
import type { SettlementEvents } from './settlement-events';
import { SettlementMetrics } from './settlement-metrics';
import type { TelemetryOptions } from './telemetry-options';

type LedgerOperation = 'dispute' | 'hold' | 'refund' | 'release';

/** What an operation belongs to. */
interface Subject {
  /** The model id. */
  agent: string;
  labels: Record<string, string> | undefined;
  rail?: string;
}

/** The span of a message to an agent. */
export interface SendSpan extends RunningSpan {
  add(part: Parameters<AnswerText['add']>[0]): void;
}

/** The spans and metrics of one settlement. Does nothing if the application has not configured OpenTelemetry. */
export class SettlementTelemetry {
  private readonly metrics: SettlementMetrics;
  private readonly options: TelemetryOptions;

  constructor(options: TelemetryOptions = {}) {
    this.options = options;
    this.metrics = new SettlementMetrics(options.labels);
  }

  listenTo(events: SettlementEvents): void {
    this.metrics.listenTo(events);
  }

  /** Starts the span of the message to an agent. `add` gets the parts of its answer. */
  send(
    agent: string,
    {
      labels,
      prompt,
    }: { labels: Record<string, string> | undefined; prompt: LanguageModelV4Prompt },
  ): SendSpan {
    const { recordInputs = false, recordOutputs = false } = this.options;
    const span = this.start(
      'send',
      { agent, labels },
      recordInputs ? orNothing(() => ({ 'a2a.input': requestText(prompt) })) : {},
    );
    const answer = recordOutputs ? new AnswerText() : undefined;
    const output = () => orNothing(() => answer && { 'a2a.output': answer.value });
    return {
      add: answer === undefined ? () => {} : (part) => orNothing(() => answer.add(part)),
      end: (attributes) => span.end({ ...attributes, ...output() }),
      fail: (error) => span.fail(error, output()),
    };
  }

  /** Runs an operation inside the span `settlement.<operation>`, and measures it. */
  run<T>(
    operation: LedgerOperation,
    {
      attributes,
      describe,
      subject,
      work,
    }: {
      attributes: SpanAttributes;
      describe: (result: T) => SpanAttributes;
      subject: Subject;
      work: () => Promise<T>;
    },
  ): Promise<T> {
    return endWith(this.start(operation, subject, attributes), work, describe);
  }

  /** Starts the span `settlement.<operation>`, and measures it. */
  private start(
    operation: LedgerOperation | 'send',
    { agent, labels, rail }: Subject,
    attributes: SpanAttributes = {},
  ): RunningSpan {
    const startedAt = performance.now();
    const about = { agent, labels: labels ?? {}, ...(rail !== undefined && { rail }) };
    const span = startSpan(`settlement.${operation}`, {
      'settlement.agent': agent,
      ...(rail !== undefined && { 'settlement.rail': rail }),
      ...attributes,
      ...labelAttributes(labels),
    });
    let isOver = false;
    const measure = (failure?: { error: unknown }) => {
      if (isOver) return;
      isOver = true;
      const ms = performance.now() - startedAt;
      orNothing(() => this.metrics.operation(operation, ms, about, failure));
    };
    return {
      end(more) {
        span.end(more);
        measure();
      },
      fail(error, more) {
        span.fail(error, more);
        measure({ error });
      },
    };
  }
}

function labelAttributes(labels: Record<string, string> = {}): SpanAttributes {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [`settlement.label.${name}`, value]),
  );
}
