import { isRecord } from '@ai-sdk/provider-utils';
import { readPayload } from './wire-payload';

/**
 * The one that answers, of the JSON texts in an answer that should be one. An agent that streams to
 * whoever did not ask for it tells the task first: how that stands, it can be asked then.
 */
export function pickAnswer(frames: string[]): string {
  const said = frames
    .map((frame) => frame.trim())
    .filter((text) => text !== '' && text !== '[DONE]');
  const [first = '', ...others] = said;
  if (others.length === 0) return first;
  return said.findLast(isWhole) ?? said.find(isError) ?? first;
}

function isWhole(text: string): boolean {
  const payload = readPayload(result(text), { wrapsData: false });
  return payload?.type === 'task' || payload?.type === 'message';
}

function isError(text: string): boolean {
  const frame = parse(text);
  return isRecord(frame) && 'error' in frame;
}

function result(text: string): unknown {
  const frame = parse(text);
  return isRecord(frame) && 'result' in frame ? frame['result'] : frame;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
