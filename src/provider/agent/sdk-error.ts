import { AISDKError } from '@ai-sdk/provider';
import { isAbortError, isRecord } from '@ai-sdk/provider-utils';
import { redactHeaders } from '../../internal/redact-headers';
import { type A2ARequestOptions, sentValues } from '../client/a2a-client';
import { A2AProtocolError } from '../client/a2a-error';
import { frameError, httpError, networkCode, networkError } from '../client/a2a-response-error';
import { UnreachableError } from '../client/unreachable-error';

/** Whose request failed. */
export interface SdkRequestContext {
  agent: string;
  url: string;
  options: A2ARequestOptions;
}

/**
 * What the A2A SDK's client threw, as this package's error: an agent's own error with its code and
 * HTTP status, a lost line as an UnreachableError. Of other errors only the words are kept, without what
 * they quote of an answer.
 */
export async function fromSdkError(
  error: unknown,
  { agent, options, url }: SdkRequestContext,
): Promise<AISDKError> {
  if (AISDKError.isInstance(error)) return error;
  const context = { agent, url, headers: new Headers(options.headers), secrets: options.secrets };
  const said = agentErrorOf(error);
  if (said?.transport === 'grpc' && isLostCall(said)) {
    return new UnreachableError({
      agent,
      url,
      networkCode: undefined,
      message: `The agent "${agent}" could not be reached (gRPC status ${said.status}).`,
      // By these words `@grpc/grpc-js` says that the call was never begun.
      isRetryable: said.message.includes('No connection established'),
    });
  }
  const statusCode = said?.statusCode ?? statusOf(error);
  const code = said && (said.envelopeCode ?? codes.get(said.reason));
  const frame = { error: { message: said?.message ?? '', ...(code !== undefined && { code }) } };
  if (statusCode !== undefined) {
    const body = said === undefined ? null : JSON.stringify(frame);
    return httpError(
      new Response(body, { status: statusCode, headers: said?.headers ?? {} }),
      context,
    );
  }
  const agentError = said && frameError(frame, context);
  if (agentError !== undefined) return agentError;
  if (error instanceof TypeError || isAbortError(error) || networkCode(error) !== undefined) {
    return networkError(error, context);
  }
  const words = redactHeaders(withoutQuote(error), sentValues(options)).slice(0, 200);
  return new A2AProtocolError({
    agent,
    url,
    message: `The client of agent "${agent}" failed: ${words}`,
  });
}

/** As much of the SDK's `A2AError` and its kinds as is read. */
interface AgentError {
  message: string;
  /** As in `google.rpc.ErrorInfo`. */
  reason: string;
  transport: unknown;
  envelopeCode: number | undefined;
  statusCode: number | undefined;
  /** Of gRPC. */
  status: number | undefined;
  headers: Record<string, string>;
}

/** Within a stream the SDK hides it as the cause of another error. */
function agentErrorOf(error: unknown): AgentError | undefined {
  if (!(error instanceof Error)) return undefined;
  const read = (name: string): unknown => Reflect.get(error, name);
  const number = (name: string): number | undefined => {
    const value = read(name);
    return typeof value === 'number' ? value : undefined;
  };
  const reason = read('reason');
  const transport = read('transport');
  // An error that the client raises by itself has no transport.
  if (typeof reason !== 'string' || (transport === undefined && !codes.has(reason))) {
    return error.cause === undefined ? undefined : agentErrorOf(error.cause);
  }
  const headers = read('headers');
  const statusCode = number('statusCode');
  return {
    message: error.message,
    reason,
    transport,
    envelopeCode: number('envelopeCode'),
    statusCode: isErrorStatus(statusCode) ? statusCode : undefined,
    status: number('status'),
    headers: isRecord(headers) ? texts(headers) : {},
  };
}

/** The JSON-RPC error code for a reason (A2A specification 1.0, section 5.4). */
const codes = new Map<string, number>([
  ['TASK_NOT_FOUND', -32001],
  ['TASK_NOT_CANCELABLE', -32002],
  ['PUSH_NOTIFICATION_NOT_SUPPORTED', -32003],
  ['UNSUPPORTED_OPERATION', -32004],
  ['CONTENT_TYPE_NOT_SUPPORTED', -32005],
  ['INVALID_AGENT_RESPONSE', -32006],
  ['EXTENDED_AGENT_CARD_NOT_CONFIGURED', -32007],
  ['EXTENSION_SUPPORT_REQUIRED', -32008],
  ['VERSION_NOT_SUPPORTED', -32009],
  ['INVALID_PARAMS', -32602],
]);

/** gRPC's words for a line that is gone: canceled, out of time, unavailable; or a stream that was reset. */
function isLostCall({ message, status }: AgentError): boolean {
  return status === 1 || status === 4 || status === 14 || message.includes('RST_STREAM');
}

/** Over JSON-RPC the SDK says it in words only. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !error.message.startsWith('HTTP error')) return undefined;
  return error.message
    .split(' Response: ', 1)
    .join()
    .split(' ')
    .map(Number)
    .find((word) => isErrorStatus(word));
}

function isErrorStatus(status: number | undefined): boolean {
  return status !== undefined && status >= 400 && status < 600;
}

function texts(headers: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

function withoutQuote(error: unknown): string {
  const said = error instanceof Error ? error.message : 'unknown error';
  return quotes.reduce((words, quote) => words.split(quote, 1).join(), said);
}

/** What stands before an answer that an error quotes. */
const quotes = [' Response: ', ' Data: ', ' data: ', ': "', ': {'];
