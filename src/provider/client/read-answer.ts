import { isRecord } from '@ai-sdk/provider-utils';
import type { A2AEvent } from './a2a-event';
import { readEvent } from './read-event';
import { readFrame } from './read-frame';
import { withoutSeparators } from './read-stream';
import type { OpenAnswer } from './send-request';
import { splitFrames } from './split-frames';

/**
 * Reads a response that is not a stream, even if it is sent as one. Undefined if it is empty.
 *
 * @throws TypeError for a response that is cut off, as for a lost connection.
 */
export async function readAnswer(answer: OpenAnswer, id: string | undefined): Promise<unknown> {
  const text = await answer.text();
  answer.clock.stop();
  if (text === '') return undefined;
  const splitter = splitFrames('', Infinity);
  const frames = [...splitter.feed(text), ...splitter.end()]
    .map(withoutSeparators)
    .filter((frame) => frame !== '' && frame !== '[DONE]');
  const frame = pickFrame(frames);
  // A proxy may close a connection as if the response were complete.
  return readFrame(frame, answer, id, !frame.endsWith('}'));
}

/**
 * The response as a task or a message. An update event stands for its task.
 *
 * @throws A2AProtocolError for any other response.
 */
export function asResult(
  value: unknown,
  answer: OpenAnswer,
  dialect: { wrapsData: boolean },
): Extract<A2AEvent, { type: 'task' | 'message' }> {
  const event = readEvent(value, dialect);
  switch (event?.type) {
    case 'message':
    case 'task':
      return event;
    case 'status':
    case 'artifact': {
      const { contextId, metadata, raw, taskId: id, type } = event;
      const status =
        type === 'status'
          ? event.status
          : { state: 'working', message: undefined, timestamp: undefined };
      const artifacts = type === 'artifact' ? [event.artifact] : [];
      return {
        type: 'task',
        task: { id, contextId, status, artifacts, history: [], metadata },
        raw,
      };
    }
    case undefined:
      throw answer.broken('sent a response that is not a task or a message.');
  }
}

/**
 * Selects the result from the JSON texts in a response that should be one. An agent that streams without being
 * asked to sends the task first, and its status can then be queried.
 */
export function pickFrame(frames: string[]): string {
  const [first = '', ...others] = frames;
  if (others.length === 0) return first;
  return frames.findLast(isWhole) ?? frames.find(isError) ?? first;
}

function isWhole(text: string): boolean {
  const frame = parse(text);
  const result = isRecord(frame) && 'result' in frame ? frame['result'] : frame;
  const type = readEvent(result, { wrapsData: false })?.type;
  return type === 'task' || type === 'message';
}

function isError(text: string): boolean {
  const frame = parse(text);
  return isRecord(frame) && 'error' in frame;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
