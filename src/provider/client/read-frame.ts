import { isRecord } from '@ai-sdk/provider-utils';
import { frameError } from './a2a-response-error';
import { dropPollution, mayPollute, nestsTooDeeply } from './json-guards';
import type { OpenAnswer } from './send-request';

/** A stream has ended within an event, as it does when the line is cut. */
class IncompleteFrame extends TypeError {}

/**
 * What one JSON text of an answer says, without JSON-RPC's envelope, in which it may come over either
 * transport.
 *
 * @param isLast the answer ends with it.
 * @throws A2AProtocolError for the agent's own error, and for what is no answer.
 */
export function readFrame(
  text: string,
  answer: OpenAnswer,
  id: string | undefined,
  isLast = false,
): unknown {
  if (nestsTooDeeply(text)) throw answer.broken('nests its JSON too deeply.');
  const frame = parse();
  if (mayPollute(text)) dropPollution(frame);
  // An error has one of these: to look closer at each event would cost more than to read it.
  if ('error' in frame || 'detail' in frame || 'code' in frame) {
    const error = frameError(frame, answer);
    if (error !== undefined) throw error;
  }
  const isEnveloped = 'result' in frame && ('jsonrpc' in frame || 'id' in frame);
  if (!isEnveloped) return frame;
  // Some agents leave the id out.
  const isOurs = frame['id'] === id || frame['id'] === undefined || frame['id'] === null;
  if (!isOurs) throw answer.broken('answered a request that was not made.');
  return frame['result'];

  function parse(): Record<string, unknown> {
    try {
      const parsed: unknown = JSON.parse(text);
      if (isRecord(parsed)) return parsed;
    } catch {
      if (isLast && text.trimStart().startsWith('{')) {
        throw new IncompleteFrame('The stream ended within an event.');
      }
      // Said below: the parser's own words quote the answer.
    }
    throw answer.broken('answered with something that is not JSON, or not an object.');
  }
}
