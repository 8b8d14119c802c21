import { isRecord } from '@ai-sdk/provider-utils';
import type { WireDialect, WirePayload } from './wire-payload';

type Json = Record<string, unknown>;

/**
 * Writes what an agent said in the client's dialect, as the answer to what the client asked.
 *
 * Undefined when it is no answer to that. An update that answers a message stands for its task.
 */
export function writePayload(
  payload: WirePayload,
  { asks, dialect }: { asks: 'send' | 'stream' | 'task'; dialect: WireDialect },
): Json | undefined {
  const answer = asks === 'stream' ? payload : withoutUpdates(payload);
  if (asks === 'task')
    return answer.type === 'task' ? writers[dialect].task(answer.value) : undefined;
  const written = writers[dialect][answer.type](answer.value);
  if (dialect === '0.3') return written;
  return {
    [dialect === '0.3-protobuf' && answer.type === 'message' ? 'msg' : answer.type]: written,
  };
}

function withoutUpdates(payload: WirePayload): WirePayload {
  if (payload.type === 'task' || payload.type === 'message') return payload;
  const { taskId: id, contextId, status, artifact, metadata } = payload.value;
  const value = {
    id,
    contextId,
    status: status ?? { state: 'TASK_STATE_WORKING' },
    artifacts: artifact === undefined ? [] : [artifact],
    ...(metadata !== undefined && { metadata }),
  };
  return { type: 'task', value };
}

type Writers = Record<WirePayload['type'], (value: Json) => Json>;

const same = (value: Json) => value;

const writers: Record<WireDialect, Writers> = {
  '1.0': { task: same, message: same, statusUpdate: same, artifactUpdate: same },
  '0.3': {
    task: (task) => ({
      ...task,
      kind: 'task',
      contextId: task['contextId'] ?? '',
      status: status03(task['status']),
      artifacts: each(task['artifacts'], artifact03),
      history: each(task['history'], message03),
    }),
    message: message03,
    statusUpdate: (update) => ({
      ...update,
      kind: 'status-update',
      status: status03(update['status']),
    }),
    artifactUpdate: (update) => ({
      ...update,
      kind: 'artifact-update',
      artifact: artifact03(isRecord(update['artifact']) ? update['artifact'] : {}),
    }),
  },
  '0.3-protobuf': {
    task: (task) => ({
      ...task,
      status: statusProtobuf(task['status']),
      artifacts: each(task['artifacts'], artifactProtobuf),
      history: each(task['history'], messageProtobuf),
    }),
    message: messageProtobuf,
    statusUpdate: (update) => ({ ...update, status: statusProtobuf(update['status']) }),
    artifactUpdate: (update) => ({
      ...update,
      artifact: artifactProtobuf(isRecord(update['artifact']) ? update['artifact'] : {}),
    }),
  },
};

function status03(status: unknown): Json {
  if (!isRecord(status)) return { state: 'unknown' };
  const { message } = status;
  return {
    ...status,
    state: lowerCase(status['state'], 'TASK_STATE_') ?? 'unknown',
    message: isRecord(message) ? message03(message) : undefined,
  };
}

function message03(message: Json): Json {
  return {
    ...message,
    kind: 'message',
    // The client demands one.
    messageId: message['messageId'] || crypto.randomUUID(),
    role: message['role'] === 'ROLE_USER' ? 'user' : 'agent',
    parts: each(message['parts'], part03),
  };
}

function artifact03(artifact: Json): Json {
  return {
    ...artifact,
    artifactId: artifact['artifactId'] ?? '',
    parts: each(artifact['parts'], part03),
  };
}

function part03({ raw, url, filename, mediaType, ...part }: Json): Json {
  if (part['text'] != null) return { ...part, kind: 'text' };
  if (part['data'] !== undefined) return { ...part, kind: 'data' };
  const file = raw == null ? { uri: url } : { bytes: raw };
  return { ...part, kind: 'file', file: { ...file, name: filename, mimeType: mediaType } };
}

function statusProtobuf(status: unknown): Json {
  if (!isRecord(status)) return { state: 'TASK_STATE_UNSPECIFIED' };
  const { message, ...rest } = status;
  const state = rest['state'] === 'TASK_STATE_CANCELED' ? 'TASK_STATE_CANCELLED' : rest['state'];
  return {
    ...rest,
    state: protobufStates.has(state) ? state : 'TASK_STATE_UNSPECIFIED',
    update: isRecord(message) ? messageProtobuf(message) : undefined,
  };
}

/** The client breaks on any other. */
const protobufStates = new Set<unknown>(
  [
    'SUBMITTED',
    'WORKING',
    'COMPLETED',
    'FAILED',
    'CANCELLED',
    'INPUT_REQUIRED',
    'REJECTED',
    'AUTH_REQUIRED',
  ].map((name) => `TASK_STATE_${name}`),
);

function messageProtobuf({ parts, ...message }: Json): Json {
  return {
    ...message,
    role: message['role'] === 'ROLE_USER' ? 'ROLE_USER' : 'ROLE_AGENT',
    content: each(parts, partProtobuf),
  };
}

function artifactProtobuf(artifact: Json): Json {
  return { ...artifact, parts: each(artifact['parts'], partProtobuf) };
}

function partProtobuf({ raw, url, filename, mediaType, ...part }: Json): Json {
  if (part['text'] != null) return part;
  if (part['data'] !== undefined) return { ...part, data: { data: part['data'] } };
  const file = raw == null ? { fileWithUri: url } : { fileWithBytes: raw };
  return { ...part, file: { ...file, name: filename, mimeType: mediaType } };
}

function lowerCase(value: unknown, prefix: string): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value.replace(prefix, '').toLowerCase().replaceAll('_', '-');
}

function each(list: unknown, write: (item: Json) => Json): Json[] {
  return Array.isArray(list) ? list.filter((item) => isRecord(item)).map(write) : [];
}
