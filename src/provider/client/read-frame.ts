import { isRecord } from '@ai-sdk/provider-utils';
import { frameError } from './a2a-response-error';
import { dropPollution, mayPollute, nestsTooDeeply } from './json-guards';
import type { OpenAnswer } from './send-request';

/** A response ended within its JSON, as after a lost connection. */
class IncompleteFrame extends TypeError {}

/**
 * Reads one JSON text of a response, without the JSON-RPC envelope, which may be used over either transport.
 *
 * @param isLast the response ends with it.
 * @throws A2AProtocolError for the agent's own error, and for an invalid response.
 */
export function readFrame(
  text: string,
  answer: OpenAnswer,
  id: string | undefined,
  isLast = false,
): unknown {
  if (nestsTooDeeply(text)) throw answer.broken('sent JSON that is nested too deeply.');
  const frame = parse();
  if (mayPollute(text)) dropPollution(frame);
  // An error has one of these keys: a full check of each event would cost more than its parsing.
  if ('error' in frame || 'detail' in frame || 'code' in frame) {
    const error = frameError(frame, answer);
    if (error !== undefined) throw error;
  }
  const isEnveloped = 'result' in frame && ('jsonrpc' in frame || 'id' in frame);
  if (!isEnveloped) return frame;
  // Some agents omit the id, and Reactive Agents writes 1 into every event.
  const { id: answered = null } = frame;
  if (answered !== id && answered !== null && answered !== 1)
    throw answer.broken('sent a response with an unknown request id.');
  return frame['result'];

  function parse(): Record<string, unknown> {
    try {
      const parsed: unknown = JSON.parse(text);
      if (isRecord(parsed)) return parsed;
    } catch {
      if (isLast && text.trimStart().startsWith('{')) {
        throw new IncompleteFrame('The response ended within its JSON.');
      }
      // Handled below: the parser's message quotes the response.
    }
    throw answer.broken('sent a response that is not a JSON object.');
  }
}
