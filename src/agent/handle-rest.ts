import {
  AgentCard,
  ListTaskPushNotificationConfigsResponse,
  ListTasksRequest,
  ListTasksResponse,
  SendMessageRequest,
  SendMessageResponse,
  StreamResponse,
  Task,
  TaskPushNotificationConfig,
} from '@a2a-js/sdk';
import {
  ContentTypeNotSupportedError,
  InvalidAgentResponseError,
  RequestMalformedError,
  restStatusFor,
  TaskNotCancelableError,
  toRestErrorBody,
} from '@a2a-js/sdk/errors';
import {
  type A2ARequestHandler,
  type ServerCallContext,
  validateVersion,
} from '@a2a-js/sdk/server';
import * as z from 'zod/v4';
import { extensionHeaders } from './call-context';
import type { WaitUntil } from '../internal/keep-alive';
import { eventStreamResponse } from './event-stream-response';
import { BodyTooLargeError, readJson } from './read-json';
import { restContentHeaders } from './rest-content-headers';

interface RestCall {
  request: Request;
  /** The path relative to the agent's base path, for example `message:send`. */
  path: string;
  requestHandler: A2ARequestHandler;
  context: ServerCallContext;
  maxBodyBytes: number;
  waitUntil?: WaitUntil | undefined;
}

/** Handles one HTTP+JSON request of protocol 1.0. Undefined if the operation does not exist. */
export async function handleRest(call: RestCall): Promise<Response | undefined> {
  const target = `${call.request.method} ${call.path}`;
  for (const [pattern, operation] of operations) {
    const match = pattern.exec(target);
    if (match !== null) {
      return answer(call, operation, match.slice(1));
    }
  }
  return undefined;
}

type Operation = (
  call: RestCall,
  taskId: string,
  configId: string,
) => Promise<unknown> | AsyncGenerator<StreamResponse, void>;

const operations: Array<[RegExp, Operation]> = [
  [
    /^POST message:send$/,
    async (call) => {
      const { requestHandler, context } = call;
      const result = await requestHandler.sendMessage(await sendRequest(call), context);
      return SendMessageResponse.toJSON({
        payload:
          'messageId' in result
            ? { $case: 'message', value: result }
            : { $case: 'task', value: result },
      });
    },
  ],
  [
    /^POST message:stream$/,
    async function* (call) {
      const { requestHandler, context } = call;
      yield* requestHandler.sendMessageStream(await sendRequest(call), context);
    },
  ],
  [
    /^(?:GET|POST) tasks\/([^/]+):subscribe$/,
    ({ requestHandler, context }, id) => requestHandler.resubscribe({ id, tenant: '' }, context),
  ],
  [
    /^POST tasks\/([^/]+):cancel$/,
    async ({ requestHandler, context }, id) =>
      Task.toJSON(await requestHandler.cancelTask({ id, tenant: '', metadata: {} }, context)),
  ],
  [
    /^GET tasks\/([^/]+)$/,
    async ({ request, requestHandler, context }, id) => {
      const historyLength = wholeNumber(request, 'historyLength');
      return Task.toJSON(
        await requestHandler.getTask(
          { id, tenant: '', ...(historyLength !== undefined && { historyLength }) },
          context,
        ),
      );
    },
  ],
  [
    /^GET tasks$/,
    async ({ request, requestHandler, context }) => {
      const query = Object.fromEntries(new URL(request.url).searchParams);
      const result = await requestHandler.listTasks(
        ListTasksRequest.fromJSON({
          ...query,
          includeArtifacts: query.includeArtifacts === 'true',
        }),
        context,
      );
      const empty = { tasks: [], nextPageToken: '', pageSize: 0, totalSize: 0 };
      return { ...empty, ...jsonObject.parse(ListTasksResponse.toJSON(result)) };
    },
  ],
  [
    /^POST tasks\/([^/]+)\/pushNotificationConfigs$/,
    async (call, taskId) => {
      const { requestHandler, context } = call;
      const config = { ...(await requiredJson(call)), taskId };
      return TaskPushNotificationConfig.toJSON(
        await requestHandler.createTaskPushNotificationConfig(
          TaskPushNotificationConfig.fromJSON(config),
          context,
        ),
      );
    },
  ],
  [
    /^GET tasks\/([^/]+)\/pushNotificationConfigs$/,
    async ({ requestHandler, context }, taskId) =>
      ListTaskPushNotificationConfigsResponse.toJSON(
        await requestHandler.listTaskPushNotificationConfigs(
          { taskId, tenant: '', pageSize: 0, pageToken: '' },
          context,
        ),
      ),
  ],
  [
    /^GET tasks\/([^/]+)\/pushNotificationConfigs\/([^/]+)$/,
    async ({ requestHandler, context }, taskId, id) =>
      TaskPushNotificationConfig.toJSON(
        await requestHandler.getTaskPushNotificationConfig({ taskId, id, tenant: '' }, context),
      ),
  ],
  [
    /^DELETE tasks\/([^/]+)\/pushNotificationConfigs\/([^/]+)$/,
    ({ requestHandler, context }, taskId, id) =>
      requestHandler.deleteTaskPushNotificationConfig({ taskId, id, tenant: '' }, context),
  ],
  [
    /^GET extendedAgentCard$/,
    async ({ requestHandler, context }) =>
      AgentCard.toJSON(
        await requestHandler.getAuthenticatedExtendedAgentCard({ tenant: '' }, context),
      ),
  ],
];

async function answer(
  call: RestCall,
  operation: Operation,
  [taskId = '', configId = '']: string[],
): Promise<Response> {
  const { requestHandler, context, waitUntil } = call;
  try {
    validateVersion(context.requestedVersion, await requestHandler.getAgentCard(), 'HTTP+JSON');

    const result = operation(call, decode(taskId), decode(configId));
    if (Symbol.asyncIterator in result) {
      return eventStreamResponse({
        first: await result.next(),
        rest: result,
        encode: (event) => StreamResponse.toJSON(event),
        encodeError: (error) => toRestErrorBody(error, statusOf(error)),
        headers: extensionHeaders(context, { legacy: false }),
        waitUntil,
      });
    }

    const body = await result;
    const headers = extensionHeaders(context, { legacy: false });
    return body === undefined
      ? new Response(null, { status: 204, headers })
      : Response.json(body, { headers: { ...headers, ...restContentHeaders(call.request) } });
  } catch (error) {
    const status = statusOf(error);
    const headers = restContentHeaders(call.request);
    return Response.json(toRestErrorBody(error, status), { status, headers });
  }
}

/** The SDK's statuses differ from A2A 1.0 (section 5.4) for some errors, and it has no 413. */
function statusOf(error: unknown): number {
  if (error instanceof BodyTooLargeError) return 413;
  if (error instanceof ContentTypeNotSupportedError) return 415;
  if (error instanceof TaskNotCancelableError) return 409;
  if (error instanceof InvalidAgentResponseError) return 502;
  return restStatusFor(error);
}

const jsonObject = z.record(z.string(), z.unknown());

async function requiredJson({ request, maxBodyBytes }: RestCall): Promise<Record<string, unknown>> {
  const body = jsonObject.safeParse(await readJson(request, maxBodyBytes));
  if (!body.success) {
    throw new RequestMalformedError('The body must be a JSON object.');
  }
  return body.data;
}

async function sendRequest(call: RestCall): Promise<SendMessageRequest> {
  const params = SendMessageRequest.fromJSON(await requiredJson(call));
  if (!params.message?.messageId) {
    throw new RequestMalformedError('message.messageId is required');
  }
  return params;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new RequestMalformedError('The path is not correctly percent-encoded.');
  }
}

function wholeNumber(request: Request, name: string): number | undefined {
  const text = new URL(request.url).searchParams.get(name);
  if (text === null) {
    return undefined;
  }
  if (!/^\d+$/.test(text)) {
    throw new RequestMalformedError(`${name} must be a non-negative integer`);
  }
  return Number(text);
}
