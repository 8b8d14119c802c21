// Prints a trace of two calls to a sandbox in this process, the settlement's spans below those of
// the AI SDK, and the spend by team. Copy it as observability.mts, and install
// `ai-sdk-a2a-settlement ai zod @ai-sdk/otel` and
// `@opentelemetry/{api,context-async-hooks,sdk-trace-base}`. Then `npx tsx observability.mts`.
import { OpenTelemetry } from '@ai-sdk/otel';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import * as otel from '@opentelemetry/sdk-trace-base';
import { generateText, registerTelemetry, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail, spendTotals } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';

const exporter = new otel.InMemorySpanExporter(); // in your application: an OTLP exporter
const spanProcessors = [new otel.SimpleSpanProcessor(exporter)];
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
trace.setGlobalTracerProvider(new otel.BasicTracerProvider({ spanProcessors }));
registerTelemetry(new OpenTelemetry());
const { agents, close, exchangeUrl, fetch, payer } = createSandbox();
const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
const { middleware, on } = createSettlement({ rail });
const spending = spendTotals({ by: ['label:team'] });
for (const name of ['held', 'released', 'refunded'] as const) on(name, (e) => spending.add(e));

for (const [team, { url }] of Object.entries({ search: agents.streamer, ads: agents.failing })) {
  const model = wrapLanguageModel({ model: createA2A({ fetch })(url), middleware });
  const providerOptions = { settlement: { labels: { team } } };
  await generateText({ model, prompt: 'Scrape example.com', providerOptions }).catch(() => {});
}

function print(parent?: string, indent = ''): void {
  for (const span of exporter.getFinishedSpans()) {
    if (span.parentSpanContext?.spanId !== parent) continue;
    const ms = Math.round(span.duration[0] * 1e3 + span.duration[1] / 1e6);
    console.log(indent + span.name, `${ms} ms`, span.attributes['settlement.status'] ?? '');
    print(span.spanContext().spanId, `${indent}  `);
  }
}
print();
console.table(spending.totals().map(({ group, ...row }) => ({ ...group, ...row })));
close();
