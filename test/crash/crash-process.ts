import { streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { openStorage, type StorageAddress } from './crash-storage';

/** What one process is told, as JSON in its first argument. */
export interface CrashJob {
  task: 'generate' | 'reconcile';
  exchangeUrl: string;
  apiKey: string;
  agentUrl: string;
  prompt: string;
  storage: StorageAddress;
  /** The proxy that all requests go through, whatever origin they name. */
  via?: string;
}

// The whole process: it streams one settled answer to its end, or reconciles once and prints the report.
const job: CrashJob = JSON.parse(process.argv[2] ?? '');
const storage = openStorage(job.storage);
const a2a = createA2A({ fetch: through });
const settlement = createSettlement({
  rail: exchangeRail({ exchangeUrl: job.exchangeUrl, apiKey: job.apiKey, fetch: through }),
  journal: { storage, writeAhead: true },
});

if (job.task === 'generate') {
  const { textStream } = streamText({
    model: wrapLanguageModel({ model: a2a(job.agentUrl), middleware: settlement.middleware }),
    prompt: job.prompt,
    onError: () => {},
  });
  for await (const _ of textStream);
  console.log('survived');
} else {
  const report = await settlement.reconcile({ provider: a2a, graceMs: 0 });
  console.log(JSON.stringify(report));
}
await storage.dispose();

async function through(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const { headers, method, signal } = request;
  const { origin, pathname, search } = new URL(request.url);
  const body = method === 'GET' ? null : await request.text();
  return fetch(`${job.via ?? origin}${pathname}${search}`, { method, headers, signal, body });
}
