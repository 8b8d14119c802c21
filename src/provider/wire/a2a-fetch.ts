import { AISDKError } from '@ai-sdk/provider';
import type { FetchFunction } from '@ai-sdk/provider-utils';
import { A2AProtocolError } from '../common/a2a-error';
import {
  defaultMaxAnswerBytes,
  defaultMaxEventBytes,
  maxErrorBytes,
  type A2ALimits,
} from '../common/a2a-limits';
import { httpError, networkError } from '../common/a2a-response-error';
import type { A2ATimeouts } from '../common/a2a-timeouts';
import { raceWithAbort } from '../common/race-with-abort';
import { afterAnswer } from '../common/unreachable-error';
import { describeRequest } from './describe-request';
import { normalizeEventStream } from './normalize-event-stream';
import { createFrameReader } from './normalize-frame';
import type { PartStash } from './part-stash';
import { pickAnswer } from './pick-answer';
import { redirectedTo } from './redirected-to';
import { RequestClock } from './request-clock';
import { splitFrames } from './split-frames';
import type { WireDialect } from './wire-payload';

/**
 * The `fetch` that one call's A2A client speaks through.
 *
 * It hands the client what the client understands, whatever the agent sends: file bytes and data go
 * past it through the stash, streams arrive as plain server-sent events of the client's protocol
 * version, and every failure is one of this package's typed errors. Redirects to other origins are
 * refused, because they would carry headers there. No more is held of an answer than the limits allow.
 */
export function createA2AFetch({
  agent,
  fetch,
  stash,
  secrets,
  isRest,
  dialect,
  timeouts = {},
  limits = {},
}: {
  agent: string;
  fetch: FetchFunction;
  stash: PartStash;
  /** What `fetch` itself adds to requests, by name: kept out of messages. */
  secrets?: (() => [string, string][]) | undefined;
  /** The client speaks HTTP+JSON. */
  isRest: boolean;
  /** What the client reads and writes. */
  dialect: WireDialect;
  timeouts?: A2ATimeouts | undefined;
  limits?: A2ALimits | undefined;
}): FetchFunction {
  const { maxEventBytes = defaultMaxEventBytes, maxAnswerBytes = defaultMaxAnswerBytes } = limits;
  const protobufJson = dialect === '0.3-protobuf';

  return async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const context = {
      agent,
      url,
      headers,
      secrets: () => [...(secrets?.() ?? []), ...stash.secrets],
    };
    const request = describeRequest(url, init, { isRest });
    const caller = init?.signal ?? undefined;
    const clock = new RequestClock({ ...request, timeouts, signal: caller, agent, url });
    let isStreaming = false;
    try {
      const response = await sendOn(url);
      clock.connected();
      if (!response.ok) {
        throw await httpError(response, context, () => readText(response, maxErrorBytes));
      }
      const readFrame = createFrameReader({
        ...context,
        statusCode: response.status,
        request,
        dialect,
        isRest,
        stash,
      });
      if (request.asks !== 'stream') return asJson(await readText(response), readFrame);
      const { body } = response;
      if (body === null) throw broken('answered without a body.', response);
      isStreaming = true;
      const events = normalizeEventStream({
        body,
        contentType: response.headers.get('content-type') ?? '',
        onFrame: readFrame,
        clock,
        maxEventBytes,
        maxAnswerBytes,
        onTooLarge: (limit) => tooLarge(limit, response),
      });
      return new Response(events, { headers: { 'content-type': 'text/event-stream' } });
    } catch (error) {
      // A request whose time is up fails in whatever way the runtime ends it.
      throw clock.signal.aborted ? clock.signal.reason : error;
    } finally {
      if (!isStreaming) clock.stop();
    }

    async function sendOn(to: string, hopsLeft = maxRedirects): Promise<Response> {
      const response = await send(to);
      const target = hopsLeft > 0 ? redirectedTo(response, to) : undefined;
      if (target === undefined) return response;
      await response.body?.cancel();
      return sendOn(target, hopsLeft - 1);
    }

    async function send(to: string): Promise<Response> {
      const body = init?.body;
      const sent = fetch(to, {
        ...init,
        signal: clock.signal,
        redirect: 'manual',
        ...(typeof body === 'string' && { body: stash.fillIn(body, { protobufJson }) }),
      });
      try {
        return await raceWithAbort(sent, clock.signal);
      } catch (error) {
        // Not every custom `fetch` heeds its signal.
        sent.then((late) => late.body?.cancel()).catch(() => {});
        // `fetch` may have failed before anything was sent, and said why.
        throw AISDKError.isInstance(error) ? error : unsent(error, { isFirst: to === url });
      }
    }

    function unsent(error: unknown, { isFirst }: { isFirst: boolean }): unknown {
      const failed = networkError(error, context);
      // Whoever redirects a message has had it.
      return isFirst ? failed : afterAnswer(failed);
    }

    async function readText(response: Response, maxBytes = maxEventBytes): Promise<string> {
      if (Number(response.headers.get('content-length')) > maxBytes) {
        await response.body?.cancel();
        throw tooLarge('maxEventBytes', response);
      }
      if (response.body === null) return '';
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const chunks: string[] = [];
      for (let received = 0; ;) {
        const { done, value } = await raceWithAbort(clock.read(reader), clock.signal).catch(
          (error: unknown) => {
            reader.cancel(error).catch(() => {});
            throw networkError(error, context);
          },
        );
        if (done) return chunks.join('') + decoder.decode();
        received += value.byteLength;
        if (received > maxBytes) {
          reader.cancel().catch(() => {});
          throw tooLarge('maxEventBytes', response);
        }
        chunks.push(decoder.decode(value, { stream: true }));
      }
    }

    /** An answer that is no stream, even where it comes as one. */
    function asJson(text: string, readFrame: ReturnType<typeof createFrameReader>): Response {
      if (request.asks === 'other' && text === '') return new Response(null, { status: 204 });
      const splitter = splitFrames('', Infinity);
      const frames = [...splitter.feed(text), ...splitter.end()];
      const answer = readFrame(pickAnswer(frames));
      return new Response(answer, { headers: { 'content-type': 'application/json' } });
    }

    function tooLarge(limit: keyof A2ALimits, response: Response): A2AProtocolError {
      const max = limit === 'maxEventBytes' ? maxEventBytes : maxAnswerBytes;
      return broken(`sent more than ${max} bytes (limits.${limit}).`, response);
    }

    function broken(what: string, { status: statusCode }: Response): A2AProtocolError {
      return new A2AProtocolError({
        agent,
        url,
        statusCode,
        message: `The agent "${agent}" ${what}`,
      });
    }
  };
}

const maxRedirects = 3;
