import { isRecord } from '@ai-sdk/provider-utils';

type Json = Record<string, unknown>;

/** How the client wants answers written: 0.3 over HTTP+JSON has names of its own. */
export type WireDialect = '1.0' | '0.3' | '0.3-protobuf';

/** What an agent said, as protocol 1.0 writes it. */
export interface WirePayload {
  type: 'task' | 'message' | 'statusUpdate' | 'artifactUpdate';
  value: Json;
}

/**
 * Recognises what an agent said by its shape, in either protocol version, in an envelope or bare, and
 * writes it as 1.0 does. What these shapes do not know stays as it is; undefined for any other value.
 */
export function readPayload(
  value: unknown,
  { wrapsData }: { wrapsData: boolean },
): WirePayload | undefined {
  if (!isRecord(value)) return undefined;
  const read = (type: WirePayload['type'] | undefined, inner: Json): WirePayload | undefined =>
    type === undefined ? undefined : { type, value: readers[type](inner, wrapsData) };
  if (typeof value['kind'] === 'string') return read(kinds.get(value['kind']), value);
  for (const [key, type] of envelopes) {
    const inner = value[key];
    if (isRecord(inner)) return read(type, inner);
  }
  return read(bareType(value), value);
}

const kinds = new Map<string, WirePayload['type']>([
  ['task', 'task'],
  ['message', 'message'],
  ['status-update', 'statusUpdate'],
  ['artifact-update', 'artifactUpdate'],
]);

const envelopes = new Map<string, WirePayload['type']>([
  ['task', 'task'],
  ['message', 'message'],
  ['msg', 'message'],
  ['statusUpdate', 'statusUpdate'],
  ['status_update', 'statusUpdate'],
  ['artifactUpdate', 'artifactUpdate'],
  ['artifact_update', 'artifactUpdate'],
]);

function bareType(value: Json): WirePayload['type'] | undefined {
  const isUpdate = 'taskId' in value || 'task_id' in value;
  if (isUpdate && isRecord(value['artifact'])) return 'artifactUpdate';
  if (isUpdate && isRecord(value['status'])) return 'statusUpdate';
  if ('id' in value && isRecord(value['status'])) return 'task';
  const isMessage = 'messageId' in value || 'message_id' in value;
  return isMessage && isArray(value['parts'] ?? value['content']) ? 'message' : undefined;
}

type Reader = (value: Json, wrapsData: boolean) => Json;

const readTask: Reader = (task, wrapsData) => ({
  ...task,
  kind: undefined,
  ...textIds(task),
  status: readStatus(task['status'], wrapsData),
  artifacts: each(task['artifacts'], (artifact) => readArtifact(artifact, wrapsData)),
  history: each(task['history'], (message) => readMessage(message, wrapsData)),
});

const readMessage: Reader = ({ content, ...message }, wrapsData) => ({
  ...message,
  kind: undefined,
  ...textIds(message),
  role: readEnum(message['role'], 'ROLE', roles),
  parts: readParts(message['parts'] ?? content, wrapsData),
});

const readStatusUpdate: Reader = (update, wrapsData) => ({
  ...update,
  kind: undefined,
  ...textIds(update),
  status: readStatus(update['status'], wrapsData),
});

const readArtifactUpdate: Reader = (update, wrapsData) => ({
  ...update,
  kind: undefined,
  ...textIds(update),
  artifact: isRecord(update['artifact']) ? readArtifact(update['artifact'], wrapsData) : undefined,
});

const readArtifact: Reader = (artifact, wrapsData) => ({
  ...artifact,
  ...textIds(artifact),
  parts: readParts(artifact['parts'], wrapsData),
});

const readers: Record<WirePayload['type'], Reader> = {
  task: readTask,
  message: readMessage,
  statusUpdate: readStatusUpdate,
  artifactUpdate: readArtifactUpdate,
};

function readStatus(status: unknown, wrapsData: boolean): Json | undefined {
  if (!isRecord(status)) return undefined;
  const { update, ...rest } = status;
  const message = rest['message'] ?? update;
  return {
    ...rest,
    state: readEnum(rest['state'], 'TASK_STATE', states),
    message: readStatusMessage(message, wrapsData),
  };
}

/** Some agents write a text in place of the message. */
function readStatusMessage(message: unknown, wrapsData: boolean): Json | undefined {
  if (isRecord(message)) return readMessage(message, wrapsData);
  if (typeof message !== 'string') return undefined;
  return { messageId: '', role: 'ROLE_AGENT', parts: [{ text: message }] };
}

function readParts(parts: unknown, wrapsData: boolean): Json[] {
  return each(parts, (part) => readPart(part, wrapsData));
}

function readPart(part: Json, wrapsData: boolean): Json | undefined {
  const { file, mimeType, mime_type, ...others } = part;
  const rest = { ...others, kind: undefined };
  if (isRecord(file)) {
    const { bytes, uri, fileWithBytes, fileWithUri, file_with_bytes, file_with_uri } = file;
    const raw = bytes ?? fileWithBytes ?? file_with_bytes;
    const url = uri ?? fileWithUri ?? file_with_uri;
    if (raw == null && !url) return undefined;
    return {
      ...rest,
      ...(raw == null ? { url } : { raw }),
      data: undefined,
      filename: file['name'] ?? file['filename'],
      mediaType: file['mimeType'] ?? file['mime_type'] ?? file['mediaType'],
    };
  }
  const mediaType = part['mediaType'] ?? part['media_type'] ?? mimeType ?? mime_type;
  const named = mediaType == null ? rest : { ...rest, mediaType };
  // Before data, which some agents write as null in every part.
  const isKnown = [part['text'], part['raw'], part['url']].some((content) => content != null);
  if (isKnown) return { ...named, data: undefined };
  return part['data'] === undefined ? undefined : { ...named, ...unwrapData(part, wrapsData) };
}

function unwrapData({ data, metadata }: Json, wrapsData: boolean): Json {
  if (!isRecord(data)) return { data };
  if (wrapsData && Object.keys(data).join() === 'data') return { data: data['data'] };
  // Protocol 0.3 allows objects only; the SDK's servers mark what is none.
  if (!isRecord(metadata) || metadata[compatFlag] !== true || !('value' in data)) return { data };
  return { data: data['value'], metadata: { ...metadata, [compatFlag]: undefined } };
}

const compatFlag = 'data_part_compat';

/** By the numbers of the protocol's schema, which its JSON may use in place of the names. */
const states = [
  'UNSPECIFIED',
  'SUBMITTED',
  'WORKING',
  'COMPLETED',
  'FAILED',
  'CANCELED',
  'INPUT_REQUIRED',
  'REJECTED',
  'AUTH_REQUIRED',
];
const roles = ['UNSPECIFIED', 'USER', 'AGENT'];

function readEnum(value: unknown, prefix: string, names: string[]): unknown {
  if (typeof value === 'number') return names[value] ? `${prefix}_${names[value]}` : value;
  if (typeof value !== 'string') return value;
  const name = value.toUpperCase().replaceAll('-', '_').replace(`${prefix}_`, '');
  return `${prefix}_${name === 'CANCELLED' ? 'CANCELED' : name}`;
}

/** Some agents number their tasks, and some write names in snake case, as Python does. */
function textIds(value: Json): Json {
  const ids: Json = {};
  for (const [key, snakeCase] of idKeys) {
    const id = value[key] ?? value[snakeCase];
    if (typeof id === 'number' || typeof id === 'string') ids[key] = String(id);
  }
  return ids;
}

const idKeys = [
  ['id', 'id'],
  ['taskId', 'task_id'],
  ['contextId', 'context_id'],
  ['messageId', 'message_id'],
  ['artifactId', 'artifact_id'],
] as const;

function each(list: unknown, read: (item: Json) => Json | undefined): Json[] {
  if (!isArray(list)) return [];
  return list
    .filter((item) => isRecord(item))
    .map(read)
    .filter((item) => item !== undefined);
}

function isArray(value: unknown): value is unknown[] {
  return Array.isArray(value);
}
