import type { LanguageModelV4CallOptions, LanguageModelV4Middleware } from '@ai-sdk/provider';
import { firstCode } from '../internal/is-never-connected';
import { finishReasonText, type Finish } from './finish-reason-text';
import type { RecordedRequest, RecordingLine } from './recording-schema';
import { recordedEvents } from './recorded-events';
import { Redaction } from './redact-recording';

export interface RecordOptions {
  /** The `fetch` that reaches the agent and the rail. Default: the global one. */
  fetch?: typeof globalThis.fetch | undefined;
  /** The options of the settlement, for the replay. Functions, rails and storages are left out. */
  settlement?: object | undefined;
}

/** The members of a settlement that a recording uses. */
interface Recordable {
  readonly middleware: LanguageModelV4Middleware;
  on(
    event: (typeof recordedEvents)[number],
    listener: (event: { receipt: object }) => void,
  ): () => void;
}

/** Records generations: what was asked, and what the agent and the rail answered. */
export interface GenerationRecorder {
  /** For `createA2A({ ...recording.provider })`. */
  readonly provider: { fetch: typeof globalThis.fetch };
  /** For `exchangeRail({ ...recording.rail })`. */
  readonly rail: { fetch: typeof globalThis.fetch };
  /** For `wrapLanguageModel({ model, middleware: recording.middleware(settlement) })`. */
  middleware(settlement: Recordable): LanguageModelV4Middleware[];
  /** The recording so far: JSON lines, for a file. Contains prompts and answers, and no credentials. */
  toText(): string;
}

/**
 * Records generations for `replay`, one after the other: use it for the one call that is to be examined.
 *
 * Request headers are not recorded. Their values, exchange keys, push notification credentials and payment
 * payloads are removed from everything else. **Prompts and answers are in the recording.**
 *
 * @example
 * ```ts
 * import { writeFile } from 'node:fs/promises';
 * import { record } from 'ai-sdk-a2a-settlement/recording';
 *
 * const recording = record();
 * const a2a = createA2A({ ...recording.provider });
 * const settlement = createSettlement({ rail: exchangeRail({ ...recording.rail }) });
 * const model = wrapLanguageModel({
 *   model: a2a('https://agent.example.com'),
 *   middleware: recording.middleware(settlement),
 * });
 * await generateText({ model, prompt: 'Scrape example.com' }).catch(() => {});
 * await writeFile('ticket.jsonl', recording.toText());
 * ```
 */
export function record({
  fetch,
  settlement: options = {},
}: RecordOptions = {}): GenerationRecorder {
  const redaction = new Redaction();
  const lines: RecordingLine[] = [];

  const recorded =
    (of: 'agent' | 'rail'): typeof globalThis.fetch =>
    async (input, init) => {
      // A body is read once: that of a `Request` belongs to the real `fetch`.
      const request = new Request(input instanceof Request ? input.clone() : input, init);
      const body = request.body === null ? undefined : await request.text();
      redaction.note(request, { of, ...(body !== undefined && { body }) });
      const entry: RecordedRequest = {
        type: 'request',
        of,
        at: Date.now(),
        method: request.method,
        url: request.url,
        ...(body !== undefined && { body }),
        chunks: [],
      };
      lines.push(entry);
      try {
        const response = await (fetch ?? globalThis.fetch)(input, init);
        return withRecordedBody(response, entry);
      } catch (error) {
        entry.failed = firstCode(error) ?? '';
        throw error;
      }
    };

  const begin = (
    mode: 'generate' | 'stream',
    modelId: string,
    params: LanguageModelV4CallOptions,
  ): void => {
    const { abortSignal: _signal, headers: _headers, ...others } = params;
    lines.push({ type: 'call', mode, modelId, params: asJson(others) });
  };
  const end = (finish: Finish): void =>
    void lines.push({ type: 'result', ...finishReasonText(finish) });

  const outer: LanguageModelV4Middleware = {
    specificationVersion: 'v4',
    async wrapGenerate({ doGenerate, model, params }) {
      begin('generate', model.modelId, params);
      try {
        const result = await doGenerate();
        end(result);
        return result;
      } catch (error) {
        end({ error });
        throw error;
      }
    },
    async wrapStream({ doStream, model, params }) {
      begin('stream', model.modelId, params);
      try {
        const { stream, ...result } = await doStream();
        const seen: Finish = {};
        const watched = stream.pipeThrough(
          new TransformStream<Part<typeof stream>, Part<typeof stream>>({
            transform(part, controller) {
              if (part.type === 'error') seen.error = part.error;
              if (part.type === 'finish') end({ ...seen, finishReason: part.finishReason });
              controller.enqueue(part);
            },
          }),
        );
        return { ...result, stream: watched };
      } catch (error) {
        end({ error });
        throw error;
      }
    },
  };

  return {
    provider: { fetch: recorded('agent') },
    rail: { fetch: recorded('rail') },
    middleware(settlement) {
      for (const name of recordedEvents) {
        settlement.on(name, ({ receipt }) =>
          lines.push({ type: 'event', name, receipt: asJson(receipt) }),
        );
      }
      return [outer, settlement.middleware];
    },
    toText() {
      const start: RecordingLine = {
        type: 'recording',
        version: 1,
        settlement: asJson(plainOptions(options)),
      };
      return [start, ...lines].map((line) => `${JSON.stringify(redactLine(line))}\n`).join('');
    },
  };

  function redactLine(line: RecordingLine): unknown {
    if (line.type !== 'request') return redaction.json(line);
    const { body, chunks, headers, url, ...others } = line;
    const whole = redaction.body(chunks.join(''));
    // A key in two pieces would not be found in either: then there is one piece.
    const pieces = chunks.map((chunk) => redaction.text(chunk));
    return {
      ...others,
      url: redaction.url(url, line.of),
      ...(headers !== undefined && { headers: redaction.headers(headers, line.of) }),
      ...(body !== undefined && { body: redaction.body(body) }),
      chunks: pieces.join('') === whole ? pieces : [whole],
    };
  }
}

type Part<STREAM> = STREAM extends ReadableStream<infer PART> ? PART : never;

/** The response headers that clients read. */
const keptHeaders = ['content-type', 'date', 'retry-after', 'etag', 'location'];

function withRecordedBody(response: Response, entry: RecordedRequest): Response {
  entry.status = response.status;
  entry.headers = Object.fromEntries(
    keptHeaders.flatMap((name) => {
      const value = response.headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
  if (response.body === null) return response;
  const decoder = new TextDecoder();
  const add = (text: string) => void (text !== '' && entry.chunks.push(text));
  entry.isCut = true;
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        add(decoder.decode(chunk, { stream: true }));
        controller.enqueue(chunk);
      },
      flush() {
        add(decoder.decode());
        delete entry.isCut;
      },
    }),
  );
  return new Response(body, response);
}

/** `undefined`, functions and symbols are left out. */
function asJson(value: object): Record<string, never> {
  return JSON.parse(
    JSON.stringify(value, (_, field: unknown) =>
      field instanceof Uint8Array ? { $bytes: Array.from(field) } : field,
    ),
  );
}

const notPlain = new Set(['rail', 'rails', 'journal', 'receipts', 'apiKey', 'exchangeUrl']);

function plainOptions(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !notPlain.has(name)));
}
