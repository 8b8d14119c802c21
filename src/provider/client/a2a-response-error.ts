import * as z from 'zod/v4';
import { neverConnected } from '../../internal/is-never-connected';
import { A2AProtocolError } from './a2a-error';
import { maxErrorBytes } from './a2a-limits';
import { locationOf } from '../../internal/location-of';
import { readLimitedText } from '../../internal/read-limited-text';
import { redactHeaders } from '../../internal/redact-headers';
import { UnreachableError } from './unreachable-error';

interface RequestContext {
  agent: string;
  url: string;
  /** As sent: their values are kept out of messages, should the agent echo them. */
  headers: Headers;
  /** What went along besides. */
  secrets?: (() => [string, string][]) | undefined;
}

/** Mastra refuses a method that it does not know as a request with a wrong field. */
const wrongFields = z
  .looseObject({ error: z.string(), issues: z.array(z.looseObject({ field: z.string() })) })
  .transform(({ error, issues }) => ({
    message: error,
    code: issues.some(({ field }) => field === 'method') ? -32601 : undefined,
  }));

/** JSON-RPC's and Google's, LiteLLM's, FastAPI's three, and that of protocol 0.3 over HTTP+JSON. */
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

/** A JSON-RPC error inside an answer, which may come with HTTP 200 (JSON-RPC 2.0, section 5). */
export function frameError(frame: unknown, context: RequestContext): A2AProtocolError | undefined {
  const found = readError(frame);
  if (found === undefined || hasResult.safeParse(frame).success) return undefined;
  const hint =
    found.code === extensionRequired ? ' List them in `providerOptions.a2a.extensions`.' : '';
  return new A2AProtocolError({
    ...context,
    message: `The agent "${context.agent}" answered with an error: ${clean(found.message, context)}${hint}`,
    code: found.code,
  });
}

/** Specification 1.0, section 5.4. */
const extensionRequired = -32008;

/** @param readBody reads no more of it than an error message takes. */
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
      message: `The agent "${context.agent}" redirects ${redirectTarget(response, context)}, which is refused because it could take your headers along. Configure the address it redirects to.`,
    });
  }
  const found = readError(parseJson((await readBody().catch(() => '')) ?? ''));
  const detail = found === undefined ? '' : `: ${clean(found.message, context)}`;
  return new A2AProtocolError({
    ...context,
    statusCode: status,
    responseHeaders: keptHeaders(response, context),
    code: found?.code,
    // Both say that the request was turned away at the door; other server errors may come after work.
    isRetryable: status === 429 || status === 503,
    message: `The agent "${context.agent}" answered HTTP ${status}${detail}`,
  });
}

/** Without the query, which is nobody else's business. Some runtimes do not tell. */
function redirectTarget(response: Response, context: RequestContext): string {
  const target = locationOf(response, context.url);
  if (target === undefined) return 'elsewhere';
  return `to ${clean(target.origin + target.pathname, context)}`;
}

/** What the AI SDK waits by before it tries again, and of an HTTP 402 how to pay (x402, RFC 9110 11.6.1). */
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

/** `isRetryable` only where no connection came about, so that nothing can have been dispatched. */
export function networkError(error: unknown, context: RequestContext): UnreachableError {
  const code = networkCode(error);
  return new UnreachableError({
    ...context,
    networkCode: code,
    message: `The agent "${context.agent}" could not be reached${code === undefined ? '' : ` (${code})`}.`,
    isRetryable: code !== undefined && neverConnected.has(code),
  });
}

const withCode = z.looseObject({ code: z.string() });
const nested = z.looseObject({
  cause: z.unknown().optional(),
  errors: z.array(z.unknown()).optional(),
});

/** Runtimes put the code on the error or on its cause, or, with several addresses, on the cause's errors. */
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

const hasResult = z.looseObject({ result: z.looseObject({}) });

function readError(body: unknown): { message: string; code: number | undefined } | undefined {
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
  // First redacted, then cut: half a secret would not be found.
  const text = redact(message, context);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function redact(text: string, { headers, secrets }: RequestContext): string {
  return redactHeaders(text, [...headers, ...(secrets?.() ?? [])]);
}
