import { AISDKError } from '@ai-sdk/provider';
import type { FetchFunction } from '@ai-sdk/provider-utils';
import { A2AProtocolError } from './a2a-error';
import {
  defaultMaxAnswerBytes,
  defaultMaxEventBytes,
  maxErrorBytes,
  type A2ALimits,
} from './a2a-limits';
import { httpError, networkError } from './a2a-response-error';
import type { A2ATimeouts } from './a2a-timeouts';
import { locationOf } from '../../internal/location-of';
import { raceWithAbort } from '../../internal/race-with-abort';
import { afterAnswer } from './unreachable-error';
import { RequestClock } from './request-clock';
import type { A2AOperation, WrittenRequest } from './write-request';

/** The connection data of one agent, for all of its requests. */
export interface A2ALine {
  agent: string;
  fetch: FetchFunction;
  timeouts: A2ATimeouts;
  limits: A2ALimits;
}

/** A response whose headers have arrived. */
export class OpenAnswer {
  readonly agent: string;
  readonly url: string;
  /** The request headers, as sent. */
  readonly headers: Headers;
  readonly secrets: () => [string, string][];
  readonly response: Response;
  readonly statusCode: number;
  readonly clock: RequestClock;
  readonly limits: Required<{ [NAME in keyof A2ALimits]: number }>;

  constructor(
    facts: Pick<OpenAnswer, 'agent' | 'url' | 'headers' | 'secrets' | 'response' | 'clock'>,
    limits: A2ALimits,
  ) {
    this.agent = facts.agent;
    this.url = facts.url;
    this.headers = facts.headers;
    this.secrets = facts.secrets;
    this.response = facts.response;
    this.statusCode = facts.response.status;
    this.clock = facts.clock;
    this.limits = {
      maxEventBytes: limits.maxEventBytes ?? defaultMaxEventBytes,
      maxAnswerBytes: limits.maxAnswerBytes ?? defaultMaxAnswerBytes,
    };
  }

  /** The error for a response that violates the protocol. */
  broken(what: string): A2AProtocolError {
    const { agent, statusCode, url } = this;
    const message = `The agent "${agent}" ${what}`;
    return new A2AProtocolError({ agent, url, statusCode, message });
  }

  tooLarge(limit: keyof A2ALimits): A2AProtocolError {
    return this.broken(`sent more than ${this.limits[limit]} bytes (limits.${limit}).`);
  }

  /** The whole body. */
  async text(maxBytes = this.limits.maxEventBytes): Promise<string> {
    const { body, headers } = this.response;
    if (Number(headers.get('content-length')) > maxBytes) {
      await body?.cancel();
      throw this.tooLarge('maxEventBytes');
    }
    if (body === null) return '';
    const reader = body.getReader();
    const decoder = new TextDecoder();
    const chunks: string[] = [];
    for (let received = 0; ;) {
      this.clock.waiting();
      const { done, value } = await raceWithAbort(reader.read(), this.clock.signal).catch(
        (error: unknown) => {
          reader.cancel(error).catch(() => {});
          throw networkError(error, this);
        },
      );
      this.clock.received();
      if (done) return chunks.join('') + decoder.decode();
      received += value.byteLength;
      if (received > maxBytes) {
        reader.cancel().catch(() => {});
        throw this.tooLarge('maxEventBytes');
      }
      chunks.push(decoder.decode(value, { stream: true }));
    }
  }
}

/**
 * Sends a request. Redirects to other origins are refused, because they would receive its headers.
 *
 * @param read reads the response. The timeouts of the request run until it is done, unless `keepsClock`.
 * @throws A2AProtocolError if the agent cannot be reached, and for an HTTP error status.
 */
export async function sendRequest<T>(
  request: WrittenRequest,
  { agent, fetch, limits, timeouts }: A2ALine,
  {
    asks,
    headers: given,
    onSend,
    secrets = () => [],
    signal,
  }: {
    asks: A2AOperation['type'];
    headers: Record<string, string>;
    /** Other values sent with the request, by name, which are redacted from messages. */
    secrets?: (() => [string, string][]) | undefined;
    signal: AbortSignal | undefined;
    onSend: (() => void) | undefined;
  },
  read: (answer: OpenAnswer) => Promise<T>,
): Promise<T> {
  const { body, method, url } = request;
  const headers = new Headers({
    ...given,
    'content-type': 'application/json',
    accept: request.accept,
  });
  const context = { agent, url, headers, secrets };
  const clock = new RequestClock({ asks, timeouts, signal, agent, url });
  try {
    const response = await sendOn(url);
    clock.connected();
    const answer = new OpenAnswer({ ...context, response, clock }, limits);
    if (!response.ok) throw await httpError(response, context, () => answer.text(maxErrorBytes));
    return await read(answer);
  } catch (error) {
    clock.stop();
    // After a timeout, the error of the runtime varies, so it is replaced.
    throw clock.signal.aborted ? clock.signal.reason : error;
  }

  async function sendOn(to: string, hopsLeft = maxRedirects): Promise<Response> {
    const response = await send(to);
    const target = hopsLeft > 0 ? redirectedTo(response, to) : undefined;
    if (target === undefined) return response;
    await response.body?.cancel();
    return sendOn(target, hopsLeft - 1);
  }

  async function send(to: string): Promise<Response> {
    // Not every custom `fetch` supports its signal.
    clock.signal.throwIfAborted();
    onSend?.();
    const sent = fetch(to, {
      method,
      headers: Object.fromEntries(headers),
      ...(body !== undefined && { body }),
      signal: clock.signal,
      redirect: 'manual',
    });
    try {
      return await raceWithAbort(sent, clock.signal);
    } catch (error) {
      sent.then((late) => late.body?.cancel()).catch(() => {});
      // A custom `fetch` may fail before anything is sent, with an error of its own.
      if (AISDKError.isInstance(error)) throw error;
      const failed = networkError(error, context);
      // A server that redirects a message has received it.
      throw to === url ? failed : afterAnswer(failed);
    }
  }
}

const maxRedirects = 3;

/**
 * The target if a server wants the same request again, with its body (RFC 9110, 15.4.8): web frameworks
 * redirect `/agent` to `/agent/` in this way. Only within the origin: another origin would receive the user's
 * headers. Other redirects would turn the POST into a GET.
 */
function redirectedTo(response: Response, url: string): string | undefined {
  if (response.status !== 307 && response.status !== 308) return undefined;
  const target = locationOf(response, url);
  return target?.origin === new URL(url).origin ? target.href : undefined;
}
