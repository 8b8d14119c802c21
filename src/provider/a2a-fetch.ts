import type { FetchFunction } from '@ai-sdk/provider-utils';
import { A2AProtocolError } from './a2a-error';
import { frameError, httpError, networkError } from './a2a-response-error';
import { markAppend } from './append-mark';
import { isEventStream, normalizeEventStream } from './normalize-event-stream';
import type { PartStash } from './part-stash';
import { tidyFrame } from './tidy-frame';

/**
 * The `fetch` that one call's A2A client speaks through.
 *
 * It hands the client what the client understands, whatever the agent sends: file bytes and data go
 * past it through the stash, streams arrive as plain server-sent events, and every failure is one of
 * this package's typed errors. Redirects are refused, because they would carry headers elsewhere.
 */
export function createA2AFetch({
  agent,
  fetch,
  stash,
  isRest,
  protobufJson,
}: {
  agent: string;
  fetch: FetchFunction;
  stash: PartStash;
  /** The client speaks HTTP+JSON. */
  isRest: boolean;
  /** The client speaks protocol 0.3 over HTTP+JSON. */
  protobufJson: boolean;
}): FetchFunction {
  return async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    const context = { agent, url, headers };
    const body = init?.body;

    let response: Response;
    try {
      response = await fetch(url, {
        ...init,
        redirect: 'manual',
        ...(typeof body === 'string' && {
          body: stash.fillIn(body, { protobufJson }),
        }),
      });
    } catch (error) {
      throw lost(error);
    }

    if (!response.ok) throw await httpError(response, context);
    return headers.get('accept')?.includes('text/event-stream')
      ? asEventStream(response)
      : asJson(response);

    async function asJson(answer: Response): Promise<Response> {
      return new Response(checkFrame(await readText(answer), { isParsed: true }), {
        headers: { 'content-type': 'application/json' },
      });
    }

    async function asEventStream(answer: Response): Promise<Response> {
      if (answer.body === null) throw brokenAnswer('The agent answered without a body.');
      const contentType = answer.headers.get('content-type') ?? '';
      // The client writes to the console what it cannot read of HTTP+JSON.
      const isParsed = isRest || !isEventStream(contentType);
      const events = normalizeEventStream(answer.body, contentType, (frame) =>
        checkFrame(frame, { isParsed }),
      );
      return new Response(events, { headers: { 'content-type': 'text/event-stream' } });
    }

    async function readText(answer: Response): Promise<string> {
      try {
        return await answer.text();
      } catch (error) {
        throw lost(error);
      }
    }

    /** Other aborts than the caller's are timeouts of a custom `fetch`. */
    function lost(error: unknown): unknown {
      return init?.signal?.aborted === true ? error : networkError(error, context);
    }

    /** Parses only where something is to be found: most frames of a stream pass as they came. */
    function checkFrame(text: string, { isParsed }: { isParsed: boolean }): string {
      const mayHoldError = text.includes('"error"');
      const mayHoldBytes = bytesPattern.test(text);
      const mayAppend = protobufJson && text.includes('"append"');
      const mayPass = !mayHoldError && !mayHoldBytes && !mayAppend && text.startsWith('{');
      if (mayPass && !isParsed) return text;
      const frame = parse(text);
      const error = frameError(frame, context);
      if (error !== undefined) throw error;
      if (mayPass && !isRest) return text;
      if (mayAppend) markAppend(frame);
      if (mayHoldBytes) stash.takeOut(frame);
      if (isRest) tidyFrame(frame);
      if (mayHoldError) dropNoError(frame);
      return JSON.stringify(frame);
    }

    function parse(text: string): object {
      try {
        const frame: unknown = JSON.parse(text);
        if (typeof frame === 'object' && frame !== null) return frame;
      } catch {
        // Said below: the parser's own words quote the answer.
      }
      throw brokenAnswer('The agent answered with something that is not JSON, or not an object.');
    }

    function brokenAnswer(message: string): A2AProtocolError {
      return new A2AProtocolError({ agent, url, message, statusCode: response.status });
    }
  };
}

const bytesPattern = /"(?:raw|bytes|fileWithBytes|file_with_bytes|data_part_compat)"/;

/** Some servers write `error: null` beside the result, which the client takes for an error. */
function dropNoError(frame: object): void {
  if ('error' in frame && frame.error === null) Reflect.deleteProperty(frame, 'error');
}
