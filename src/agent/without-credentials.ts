import {
  type Artifact,
  type Message,
  type Part,
  Role,
  type StreamResponse,
  type Task,
} from '@a2a-js/sdk';
import type { TaskStore } from '@a2a-js/sdk/server';

/**
 * A copy of a task that may be shown to every client that knows its id. Credentials are removed from the
 * metadata of the clients' messages. Elsewhere only payments are removed, since the agent's own output is its
 * own responsibility. The escrow id of a message is not a credential and stays.
 */
export function taskWithoutCredentials(task: Task): Task {
  const { artifacts, history, metadata, status } = task;
  return {
    ...task,
    metadata: without(metadata, isPayment),
    status: status && {
      ...status,
      message: status.message && messageWithoutCredentials(status.message),
    },
    history: history.map(messageWithoutCredentials),
    artifacts: artifacts.map(artifactWithoutCredentials),
  };
}

export function messageWithoutCredentials(message: Message): Message {
  const isSecret = message.role === Role.ROLE_USER ? isCredential : isPayment;
  const parts = message.parts.map((part) => partWithoutCredentials(part, isSecret));
  return { ...message, parts, metadata: without(message.metadata, isSecret) };
}

export function eventWithoutCredentials({ payload }: StreamResponse): StreamResponse {
  switch (payload?.$case) {
    case 'task':
      return { payload: { ...payload, value: taskWithoutCredentials(payload.value) } };
    case 'message':
      return { payload: { ...payload, value: messageWithoutCredentials(payload.value) } };
    case 'statusUpdate': {
      const { metadata, status } = payload.value;
      const message = status?.message && messageWithoutCredentials(status.message);
      const value = {
        ...payload.value,
        metadata: without(metadata, isPayment),
        status: status && { ...status, message },
      };
      return { payload: { ...payload, value } };
    }
    case 'artifactUpdate': {
      const { artifact, metadata } = payload.value;
      const value = {
        ...payload.value,
        metadata: without(metadata, isPayment),
        artifact: artifact && artifactWithoutCredentials(artifact),
      };
      return { payload: { ...payload, value } };
    }
    default:
      return { payload };
  }
}

/** Removes the credentials of clients' messages before storing, because stored tasks outlive the request. */
export function storeWithoutCredentials(store: TaskStore): TaskStore {
  return {
    save: (task, context) =>
      store.save({ ...task, history: task.history.map(messageWithoutCredentials) }, context),
    load: (taskId, context) => store.load(taskId, context),
    list: (params, context) => store.list(params, context),
  };
}

function artifactWithoutCredentials(artifact: Artifact): Artifact {
  const parts = artifact.parts.map((part) => partWithoutCredentials(part, isPayment));
  return { ...artifact, parts, metadata: without(artifact.metadata, isPayment) };
}

function partWithoutCredentials(part: Part, isSecret: (name: string) => boolean): Part {
  const { content, metadata } = part;
  return {
    ...part,
    metadata: without(metadata, isSecret),
    // Data is content of the conversation: only values that are certainly payments are removed.
    content:
      content?.$case === 'data'
        ? { $case: 'data', value: without(content.value, isPayment) }
        : content,
  };
}

/** Removes the secret members of all nested objects. Values without any are not copied. */
function without<VALUE>(value: VALUE, isSecret: (name: string) => boolean): VALUE;
function without(value: unknown, isSecret: (name: string) => boolean): unknown {
  if (Array.isArray(value)) {
    const items: unknown[] = value.map((item: unknown) => without(item, isSecret));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const before = Object.entries(value);
  const after = before
    .filter(([name]) => !isSecret(name))
    .map(([name, member]): [string, unknown] => [name, without(member, isSecret)]);
  return after.length === before.length && after.every(([, member], i) => member === before[i]?.[1])
    ? value
    : Object.fromEntries(after);
}

/** Names are compared without case and separators. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function isPayment(name: string): boolean {
  return payments.has(plain(name));
}

function isCredential(name: string): boolean {
  return payments.has(plain(name)) || credentials.has(plain(name));
}

const payments = new Set([
  'ap2mandatespaymentmandate',
  'paymentsignature',
  'x402accesstoken',
  'x402paymentpayload',
  'xpayment',
]);

const credentials = new Set([
  'accesskey',
  'accesstoken',
  'apikey',
  'apitoken',
  'authorization',
  'authtoken',
  'bearertoken',
  'clientsecret',
  'cookie',
  'credential',
  'credentials',
  'idtoken',
  'passphrase',
  'password',
  'privatekey',
  'proxyauthorization',
  'refreshtoken',
  'secret',
  'secretkey',
  'sessiontoken',
  'token',
  'xaccesstoken',
  'xapikey',
  'xauthtoken',
]);
