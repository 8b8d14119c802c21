import type { TaskPushNotificationConfig } from '@a2a-js/sdk';
import { RequestMalformedError } from '@a2a-js/sdk/errors';
import type { PushNotificationStore, ServerCallContext, User } from '@a2a-js/sdk/server';
import type { AddressPolicyOptions, createAddressPolicy } from './address-policy';

/** Limits of push notifications: the allowed addresses and the number of requests. */
export interface AgentPushOptions extends AddressPolicyOptions {
  /**
   * Called when a client registers an address that the address policy allows; `false` refuses it. Use it for
   * an allowlist of hosts per user, or for a challenge that proves ownership of the address.
   */
  approveCallback?:
    | ((callback: {
        url: URL;
        /** Undefined if the message that registers the address starts its task. */
        taskId: string | undefined;
        /** The user that `authenticate` returned. */
        user: User | undefined;
      }) => Promise<boolean> | boolean)
    | undefined;
  /** The maximum number of addresses per task. Default: 5. */
  maxConfigsPerTask?: number | undefined;
  /**
   * The maximum number of progress notifications per address and task. The final notification, and a request
   * for input, are always sent. Default: 20.
   */
  maxNotificationsPerTask?: number | undefined;
  /** The maximum number of attempts to deliver a final notification or a request for input. Default: 4. */
  maxTries?: number | undefined;
  /** The timeout of one POST in milliseconds. Default: 10000. */
  timeoutMs?: number | undefined;
}

export const defaultMaxConfigs = 5;

/** Rejects invalid callbacks before any work starts. */
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
        'pushNotificationConfig: its credentials contain characters that are not allowed in a header.',
      );
    }
    if (taskId !== undefined) {
      const others = (await store.load(taskId, context)).filter(
        ({ id }) => id === '' || id !== config.id,
      );
      if (!(others.length < maxConfigsPerTask)) {
        throw new RequestMalformedError(
          `pushNotificationConfig: a task can have at most ${maxConfigsPerTask}.`,
        );
      }
    }
    const { url } = verdict;
    if ((await approveCallback?.({ url, taskId, user: context.user })) === false) {
      throw new RequestMalformedError('pushNotificationConfig.url: The address is not allowed.');
    }
  };
}

/**
 * The credentials of a callback as request headers.
 *
 * @throws TypeError if a credential is not a valid header value.
 */
export function callbackHeaders({ authentication, token }: TaskPushNotificationConfig): Headers {
  const { credentials, scheme } = authentication ?? {};
  return new Headers({
    ...(token && { 'x-a2a-notification-token': token }),
    ...(scheme && credentials && { authorization: `${scheme} ${credentials}` }),
  });
}
