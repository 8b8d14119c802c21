import { generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { endOf, type EndName } from './ends';

/** What one process is told, as JSON in its first argument. */
export interface TimedJob {
  end: EndName;
  agentUrl: string;
  /** Absent where the call is not settled. */
  exchange?: { url: string; apiKey: string; payee: string };
}

const job: TimedJob = JSON.parse(process.argv[2] ?? '');
const timers = watchTimers();
const { mayLeave = false, onHold, run, settings } = endOf(job.end);

const a2a = createA2A({ timeouts: { firstEventMs: 600_000 }, ...settings });
const { exchange } = job;
const model =
  exchange === undefined
    ? a2a(job.agentUrl)
    : wrapLanguageModel({
        model: a2a(job.agentUrl),
        middleware: createSettlement({
          rail: exchangeRail({ exchangeUrl: exchange.url, apiKey: exchange.apiKey, fetch: send }),
          agents: { [job.agentUrl]: { accountId: exchange.payee, price: 10 } },
        }).middleware,
      });

/** What cannot be reached holds no handle: nothing but a timer stands between it and the next try. */
let refusals = onHold === 'refused-at-first' ? 2 : 0;
async function send(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const isSettling = /\/(?:release|refund)$/.test(String(input));
  if (isSettling && refusals-- > 0) {
    throw new TypeError('fetch failed', {
      cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
    });
  }
  return fetch(input, init);
}

const abort = new AbortController();
await run({
  stream: (prompt) =>
    streamText({ model, prompt, abortSignal: abort.signal, maxRetries: 0, onError: () => {} }),
  generate: (prompt) => generateText({ model, prompt, abortSignal: abort.signal, maxRetries: 0 }),
  open: async (work) => {
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: work }] }];
    return (await model.doStream({ prompt, abortSignal: abort.signal })).stream;
  },
  abort: () => abort.abort(),
  goOn: async () => {
    await fetch(`${job.agentUrl}/go-on`, { method: 'POST' });
  },
});
// Watched without a timer of its own. Where one is left this goes on for ever, and the test with it.
const isLeft = () =>
  (timers.size > 0 && !mayLeave) || process.getActiveResourcesInfo().includes('Timeout');
while (isLeft()) {
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write('clean\n');

/**
 * Every timer that is set and neither over nor cleared, also those that keep no process alive. Node's
 * own `fetch` has some for connections that it keeps.
 */
function watchTimers(): Map<unknown, string> {
  const live = new Map<unknown, string>();
  const { clearTimeout, setInterval, setTimeout } = globalThis;
  Object.assign(globalThis, {
    setTimeout: (action: (...given: unknown[]) => void, ms?: number, ...given: unknown[]) => {
      const timer = setTimeout(() => {
        live.delete(timer);
        action(...given);
      }, ms);
      const { stack = '' } = new Error();
      if (!stack.includes('internal/deps/undici')) live.set(timer, `${ms} ms ${stack}`);
      return timer;
    },
    clearTimeout: (timer: ReturnType<typeof setTimeout>) => {
      live.delete(timer);
      clearTimeout(timer);
    },
    setInterval: (...given: Parameters<typeof setInterval>) => {
      const timer = setInterval(...given);
      live.set(timer, `interval ${new Error().stack}`);
      return timer;
    },
  });
  return live;
}
