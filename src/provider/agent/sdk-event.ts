import { convertUint8ArrayToBase64, isRecord } from '@ai-sdk/provider-utils';
import type { A2AEvent } from '../client/a2a-event';
import { maxNesting } from '../client/a2a-limits';
import { dropPollution } from '../client/json-guards';
import { readEvent } from '../client/read-event';
import { readTaskState } from '../client/task-state';

type Json = Record<string, unknown>;

/** What the A2A SDK's client yields of a stream. Undefined for an event of an unknown kind. */
export function readSdkEvent(event: unknown): A2AEvent | undefined {
  const payload = isRecord(event) ? event['payload'] : undefined;
  if (!isRecord(payload)) return undefined;
  const { $case: kind, value } = payload;
  return typeof kind === 'string' && isRecord(value) ? read(kind, value) : undefined;
}

/** What the A2A SDK's client answers to a message, or to a question for a task. */
export function readSdkResult(result: unknown): A2AEvent | undefined {
  if (!isRecord(result)) return undefined;
  return read('messageId' in result ? 'message' : 'task', result);
}

/** In the JSON of protocol 1.0, which is what `raw` stream parts show, and what has a reader already. */
function read(kind: string, value: Json): A2AEvent | undefined {
  const json = envelopes.get(kind)?.(value);
  return json && readEvent({ [kind]: json }, { wrapsData: false });
}

const envelopes = new Map<string, (value: Json) => Json>([
  ['message', message],
  [
    'task',
    (task) => ({
      ...task,
      status: status(task['status']),
      artifacts: each(task['artifacts'], artifact),
      history: each(task['history'], message),
      metadata: guarded(task['metadata']),
    }),
  ],
  [
    'statusUpdate',
    (update) => ({
      ...update,
      status: status(update['status']),
      metadata: guarded(update['metadata']),
    }),
  ],
  [
    'artifactUpdate',
    (update) => ({
      ...update,
      artifact: isRecord(update['artifact']) ? artifact(update['artifact']) : undefined,
      metadata: guarded(update['metadata']),
    }),
  ],
]);

function message(value: Json): Json {
  return {
    ...value,
    role: value['role'] === 1 ? 'ROLE_USER' : 'ROLE_AGENT',
    parts: each(value['parts'], part),
    metadata: guarded(value['metadata']),
  };
}

function artifact(value: Json): Json {
  return {
    ...value,
    parts: each(value['parts'], part),
    metadata: guarded(value['metadata']),
  };
}

function status(value: unknown): Json | undefined {
  if (!isRecord(value)) return undefined;
  const said = value['message'];
  const state = readTaskState(value['state']).toUpperCase().replaceAll('-', '_');
  return {
    ...value,
    state: `TASK_STATE_${state}`,
    message: isRecord(said) ? message(said) : undefined,
  };
}

function part({ content, filename, mediaType, metadata }: Json): Json {
  const facts = { filename, mediaType, metadata: guarded(metadata) };
  if (!isRecord(content)) return facts;
  const { $case: kind, value } = content;
  switch (kind) {
    case 'text':
    case 'url':
      return { [kind]: value, ...facts };
    case 'raw':
      return {
        raw: value instanceof Uint8Array ? convertUint8ArrayToBase64(value) : undefined,
        ...facts,
      };
    case 'data':
      return { data: guarded(value), ...facts };
    default:
      return facts;
  }
}

function each(list: unknown, convert: (item: Json) => Json): Json[] {
  return Array.isArray(list) ? list.filter((item) => isRecord(item)).map(convert) : [];
}

/** What the agent wrote as it liked: as deep, and under the keys, that its JSON may have. */
function guarded(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (nests(value, maxNesting)) throw new Error('The answer nests its JSON too deeply.');
  dropPollution(value);
  return value;
}

function nests(value: unknown, levelsLeft: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levelsLeft === 0 || Object.values(value).some((child) => nests(child, levelsLeft - 1));
}
