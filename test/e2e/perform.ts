import { generateText, streamText, wrapLanguageModel } from 'ai';
import {
  createA2A,
  createSettlement,
  exchangeRail,
  type SettlementEventName,
  type A2AAuthOptions,
} from 'ai-sdk-a2a-settlement';

/**
 * One generation, described by plain data and reported as plain data, so that the same tests run in
 * Node, in the edge runtime's sandbox and in workerd.
 */
export interface Job {
  mode: 'generate' | 'stream';
  consumer?: Consumer;
  prompt: string;
  agentUrl: string;
  exchangeUrl: string;
  apiKey: string;
  /** Without one, the card must name the payee. */
  payee?: string;
  tokensPerCall?: number;
  onHoldFailure?: 'proceed' | 'throw';
  headers?: Record<string, string>;
  auth?: A2AAuthOptions;
  /** Sends a file and data along. */
  withParts?: boolean;
  receiptTimeoutMs?: number;
}

export type Consumer =
  | 'reads all'
  | 'aborts mid-stream'
  | 'aborts before the start'
  | 'times out'
  | 'breaks out of textStream'
  | 'cancels the response body'
  | 'never reads';

export interface Report {
  text?: string;
  finishReason?: string;
  rawFinishReason?: string | undefined;
  content?: string[];
  files?: { mediaType: string; base64: string }[];
  sources?: { url?: string; title?: string | undefined }[];
  data?: unknown[];
  reasoning?: string;
  a2a?: Record<string, unknown>;
  settlement?: Record<string, unknown>;
  warnings: string[];
  error?: { name: string; message: string; dump: string };
  /** The settlement's events, in order: `held`, `released`, … */
  events: string[];
  /** Everything the settlement told its listeners. */
  told: string;
}

export async function perform(job: Job): Promise<Report> {
  const a2a = createA2A({
    // Short only for the agent that never ends its task.
    polling: { intervalMs: 20, timeoutMs: job.prompt === 'stream cut' ? 400 : 60_000 },
    ...(job.headers !== undefined && { headers: job.headers }),
    ...(job.auth !== undefined && { auth: job.auth }),
  });
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl: job.exchangeUrl, apiKey: job.apiKey }),
    agents: { [job.agentUrl]: job.payee === undefined ? {} : { accountId: job.payee } },
    ...(job.tokensPerCall !== undefined && { tokensPerCall: job.tokensPerCall }),
    ...(job.onHoldFailure !== undefined && { onHoldFailure: job.onHoldFailure }),
    receiptTimeoutMs: job.receiptTimeoutMs ?? 60_000,
  });
  const report: Report = { warnings: [], events: [], told: '' };
  for (const name of eventNames) {
    settlement.on(name, (event) => {
      report.events.push(name);
      report.told += `${JSON.stringify(event)} ${event.error === undefined ? '' : describe(event.error)}\n`;
    });
  }
  const model = wrapLanguageModel({
    model: a2a(job.agentUrl),
    middleware: settlement.middleware,
  });
  const call = { model, maxRetries: 0, ...promptOf(job) };
  try {
    if (job.mode === 'generate') await generate();
    else await stream(job.consumer ?? 'reads all');
  } catch (error) {
    report.error ??= errorOf(error);
  }
  await untilSettled(report, job.consumer !== 'aborts before the start');
  return report;

  async function generate(): Promise<void> {
    const result = await generateText(call);
    Object.assign(report, await contentOf(result));
  }

  async function stream(consumer: Consumer): Promise<void> {
    const abort = new AbortController();
    if (consumer === 'aborts before the start') abort.abort();
    // The clock is told when the time is over: a busy machine may take long to come to the agent.
    const { timeout } = AbortSignal;
    AbortSignal.timeout = (ms) => (ms === timeoutMs ? abort.signal : timeout.call(AbortSignal, ms));
    const result = streamText({
      ...call,
      // Not both: the AI SDK merges them by `AbortSignal.any`, which the edge runtime lacks.
      ...(consumer === 'times out' ? { timeout: timeoutMs } : { abortSignal: abort.signal }),
      onError: ({ error }) => {
        report.error ??= errorOf(error);
      },
    });
    AbortSignal.timeout = timeout;
    switch (consumer) {
      case 'reads all':
        await result.consumeStream();
        Object.assign(
          report,
          await contentOf({
            text: await result.text,
            finishReason: await result.finishReason,
            rawFinishReason: await result.rawFinishReason,
            content: await result.content,
            files: await result.files,
            sources: await result.sources,
            reasoningText: await result.reasoningText,
            providerMetadata: await result.providerMetadata,
            warnings: await result.warnings,
          }),
        );
        return;
      case 'aborts mid-stream': {
        const seen: string[] = [];
        for await (const text of result.textStream) {
          seen.push(text);
          abort.abort();
        }
        report.text = seen.join('');
        return;
      }
      case 'times out':
        for await (const text of result.textStream) {
          report.text = text;
          abort.abort(new DOMException('The operation timed out.', 'TimeoutError'));
        }
        return;
      case 'aborts before the start':
        await result.consumeStream();
        return;
      case 'breaks out of textStream':
        for await (const text of result.textStream) {
          report.text = text;
          break;
        }
        return;
      case 'cancels the response body': {
        const { body } = result.toUIMessageStreamResponse();
        const reader = body?.getReader();
        await reader?.read();
        await reader?.cancel();
        return;
      }
      case 'never reads':
        return;
    }
  }
}

/** Milliseconds that no other timeout has. */
const timeoutMs = 2003;

const eventNames: SettlementEventName[] = [
  'held',
  'released',
  'refunded',
  'kept',
  'unsettled',
  'unresolved',
];

function promptOf({
  prompt,
  withParts,
}: Job): Parameters<typeof generateText>[0] extends never
  ? never
  : { prompt: string } | { messages: NonNullable<Parameters<typeof generateText>[0]['messages']> } {
  if (withParts !== true) return { prompt };
  return {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: prompt },
          {
            type: 'file',
            data: new Uint8Array([104, 105]),
            mediaType: 'application/x-test',
            filename: 'hi.bin',
          },
          {
            type: 'file',
            data: new URL('https://files.example.com/in.pdf'),
            mediaType: 'application/pdf',
            filename: 'in.pdf',
          },
          { type: 'text', text: 'rows', providerOptions: { a2a: { data: { rows: [1, 2] } } } },
        ],
      },
    ],
  };
}

interface Answered {
  text: string;
  finishReason: string;
  rawFinishReason: string | undefined;
  content: {
    type: string;
    providerMetadata?: Record<string, Record<string, unknown>> | undefined;
  }[];
  files: { mediaType: string; base64: string }[];
  sources: { sourceType: string; url?: string; title?: string | undefined }[];
  reasoningText: string | undefined;
  providerMetadata: Record<string, Record<string, unknown>> | undefined;
  warnings: { type: string }[] | undefined;
}

async function contentOf(result: Answered): Promise<Partial<Report>> {
  return {
    text: result.text,
    finishReason: result.finishReason,
    rawFinishReason: result.rawFinishReason,
    content: result.content.map(({ type }) => type),
    files: result.files.map(({ mediaType, base64 }) => ({ mediaType, base64 })),
    sources: result.sources.map(({ url, title }) => ({ ...(url !== undefined && { url }), title })),
    data: result.content
      .filter(({ type }) => type === 'custom')
      .map(({ providerMetadata }) => providerMetadata?.['a2a']?.['data']),
    ...(result.reasoningText !== undefined && { reasoning: result.reasoningText }),
    ...(result.providerMetadata?.['a2a'] !== undefined && { a2a: result.providerMetadata['a2a'] }),
    ...(result.providerMetadata?.['settlement'] !== undefined && {
      settlement: result.providerMetadata['settlement'],
    }),
    warnings: (result.warnings ?? []).map((warning) => JSON.stringify(warning)),
  };
}

function errorOf(error: unknown): { name: string; message: string; dump: string } {
  return error instanceof Error
    ? { name: error.name, message: error.message, dump: describe(error) }
    : { name: 'unknown', message: String(error), dump: String(error) };
}

/** All an error says to whoever logs it, causes included. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? String(error);
  const own = Object.getOwnPropertyNames(error)
    .map((key) => `${key}=${key === 'cause' ? '' : JSON.stringify(Reflect.get(error, key))}`)
    .join(' ');
  return `${own} ${error.cause === undefined ? '' : describe(error.cause)}`;
}

/** Each hold has its end; a settlement goes on after its consumer has left. */
async function untilSettled({ error, events }: Report, mustBegin: boolean): Promise<void> {
  const count = (...names: string[]) => events.filter((name) => names.includes(name)).length;
  const deadline = Date.now() + 60_000;
  await new Promise((resolve) => setTimeout(resolve, 30));
  // What a consumer that left has started may not even have held yet.
  const isUnderWay = () =>
    events.length === 0
      ? mustBegin && error === undefined
      : count('held') > count('released', 'refunded', 'kept', 'unresolved');
  while (isUnderWay() && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
