import { isRecord } from '@ai-sdk/provider-utils';
import { A2AProtocolError } from '../common/a2a-error';
import { frameError } from '../common/a2a-response-error';
import { dropPollution, mayPollute, nestsTooDeeply } from '../common/json-guards';
import { markAppend } from './append-mark';
import type { DescribedRequest } from './describe-request';
import { maxClientEventLength, takeOutLargeParts } from './large-parts';
import type { PartStash } from './part-stash';
import { tidyFrame } from './tidy-frame';
import { readPayload, type WireDialect } from './wire-payload';
import { writePayload } from './write-payload';

/** What is known of the answer that frames belong to. */
export interface FrameContext {
  agent: string;
  url: string;
  /** As sent. */
  headers: Headers;
  secrets: (() => [string, string][]) | undefined;
  statusCode: number;
  request: DescribedRequest;
  dialect: WireDialect;
  isRest: boolean;
  stash: PartStash;
}

/** A stream has ended within an event, as it does when the line is cut. */
class IncompleteFrame extends TypeError {}

/**
 * Rewrites the JSON texts of one answer so that the A2A SDK's client understands them: either protocol
 * version, in or without JSON-RPC's envelope. Undefined stands for an event that says nothing to it.
 *
 * What it throws: the agent's own error, or one about what is no answer.
 */
export function createFrameReader(
  context: FrameContext,
): (text: string, options?: { isLast: boolean }) => string | undefined {
  const { dialect, isRest, request, stash } = context;
  const plain = isRest || request.asks !== 'stream' ? undefined : plainEvent(request.id, dialect);
  const wrapsData = dialect === '0.3-protobuf';

  return (text, { isLast } = { isLast: false }) => {
    // Most frames of a stream pass as they came.
    if (nestsTooDeeply(text)) throw broken('nests its JSON too deeply.');
    const isPlain = plain?.test(text) === true && !extraordinary[dialect].test(text);
    if (isPlain && !mayPollute(text) && text.length <= maxClientEventLength) return text;
    const frame = parse(text, { isLast });
    if (mayPollute(text)) dropPollution(frame);
    const error = frameError(frame, context);
    if (error !== undefined) throw error;
    const answer = rewrite(frame);
    if (answer === undefined) return undefined;
    if (wrapsData) markAppend(answer);
    stash.takeOut(answer);
    if (text.length > maxClientEventLength) takeOutLargeParts(answer, { stash, wrapsData });
    if (isRest) tidyFrame(answer);
    const written = JSON.stringify(answer);
    if (request.asks === 'stream' && written.length > maxClientEventLength) {
      throw broken('sent more beside the parts of an event than fits into one.');
    }
    return written;
  };

  function rewrite(frame: Record<string, unknown>): object | undefined {
    const isEnveloped = 'result' in frame && ('jsonrpc' in frame || 'id' in frame);
    const { id = null, result } = isEnveloped ? frame : { result: frame };
    const answer = request.asks === 'other' ? result : rewriteResult(result);
    if (answer === undefined) return undefined;
    // LiteLLM is sent ids that are nobody else's, which end with ours.
    const isOurs = id === null || String(id).replace(/^.*:/, '') === String(request.id);
    if (!isOurs) throw broken('answered a request that was not made.');
    if (isRest) return isObject(answer) ? answer : undefined;
    return { jsonrpc: '2.0', id: request.id, result: answer };
  }

  function rewriteResult(result: unknown): object | undefined {
    if (request.asks === 'other') return undefined;
    const payload = readPayload(result, { wrapsData });
    const answer = payload && writePayload(payload, { asks: request.asks, dialect });
    if (answer === undefined && request.asks !== 'stream') {
      throw broken('answered with something that is no answer.');
    }
    return answer;
  }

  function parse(text: string, { isLast }: { isLast: boolean }): Record<string, unknown> {
    try {
      const frame: unknown = JSON.parse(text);
      if (isRecord(frame)) return frame;
    } catch {
      if (isLast && /^\s*\{/.test(text))
        throw new IncompleteFrame('The stream ended within an event.');
      // Said below: the parser's own words quote the answer.
    }
    throw broken('answered with something that is not JSON, or not an object.');
  }

  function broken(what: string): A2AProtocolError {
    const { agent, url, statusCode } = context;
    return new A2AProtocolError({
      agent,
      url,
      statusCode,
      message: `The agent "${agent}" ${what}`,
    });
  }
}

/** How an event of the client's own dialect begins. */
function plainEvent(id: number | undefined, dialect: WireDialect): RegExp {
  const payload =
    dialect === '1.0'
      ? '"(?:task|message|statusUpdate|artifactUpdate)":\\{'
      : '"kind":"(?:task|message|status-update|artifact-update)"';
  const envelope = `(?:"jsonrpc":"2\\.0","id":${id}|"id":${id},"jsonrpc":"2\\.0")`;
  return new RegExp(`^\\{${envelope},"result":\\{${payload}`);
}

/** Errors, bytes, what the other version writes, and what the client stumbles over. */
const extraordinary: Record<WireDialect, RegExp> = {
  '1.0':
    /"(?:error|raw|kind)"|"message":(?!\{)|"parts":\[null|"(?:state|role)":(?!"(?:TASK_STATE|ROLE)_)/,
  '0.3': new RegExp(
    [
      '"(?:error|bytes|data_part_compat|mime_type|(?:task|context|message|artifact)_id)"',
      '"(?:TASK_STATE|ROLE)_',
      '"message":(?!\\{)',
      '"kind":(?!"(?:task|message|status-update|artifact-update|text|data)")',
      '(?:"parts":\\[|\\},)\\{(?!"kind":)|"parts":null|"text":(?!")',
    ].join('|'),
  ),
  '0.3-protobuf': /^/,
};

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
