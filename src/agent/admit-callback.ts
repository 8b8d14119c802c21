import type { TaskPushNotificationConfig } from '@a2a-js/sdk';
import { RequestMalformedError } from '@a2a-js/sdk/errors';
import type { PushNotificationStore, ServerCallContext, User } from '@a2a-js/sdk/server';
import type { AddressPolicyOptions, createAddressPolicy } from './address-policy';

/** Which addresses push notifications are sent to, and how many. */
export interface AgentPushOptions extends AddressPolicyOptions {
  /**
   * Asked when a caller registers an address that the rules allow: `false` refuses it. The place for
   * a list of each user's hosts, or for a challenge that proves who owns the address.
   */
  approveCallback?:
    | ((callback: {
        url: URL;
        /** Undefined when the message that registers the address begins its task. */
        taskId: string | undefined;
        /** What `authenticate` returned. */
        user: User | undefined;
      }) => Promise<boolean> | boolean)
    | undefined;
  /** How many addresses one task may have. Default: 5. */
  maxConfigsPerTask?: number | undefined;
  /**
   * How often each address of a task is told of what lies between its beginning and its end. The
   * end, and a question to the caller, are always told. Default: 20.
   */
  maxNotificationsPerTask?: number | undefined;
  /** How often the end, or a question, is told to an address that is down. Default: 4. */
  maxTries?: number | undefined;
  /** How long one POST may take, in milliseconds. Default: 10000. */
  timeoutMs?: number | undefined;
}

export const defaultMaxConfigs = 5;

/** Refuses callbacks, before any work is done for who registers them. */
export function createCallbackAdmission({
  judge,
  store,
  approveCallback,
  maxConfigsPerTask = defaultMaxConfigs,
}: Pick<AgentPushOptions, 'approveCallback' | 'maxConfigsPerTask'> & {
  judge: ReturnType<typeof createAddressPolicy>;
  store: PushNotificationStore;
}) {
  /** @throws RequestMalformedError */
  return async (
    config: TaskPushNotificationConfig,
    taskId: string | undefined,
    context: ServerCallContext,
  ): Promise<void> => {
    const verdict = await judge(config.url);
    if (!verdict.allowed) {
      throw new RequestMalformedError(`pushNotificationConfig.url: ${verdict.reason}`);
    }
    try {
      callbackHeaders(config);
    } catch {
      throw new RequestMalformedError(
        'pushNotificationConfig: no header can hold its credentials.',
      );
    }
    if (taskId !== undefined) {
      const others = (await store.load(taskId, context)).filter(
        ({ id }) => id === '' || id !== config.id,
      );
      if (!(others.length < maxConfigsPerTask)) {
        throw new RequestMalformedError(
          `pushNotificationConfig: a task can have ${maxConfigsPerTask} at most.`,
        );
      }
    }
    const { url } = verdict;
    if ((await approveCallback?.({ url, taskId, user: context.user })) === false) {
      throw new RequestMalformedError('pushNotificationConfig.url: It is not allowed here.');
    }
  };
}

/**
 * What a callback knows the agent by.
 *
 * @throws TypeError for what no header can hold.
 */
export function callbackHeaders({ authentication, token }: TaskPushNotificationConfig): Headers {
  const { credentials, scheme } = authentication ?? {};
  return new Headers({
    ...(token && { 'x-a2a-notification-token': token }),
    ...(scheme && credentials && { authorization: `${scheme} ${credentials}` }),
  });
}
