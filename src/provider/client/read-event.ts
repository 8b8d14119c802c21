import type { JSONValue } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import { readTaskState } from './task-state';
import type {
  A2AArtifact,
  A2AEvent,
  A2AMessage,
  A2APart,
  A2ATask,
  A2ATaskStatus,
} from './a2a-event';

type Json = Record<string, unknown>;

/** The differences of a dialect that cannot be recognised by shape. */
interface Dialect {
  /** Protocol 0.3 over HTTP+JSON wraps the value of a data part once more. */
  wrapsData: boolean;
}

/**
 * Reads an agent's event, in either protocol version and over either transport. It is recognised by its shape,
 * in an envelope or bare, because gateways mix the versions. Undefined for any other value.
 */
export function readEvent(value: unknown, dialect: Dialect): A2AEvent | undefined {
  if (!isRecord(value)) return undefined;
  const { kind } = value;
  if (typeof kind === 'string') {
    const type = kinds.get(kind);
    return type && readAs(type, value, value, dialect);
  }
  // In protocol 1.0, the key of an event is its kind.
  for (const key in value) {
    const type = envelopes.get(key);
    const inner = type && value[key];
    if (type !== undefined && isRecord(inner)) return readAs(type, inner, value, dialect);
  }
  const type = bareType(value);
  return type && readAs(type, value, value, dialect);
}

function readAs(type: A2AEvent['type'], value: Json, raw: unknown, dialect: Dialect): A2AEvent {
  switch (type) {
    case 'message':
      return { type, message: readMessage(value, dialect), raw };
    case 'task':
      return { type, task: readTask(value, dialect), raw };
    case 'status':
      return {
        type,
        taskId: readId(value['taskId'] ?? value['task_id']),
        contextId: readId(value['contextId'] ?? value['context_id']),
        status: readStatus(value['status'], dialect),
        metadata: readMetadata(value['metadata']),
        raw,
      };
    case 'artifact': {
      const { artifact } = value;
      return {
        type,
        taskId: readId(value['taskId'] ?? value['task_id']),
        contextId: readId(value['contextId'] ?? value['context_id']),
        artifact: readArtifact(isRecord(artifact) ? artifact : {}, dialect),
        append: value['append'] === true,
        metadata: readMetadata(value['metadata']),
        raw,
      };
    }
  }
}

const envelopes = new Map<string, A2AEvent['type']>([
  ['task', 'task'],
  ['message', 'message'],
  ['msg', 'message'],
  ['statusUpdate', 'status'],
  ['status_update', 'status'],
  ['artifactUpdate', 'artifact'],
  ['artifact_update', 'artifact'],
]);

const kinds = new Map<string, A2AEvent['type']>([
  ['task', 'task'],
  ['message', 'message'],
  ['status-update', 'status'],
  ['artifact-update', 'artifact'],
]);

function bareType(value: Json): A2AEvent['type'] | undefined {
  const isUpdate = 'taskId' in value || 'task_id' in value;
  if (isUpdate && isRecord(value['artifact'])) return 'artifact';
  if (isUpdate && isRecord(value['status'])) return 'status';
  if ('id' in value && isRecord(value['status'])) return 'task';
  const isMessage = 'messageId' in value || 'message_id' in value;
  return isMessage && Array.isArray(value['parts'] ?? value['content']) ? 'message' : undefined;
}

function readTask(task: Json, dialect: Dialect): A2ATask {
  return {
    id: readId(task['id']),
    contextId: readId(task['contextId'] ?? task['context_id']),
    status: readStatus(task['status'], dialect),
    artifacts: readEach(task['artifacts'], readArtifact, dialect),
    history: readEach(task['history'], readMessage, dialect),
    metadata: readMetadata(task['metadata']),
  };
}

function readMessage(message: Json, dialect: Dialect): A2AMessage {
  const { extensions, role } = message;
  return {
    messageId: readId(message['messageId'] ?? message['message_id']),
    contextId: readId(message['contextId'] ?? message['context_id']),
    taskId: readId(message['taskId'] ?? message['task_id']),
    role: userRoles.has(role) ? 'user' : 'agent',
    // Protocol 0.3 over HTTP+JSON has `content`.
    parts: readEach(message['parts'] ?? message['content'], readPart, dialect),
    metadata: readMetadata(message['metadata']),
    extensions: Array.isArray(extensions)
      ? extensions.filter((uri): uri is string => typeof uri === 'string')
      : [],
  };
}

/** Protobuf's JSON may have the number in place of the name. */
const userRoles = new Set<unknown>(['user', 'ROLE_USER', 1]);

function readArtifact(artifact: Json, dialect: Dialect): A2AArtifact {
  return {
    artifactId: readId(artifact['artifactId'] ?? artifact['artifact_id']),
    parts: readEach(artifact['parts'], readPart, dialect),
    metadata: readMetadata(artifact['metadata']),
  };
}

function readStatus(status: unknown, dialect: Dialect): A2ATaskStatus | undefined {
  if (!isRecord(status)) return undefined;
  // Protocol 0.3 over HTTP+JSON has `update`.
  const message = status['message'] ?? status['update'];
  const { timestamp } = status;
  return {
    state: readTaskState(status['state']),
    message: readStatusMessage(message, dialect),
    timestamp: typeof timestamp === 'string' ? timestamp : undefined,
  };
}

/** Some agents send a string in place of the message. */
function readStatusMessage(message: unknown, dialect: Dialect): A2AMessage | undefined {
  if (isRecord(message)) return readMessage(message, dialect);
  if (typeof message !== 'string') return undefined;
  return readMessage({ parts: [{ text: message }] }, dialect);
}

function readPart(part: Json, dialect: Dialect): A2APart | undefined {
  const { metadata, text } = part;
  // Most parts have a text and nothing else.
  if (typeof text === 'string') {
    return metadata === undefined
      ? { type: 'text', text }
      : { type: 'text', text, metadata: readMetadata(metadata) };
  }
  return isRecord(part['file']) ? readFile(part, part['file']) : readOther(part, dialect);
}

/** A file of protocol 0.3, in the spelling of either transport, and in Python's. */
function readFile({ metadata }: Json, file: Json): A2APart | undefined {
  const raw = file['bytes'] ?? file['fileWithBytes'] ?? file['file_with_bytes'];
  const url = file['uri'] ?? file['fileWithUri'] ?? file['file_with_uri'];
  const facts = {
    filename: readName(file['name'] ?? file['filename']),
    mediaType: readName(file['mimeType'] ?? file['mime_type'] ?? file['mediaType']),
    metadata: readMetadata(metadata),
  };
  if (typeof raw === 'string') return { type: 'raw', raw: toStandardBase64(raw), ...facts };
  return typeof url === 'string' && url !== '' ? { type: 'url', url, ...facts } : undefined;
}

function readOther(part: Json, dialect: Dialect): A2APart | undefined {
  const { data, metadata, raw, url } = part;
  const facts = {
    filename: readName(part['filename']),
    mediaType: readName(
      part['mediaType'] ?? part['media_type'] ?? part['mimeType'] ?? part['mime_type'],
    ),
    metadata: readMetadata(metadata),
  };
  // Checked before data, which some agents write as null in every part.
  if (typeof raw === 'string') return { type: 'raw', raw: toStandardBase64(raw), ...facts };
  if (typeof url === 'string') return { type: 'url', url, ...facts };
  return isJson(data)
    ? { type: 'data', ...facts, ...unwrapData(data, facts.metadata, dialect) }
    : undefined;
}

function unwrapData(
  data: JSONValue,
  metadata: Json | undefined,
  { wrapsData }: Dialect,
): { data: JSONValue; metadata?: Json | undefined } {
  if (!isRecord(data)) return { data };
  const inner = wrapsData && Object.keys(data).join() === 'data' ? data['data'] : data;
  // Protocol 0.3 allows objects only; the A2A SDK's servers mark other values with a flag.
  const value = metadata?.[compatFlag] === true && isRecord(inner) ? inner['value'] : undefined;
  if (!isJson(value)) return { data: isJson(inner) ? inner : null };
  const { [compatFlag]: _, ...others } = metadata ?? {};
  return { data: value, metadata: Object.keys(others).length === 0 ? undefined : others };
}

/** The value is a member of parsed JSON, so nothing else is possible. */
function isJson(value: unknown): value is JSONValue {
  return value !== undefined;
}

const compatFlag = 'data_part_compat';

function readId(id: unknown): string {
  if (typeof id === 'string') return id;
  // Some agents use numbers as task ids.
  return typeof id === 'number' ? String(id) : '';
}

function readName(name: unknown): string | undefined {
  return typeof name === 'string' && name !== '' ? name : undefined;
}

function readMetadata(metadata: unknown): Json | undefined {
  return isRecord(metadata) ? metadata : undefined;
}

function readEach<T>(
  list: unknown,
  read: (item: Json, dialect: Dialect) => T | undefined,
  dialect: Dialect,
): T[] {
  const all: T[] = [];
  if (!Array.isArray(list)) return all;
  for (const item of list) {
    const one = isRecord(item) ? read(item, dialect) : undefined;
    if (one !== undefined) all.push(one);
  }
  return all;
}

function toStandardBase64(text: string): string {
  // Protobuf's JSON also allows the URL-safe alphabet; the AI SDK passes base64 on unchanged.
  if (!text.includes('-') && !text.includes('_')) return text;
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return standard.padEnd(Math.ceil(standard.length / 4) * 4, '=');
}
