import {
  type SendMessageRequest,
  type StreamResponse,
  type TaskPushNotificationConfig,
  TaskState,
} from '@a2a-js/sdk';
import { A2A_LEGACY_PROTOCOL_VERSION } from '@a2a-js/sdk/compat/v0_3';
import { RequestMalformedError, TaskNotCancelableError } from '@a2a-js/sdk/errors';
import type {
  A2ARequestHandler,
  ExecutionEventBusManager,
  ServerCallContext,
} from '@a2a-js/sdk/server';
import type { createCallbackAdmission } from './admit-callback';
import type { ExecutorGate } from './executor-gate';
import { isOver } from './task-states';
import {
  eventWithoutCredentials,
  messageWithoutCredentials,
  taskWithoutCredentials,
} from './without-credentials';

/**
 * Wraps the SDK's request handler for all transports: validates what the SDK does not validate, and removes
 * credentials from responses.
 */
export function guardRequests({
  handler,
  buses,
  admitCallback,
  gate,
}: {
  handler: A2ARequestHandler;
  /** The event buses of the handler. */
  buses: ExecutionEventBusManager;
  /** Undefined if the agent does not support push notifications. */
  admitCallback: ReturnType<typeof createCallbackAdmission> | undefined;
  /** The checks of the agent's executor. */
  gate: ExecutorGate;
}): A2ARequestHandler {
  return {
    getAgentCard: () => handler.getAgentCard(),
    getAuthenticatedExtendedAgentCard: (params, context) =>
      handler.getAuthenticatedExtendedAgentCard(params, context),

    async sendMessage(params, context) {
      await admit(params, context);
      const result = await handler.sendMessage(params, context);
      return 'messageId' in result
        ? messageWithoutCredentials(result)
        : taskWithoutCredentials(result);
    },
    async *sendMessageStream(params, context) {
      await admit(params, context);
      yield* shownEvents(handler.sendMessageStream(params, context));
    },
    resubscribe: (params, context) => shownEvents(handler.resubscribe(params, context)),

    async getTask(params, context) {
      requireHistoryLength(params);
      return taskWithoutCredentials(await handler.getTask(params, context));
    },
    async listTasks(params, context) {
      requireHistoryLength(params);
      const list = await handler.listTasks(params, context);
      return { ...list, tasks: list.tasks.map(taskWithoutCredentials) };
    },
    async cancelTask(params, context) {
      await admitCancel(params.id, context);
      const task = await handler.cancelTask(params, context);
      // The SDK removes a bus only when its executor returns, which that of a waiting task has already done.
      buses.getByTaskId(task.id, context)?.finished();
      buses.cleanupByTaskId(task.id, context);
      return taskWithoutCredentials(task);
    },

    async createTaskPushNotificationConfig(params, context) {
      await admitCallback?.(params, params.taskId, context);
      return handler.createTaskPushNotificationConfig(params, context);
    },
    async getTaskPushNotificationConfig(params, context) {
      const id = params.id || (await firstConfigId(params.taskId, context));
      return shown(await handler.getTaskPushNotificationConfig({ ...params, id }, context));
    },
    async listTaskPushNotificationConfigs(params, context) {
      const list = await handler.listTaskPushNotificationConfigs(params, context);
      return { ...list, configs: list.configs.map(shown) };
    },
    deleteTaskPushNotificationConfig: (params, context) =>
      handler.deleteTaskPushNotificationConfig(params, context),
  };

  /** @throws RequestMalformedError */
  async function admit(
    { message, configuration }: SendMessageRequest,
    context: ServerCallContext,
  ): Promise<void> {
    if (message?.parts.length === 0) {
      throw new RequestMalformedError('message.parts must contain at least one part.');
    }
    requireHistoryLength(configuration);
    const callback = configuration?.taskPushNotificationConfig;
    if (callback !== undefined) {
      await admitCallback?.(callback, message?.taskId || undefined, context);
    }
    if (message !== undefined) await gate.admitMessage?.(message, context);
  }

  /** Calls the gate only for tasks that belong to the client and can be canceled. */
  async function admitCancel(id: string, context: ServerCallContext): Promise<void> {
    const isLegacy = context.requestedVersion === A2A_LEGACY_PROTOCOL_VERSION;
    if (gate.admitCancel === undefined && !isLegacy) return;
    const { status } = await handler.getTask({ id, tenant: '', historyLength: 0 }, context);
    // In 1.0 cancel is idempotent (section 3.3.1); in 0.3 a second cancel is an error.
    if (isLegacy && status?.state === TaskState.TASK_STATE_CANCELED) {
      throw new TaskNotCancelableError(`Task not cancelable: ${id}`);
    }
    if (!isOver(status?.state)) await gate.admitCancel?.(id);
  }

  /** In protocol 0.3 the config id is optional. */
  async function firstConfigId(taskId: string, context: ServerCallContext): Promise<string> {
    const params = { taskId, tenant: '', pageSize: 0, pageToken: '' };
    const { configs } = await handler.listTaskPushNotificationConfigs(params, context);
    return configs[0]?.id ?? '';
  }
}

/** @throws RequestMalformedError */
function requireHistoryLength(params: { historyLength?: number | undefined } | undefined): void {
  const historyLength = params?.historyLength ?? 0;
  if (!Number.isInteger(historyLength) || historyLength < 0) {
    throw new RequestMalformedError('historyLength must be a whole number >= 0.');
  }
}

async function* shownEvents(
  events: AsyncGenerator<StreamResponse, void, undefined>,
): AsyncGenerator<StreamResponse, void, undefined> {
  for await (const event of events) {
    yield eventWithoutCredentials(event);
  }
}

/** Credentials are write-only (A2A, push notifications). */
function shown(config: TaskPushNotificationConfig): TaskPushNotificationConfig {
  const { authentication } = config;
  return {
    ...config,
    token: '',
    authentication: authentication && { ...authentication, credentials: '' },
  };
}
