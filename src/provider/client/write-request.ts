import type { A2APushNotificationConfig, A2ASendRequest } from './a2a-event';
import { maxListedTasks } from './task-of-message';
import { writeMessage, writePush, type Dialect } from './write-message';

export type A2AProtocolVersion = '1.0' | '0.3';

/** One operation of a call. */
export type A2AOperation =
  | ({ type: 'send' | 'stream' } & A2ASendRequest)
  | { type: 'subscribe' | 'get' | 'cancel'; taskId: string }
  | { type: 'push'; taskId: string; config: A2APushNotificationConfig }
  | { type: 'list'; contextId: string }
  | { type: 'card' };

/** The interface of an agent that requests are sent to. */
export interface A2AInterface {
  url: string;
  isRest: boolean;
  /** The tenant of protocol 1.0; empty for none. */
  tenant: string;
}

export interface WrittenRequest {
  url: string;
  method: 'GET' | 'POST';
  accept: string;
  body: string | undefined;
  /** The JSON-RPC id, which the response repeats. */
  id: string | undefined;
}

/**
 * Writes a request of protocol 1.0 (specification 1.0, sections 9.4 and 11.3) or 0.3 (specification 0.3.0,
 * section 7).
 *
 * @param id for JSON-RPC.
 */
export function writeRequest(
  operation: A2AOperation,
  { isRest, tenant, url }: A2AInterface,
  version: A2AProtocolVersion,
  id: string,
): WrittenRequest {
  const isStream = operation.type === 'stream' || operation.type === 'subscribe';
  const accept = isStream
    ? 'text/event-stream'
    : isRest && version === '1.0'
      ? 'application/a2a+json, application/json'
      : 'application/json';
  if (isRest) {
    const [method, path] = routes[version](operation);
    const within = version === '1.0' && tenant !== '' ? `/${encodeURIComponent(tenant)}` : '';
    const params = version === '1.0' ? params10(operation, tenant) : paramsRest03(operation);
    const hasBody = method === 'POST' && (isSend(operation) || operation.type === 'push');
    const body = hasBody ? JSON.stringify(params) : undefined;
    return { url: url + within + path, method, accept, body, id: undefined };
  }
  const rpc = methods[version][operation.type];
  const body =
    version === '1.0'
      ? { jsonrpc: '2.0', method: rpc, params: params10(operation, tenant), id }
      : { id, jsonrpc: '2.0', method: rpc, params: paramsRpc03(operation) };
  return { url, method: 'POST', accept, body: JSON.stringify(body), id };
}

const methods: Record<A2AProtocolVersion, Record<A2AOperation['type'], string>> = {
  '1.0': {
    send: 'SendMessage',
    stream: 'SendStreamingMessage',
    subscribe: 'SubscribeToTask',
    get: 'GetTask',
    cancel: 'CancelTask',
    push: 'CreateTaskPushNotificationConfig',
    list: 'ListTasks',
    card: 'GetExtendedAgentCard',
  },
  '0.3': {
    send: 'message/send',
    stream: 'message/stream',
    subscribe: 'tasks/resubscribe',
    get: 'tasks/get',
    cancel: 'tasks/cancel',
    push: 'tasks/pushNotificationConfig/set',
    list: 'tasks/list',
    card: 'agent/getAuthenticatedExtendedCard',
  },
};

/** Whether it is the name of an operation over JSON-RPC. */
export function isMethod(name: string | undefined): boolean {
  return Object.values(methods).some((of) => Object.values(of).some((known) => known === name));
}

type Route = ['GET' | 'POST', string];

const routes: Record<A2AProtocolVersion, (operation: A2AOperation) => Route> = {
  '1.0': (operation) =>
    operation.type === 'card' ? ['GET', '/extendedAgentCard'] : route(operation, 'POST'),
  '0.3': (operation) => {
    if (operation.type === 'card') return ['GET', '/v1/card'];
    const [method, path] = route(operation, 'GET');
    return [method, `/v1${path}`];
  },
};

function route(
  operation: Exclude<A2AOperation, { type: 'card' }>,
  subscribeBy: 'GET' | 'POST',
): Route {
  if (isSend(operation)) return ['POST', `/message:${operation.type}`];
  if (operation.type === 'list') return ['GET', `/tasks?${new URLSearchParams(listed(operation))}`];
  const path = `/tasks/${encodeURIComponent(operation.taskId)}`;
  switch (operation.type) {
    case 'subscribe':
      return [subscribeBy, `${path}:subscribe`];
    case 'get':
      return ['GET', path];
    case 'cancel':
      return ['POST', `${path}:cancel`];
    case 'push':
      return ['POST', `${path}/pushNotificationConfigs`];
  }
}

/** Undefined fields are omitted by the serializer. */
function params10(operation: A2AOperation, tenant: string): object {
  const within = { tenant: tenant || undefined };
  if (isSend(operation)) {
    const { acceptedOutputModes, message, pushNotification, returnImmediately } = operation;
    const configuration = {
      acceptedOutputModes: acceptedOutputModes.length > 0 ? acceptedOutputModes : undefined,
      taskPushNotificationConfig: pushNotification && writePush(pushNotification, '1.0'),
      returnImmediately: returnImmediately || undefined,
    };
    return { ...within, message: writeMessage(message, '1.0'), configuration };
  }
  if (operation.type === 'card') return within;
  if (operation.type === 'list') {
    const { contextId } = operation;
    return {
      ...within,
      contextId: contextId || undefined,
      pageSize: maxListedTasks,
      historyLength: maxListedTasks,
    };
  }
  const { taskId } = operation;
  return operation.type === 'push'
    ? { ...within, taskId, ...writePush(operation.config, '1.0') }
    : { ...within, id: taskId };
}

function paramsRpc03(operation: A2AOperation): object | undefined {
  if (isSend(operation)) {
    const { acceptedOutputModes, pushNotification, returnImmediately } = operation;
    const configuration = {
      blocking: !returnImmediately,
      acceptedOutputModes,
      pushNotificationConfig: pushNotification && writePush(pushNotification, '0.3'),
    };
    return { message: writeMessage(operation.message, '0.3'), configuration };
  }
  if (operation.type === 'card') return undefined;
  if (operation.type === 'list') return { contextId: operation.contextId || undefined };
  const { taskId } = operation;
  return operation.type === 'push'
    ? { taskId, pushNotificationConfig: writePush(operation.config, '0.3') }
    : { id: taskId };
}

function paramsRest03(operation: A2AOperation): object | undefined {
  const dialect: Dialect = '0.3 HTTP+JSON';
  if (isSend(operation)) {
    const { acceptedOutputModes, pushNotification, returnImmediately } = operation;
    const configuration = {
      acceptedOutputModes: acceptedOutputModes.length > 0 ? acceptedOutputModes : undefined,
      pushNotification: pushNotification && writePush(pushNotification, dialect),
      blocking: !returnImmediately || undefined,
    };
    return { message: writeMessage(operation.message, dialect), configuration };
  }
  if (operation.type !== 'push') return undefined;
  const name = `tasks/${operation.taskId}/pushNotificationConfigs/`;
  return { name, pushNotificationConfig: writePush(operation.config, dialect) };
}

function listed({ contextId }: { contextId: string }): Record<string, string> {
  const length = String(maxListedTasks);
  return { ...(contextId !== '' && { contextId }), pageSize: length, historyLength: length };
}

function isSend(operation: A2AOperation): operation is Extract<A2AOperation, A2ASendRequest> {
  return operation.type === 'send' || operation.type === 'stream';
}
