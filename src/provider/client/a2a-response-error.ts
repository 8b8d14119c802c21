import * as z from 'zod/v4';
import { neverConnected } from '../../internal/is-never-connected';
import { A2AProtocolError } from './a2a-error';
import { maxErrorBytes } from './a2a-limits';
import { locationOf } from '../../internal/location-of';
import { readLimitedText } from '../../internal/read-limited-text';
import { redactHeaders } from '../../internal/redact-headers';
import { whyUnreachable } from '../../internal/why-unreachable';
import { UnreachableError } from './unreachable-error';
import { namesPayment } from './names-payment';

interface RequestContext {
  agent: string;
  url: string;
  /** As sent: their values are redacted from messages, because the agent may echo them. */
  headers: Headers;
  /** Of the response, once it has arrived. */
  statusCode?: number;
  /** Other values sent with the request. */
  secrets?: (() => [string, string][]) | undefined;
}

/** Mastra rejects an unknown method as a request with a wrong field. */
const wrongFields = z
  .looseObject({ error: z.string(), issues: z.array(z.looseObject({ field: z.string() })) })
  .transform(({ error, issues }) => ({
    message: error,
    code: issues.some(({ field }) => field === 'method') ? -32601 : undefined,
  }));

/**
 * The error bodies of JSON-RPC and Google, LiteLLM, FastAPI (three forms), and of protocol 0.3 over HTTP+JSON.
 */
const errorBody = z.union([
  z
    .looseObject({ error: z.looseObject({ message: z.string(), code: z.unknown().optional() }) })
    .transform(({ error }) => error),
  wrongFields,
  z.looseObject({ error: z.string() }).transform(({ error }) => ({ message: error })),
  z.looseObject({ detail: z.string() }).transform(({ detail }) => ({ message: detail })),
  z
    .looseObject({ detail: z.array(z.looseObject({ msg: z.string() })).min(1) })
    .transform(({ detail }) => ({ message: detail.map(({ msg }) => msg).join(' ') })),
  z
    .looseObject({ detail: z.looseObject({ message: z.string() }) })
    .transform(({ detail }) => detail),
  z
    .looseObject({ detail: z.looseObject({ error: z.string() }) })
    .transform(({ detail }) => ({ message: detail.error })),
  z.looseObject({ code: z.number(), message: z.string() }),
]);

/** The error for a JSON-RPC error in a response, which may have HTTP status 200 (JSON-RPC 2.0, section 5). */
export function frameError(frame: unknown, context: RequestContext): A2AProtocolError | undefined {
  const found = readError(frame);
  if (found === undefined || hasResult.safeParse(frame).success) return undefined;
  return new A2AProtocolError({
    ...context,
    message: `The agent "${context.agent}" responded with an error: ${described(found, context)}`,
    code: found.code,
  });
}

/** The agent's own words, and what to do about a required extension (specification 1.0, section 5.4). */
function described({ code, message }: FoundError, context: RequestContext): string {
  const text = clean(message, context);
  // Over HTTP+JSON the code is an HTTP status.
  if (code !== -32008 && !message.includes('required extensions')) return text;
  return namesPayment(message)
    ? `${text} (the agent must be paid: wrap it with settlementMiddleware(), or with the middleware of a createSettlement({ rails }) that has its rail)`
    : `${text} (list them in \`providerOptions.a2a.extensions\`)`;
}

/** @param readBody reads at most as much as an error message needs. */
export async function httpError(
  response: Response,
  context: RequestContext,
  readBody: () => Promise<string | undefined> = () => readLimitedText(response, maxErrorBytes),
): Promise<A2AProtocolError> {
  const { status } = response;
  if (status === 0 || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    return new A2AProtocolError({
      ...context,
      statusCode: status,
      message: `The agent "${context.agent}" redirects ${redirectTarget(response, context)}, which is refused because your headers would be sent there. Configure the target URL of the redirect.`,
    });
  }
  const found = readError(parseJson((await readBody().catch(() => '')) ?? ''));
  const detail = found === undefined ? '' : `: ${described(found, context)}`;
  return new A2AProtocolError({
    ...context,
    statusCode: status,
    responseHeaders: keptHeaders(response, context),
    code: found?.code,
    // Both statuses mean that the request was not processed; other server errors may occur after work.
    isRetryable: status === 429 || status === 503,
    message: `The agent "${context.agent}" answered HTTP ${status}${detail}`,
  });
}

/** Without the query, which may be confidential. Some runtimes do not expose the target. */
function redirectTarget(response: Response, context: RequestContext): string {
  const target = locationOf(response, context.url);
  if (target === undefined) return 'elsewhere';
  return `to ${clean(target.origin + target.pathname, context)}`;
}

/**
 * The headers that the AI SDK reads before a retry, and the payment headers of an HTTP 402 (x402, RFC 9110
 * 11.6.1).
 */
function keptHeaders(
  { headers, status }: Response,
  context: RequestContext,
): Record<string, string> {
  const names = ['retry-after', 'retry-after-ms', ...(status === 402 ? paymentHeaders : [])];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, redact(value, context)]];
    }),
  );
}

const paymentHeaders = ['payment-required', 'payment-response', 'www-authenticate'];

/** `isRetryable` only if no connection was made, so that nothing can have been sent. */
export function networkError(error: unknown, context: RequestContext): UnreachableError {
  const code = networkCode(error);
  return new UnreachableError({
    ...context,
    networkCode: code,
    message: `The agent "${context.agent}" could not be reached${whyUnreachable(code, { called: 'agent', url: 'its URL' })}.`,
    isRetryable: code !== undefined && neverConnected.has(code),
  });
}

const withCode = z.looseObject({ code: z.string() });
const nested = z.looseObject({
  cause: z.unknown().optional(),
  errors: z.array(z.unknown()).optional(),
});

/** Runtimes put the code on the error, on its cause, or, with several addresses, on the errors of the cause. */
export function networkCode(error: unknown): string | undefined {
  const direct = withCode.safeParse(error);
  if (direct.success) return direct.data.code;
  const inner = nested.safeParse(error);
  if (!inner.success) return undefined;
  for (const candidate of [inner.data.cause, ...(inner.data.errors ?? [])]) {
    const code = candidate === undefined ? undefined : networkCode(candidate);
    if (code !== undefined) return code;
  }
  return undefined;
}

/** A gateway may add `code` or `message` to an answer. */
const hasResult = z.union(
  ['result', 'task', 'message', 'artifactUpdate', 'statusUpdate'].map((name) =>
    z.looseObject({ [name]: z.looseObject({}) }),
  ),
);

interface FoundError {
  message: string;
  code: number | undefined;
}

function readError(body: unknown): FoundError | undefined {
  const parsed = errorBody.safeParse(body);
  if (!parsed.success) return undefined;
  const { message, code } = { code: undefined, ...parsed.data };
  return { message, code: typeof code === 'number' ? code : undefined };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function clean(message: string, context: RequestContext): string {
  // Redacted before it is truncated: a truncated secret would not be found.
  const text = redact(message, context);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function redact(text: string, { headers, secrets }: RequestContext): string {
  return redactHeaders(text, [...headers, ...(secrets?.() ?? [])]);
}
