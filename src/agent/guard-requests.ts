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
 * Stands before the SDK's handler, for all transports alike: refuses what the SDK would take, and
 * shows no credentials.
 */
export function guardRequests({
  handler,
  buses,
  admitCallback,
  gate,
}: {
  handler: A2ARequestHandler;
  /** Those of the handler. */
  buses: ExecutionEventBusManager;
  /** Undefined when the agent offers no push notifications. */
  admitCallback: ReturnType<typeof createCallbackAdmission> | undefined;
  /** The agent's executor. */
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
      // The SDK forgets a task's bus when its executor returns: that of a waiting one has long.
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
      throw new RequestMalformedError('message.parts must hold a part at least.');
    }
    requireHistoryLength(configuration);
    const callback = configuration?.taskPushNotificationConfig;
    if (callback !== undefined) {
      await admitCallback?.(callback, message?.taskId || undefined, context);
    }
    if (message !== undefined) await gate.admitMessage?.(message, context);
  }

  /** Asks the agent about tasks only that the caller may see, and that can be canceled. */
  async function admitCancel(id: string, context: ServerCallContext): Promise<void> {
    const isLegacy = context.requestedVersion === A2A_LEGACY_PROTOCOL_VERSION;
    if (gate.admitCancel === undefined && !isLegacy) return;
    const { status } = await handler.getTask({ id, tenant: '', historyLength: 0 }, context);
    // In 1.0 a second cancel has the effect of the first (section 3.3.1); in 0.3 it is an error.
    if (isLegacy && status?.state === TaskState.TASK_STATE_CANCELED) {
      throw new TaskNotCancelableError(`Task not cancelable: ${id}`);
    }
    if (!isOver(status?.state)) await gate.admitCancel?.(id);
  }

  /** Protocol 0.3 lets callers leave out which one they mean. */
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
    throw new RequestMalformedError('historyLength must be a whole number, and not negative.');
  }
}

async function* shownEvents(
  events: AsyncGenerator<StreamResponse, void, undefined>,
): AsyncGenerator<StreamResponse, void, undefined> {
  for await (const event of events) {
    yield eventWithoutCredentials(event);
  }
}

/** Credentials are written, never read back (A2A, push notifications). */
function shown(config: TaskPushNotificationConfig): TaskPushNotificationConfig {
  const { authentication } = config;
  return {
    ...config,
    token: '',
    authentication: authentication && { ...authentication, credentials: '' },
  };
}
