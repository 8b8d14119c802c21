import type { Quirk } from './litellm-gateway-quirks';
import { isJson, type Json } from './litellm-gateway-wire';

/** What a stream of JSON-RPC results becomes on its way through the gateway. */
export async function* shapeEvents(
  events: Iterable<Json> | AsyncIterable<Json>,
  quirk: Quirk | undefined,
): AsyncGenerator<Json> {
  const held: Json[] = [];
  for await (const event of events) {
    const isTerminal = /"state":"(completed|TASK_STATE_COMPLETED)"/.test(JSON.stringify(event));
    if (quirk === 'stream ends before the task' && isTerminal) return;
    const isHeld = quirk === 'streams in slices' || quirk === 'guardrail rewrites the stream';
    if (isHeld && textOf(event) !== undefined) {
      held.push(event);
      continue;
    }
    const [first, ...others] = held.splice(0);
    if (first !== undefined) {
      const text = [first, ...others].map(textOf).join('');
      if (quirk === 'guardrail rewrites the stream') {
        yield withText(first, text, false);
        for (const other of others) yield withText(other, '', true);
      } else {
        for (const [index, slice] of slices(text).entries())
          yield withText(first, slice, index > 0);
      }
    }
    yield event;
  }
}

/** The results in an agent's server-sent events; its errors as they came. */
export async function* eventsOf(answer: Response): AsyncGenerator<Json> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith('data:')) continue;
      const said: Json = JSON.parse(line.slice('data:'.length));
      yield isJson(said['result']) ? said['result'] : said;
    }
  }
}

function slices(text: string): string[] {
  const points = [...text];
  const count = Math.ceil(points.length / 5);
  return Array.from({ length: count }, (_, at) => points.slice(at * 5, at * 5 + 5).join(''));
}

/** The text of an event that brings nothing else. */
function textOf({ result }: Json): string | undefined {
  const artifact = isJson(result) ? result['artifact'] : undefined;
  const parts = isJson(artifact) && Array.isArray(artifact['parts']) ? artifact['parts'] : [];
  return parts.length > 0 && parts.every((part) => typeof part.text === 'string')
    ? parts.map((part) => part.text).join('')
    : undefined;
}

function withText(event: Json, text: string, append: boolean): Json {
  const result = isJson(event['result']) ? event['result'] : {};
  const artifact = isJson(result['artifact']) ? result['artifact'] : {};
  return {
    ...event,
    result: { ...result, append, artifact: { ...artifact, parts: [{ kind: 'text', text }] } },
  };
}
