import { A2A_CONTENT_TYPE, StreamResponse, TaskState, type Task } from '@a2a-js/sdk';
import { A2A_LEGACY_PROTOCOL_VERSION } from '@a2a-js/sdk/compat/v0_3';
import { V03PushNotificationSerializer } from '@a2a-js/sdk/compat/v0_3/server';
import type {
  DefaultRequestHandler,
  PushNotificationStore,
  ServerCallContext,
  StoredPushNotificationConfig,
} from '@a2a-js/sdk/server';
import type { createAddressPolicy } from './address-policy';
import { type AgentPushOptions, callbackHeaders, defaultMaxConfigs } from './admit-callback';
import type { WaitUntil } from '../internal/keep-alive';
import { eventWithoutCredentials, taskWithoutCredentials } from './without-credentials';

type Sender = NonNullable<ConstructorParameters<typeof DefaultRequestHandler>[5]>;

/**
 * The delay in milliseconds before the second attempt for a final notification. Each further delay is four
 * times as long.
 */
const firstWaitMs = 250;
/** The maximum number of tasks whose notifications are counted. */
const maxCounted = 10_000;

/**
 * Posts task updates to the registered webhooks, in order, in the protocol version of each webhook, with its
 * token and credentials.
 *
 * One message must not cause many requests: artifact chunks are not sent, progress notifications are limited,
 * and an address that is no longer allowed gets no request even if it is stored. The final notification is
 * retried if a webhook is unavailable, because the payer's settlement depends on it. Redirects are not
 * followed, because they would send the credentials to another address. Writes nothing to the console.
 */
export function createPushNotificationSender({
  store,
  judge,
  fetch,
  waitUntil,
  maxConfigsPerTask = defaultMaxConfigs,
  maxNotificationsPerTask = 20,
  maxTries = 4,
  timeoutMs = 10_000,
}: {
  store: PushNotificationStore;
  judge: ReturnType<typeof createAddressPolicy>;
  fetch: typeof globalThis.fetch;
  waitUntil?: WaitUntil | undefined;
} & Pick<
  AgentPushOptions,
  'maxConfigsPerTask' | 'maxNotificationsPerTask' | 'maxTries' | 'timeoutMs'
>): Sender {
  const serializer03 = new V03PushNotificationSerializer();
  const underWay = new Map<string, Promise<void>>();
  const told = new Map<string, number>();

  return {
    async send(event, context, task) {
      const { taskId, isLast } = about(event);
      if (taskId === '' || isPiece(event) || !(isLast || mayTell(taskId))) return;
      const before = underWay.get(taskId);
      // Serialized now: the task changes while the delivery waits.
      const bodies = bodiesOf(eventWithoutCredentials(event), task && taskWithoutCredentials(task));
      const sending = (async () => {
        const configs = await load(taskId, context).catch(() => []);
        await before;
        // Concurrent requests may have registered more addresses than the limit.
        const few = configs.slice(0, maxConfigsPerTask);
        await Promise.all(few.map((config) => post(config, bodies, isLast)));
      })();
      underWay.set(taskId, sending);
      waitUntil?.(sending);
      await sending;
      if (underWay.get(taskId) === sending) underWay.delete(taskId);
    },
  };

  /** Counts notifications, and removes the oldest task above the maximum. */
  function mayTell(taskId: string): boolean {
    const times = told.get(taskId) ?? 0;
    told.delete(taskId);
    told.set(taskId, times + 1);
    const [oldest] = told.keys();
    if (told.size > maxCounted && oldest !== undefined) told.delete(oldest);
    return times < maxNotificationsPerTask;
  }

  async function load(
    taskId: string,
    context: ServerCallContext,
  ): Promise<StoredPushNotificationConfig[]> {
    const stored = await store.loadWithMetadata?.(taskId, context);
    if (stored !== undefined) return stored;
    const wireVersion = context.requestedVersion || A2A_LEGACY_PROTOCOL_VERSION;
    return (await store.load(taskId, context)).map((config) => ({ config, wireVersion }));
  }

  function bodiesOf(event: StreamResponse, task: Task | undefined) {
    return {
      current: {
        body: JSON.stringify(StreamResponse.toJSON(event)),
        contentType: A2A_CONTENT_TYPE,
      },
      legacy: serializer03.serialize(event, task),
    };
  }

  /** Never throws: the webhook's owner can query the task instead. */
  async function post(
    { config, wireVersion }: StoredPushNotificationConfig,
    bodies: ReturnType<typeof bodiesOf>,
    isLast: boolean,
  ): Promise<void> {
    const isLegacy = wireVersion === A2A_LEGACY_PROTOCOL_VERSION;
    const { body, contentType } = isLegacy ? bodies.legacy : bodies.current;
    let waitMs = firstWaitMs;
    for (let tries = 1; ; tries++, waitMs *= 4) {
      try {
        const verdict = await judge(config.url);
        // A failed DNS lookup may succeed later.
        if (verdict.allowed && (await isTaken(verdict.url.href))) return;
      } catch {
        // The webhook is unavailable or timed out.
      }
      if (!isLast || !(tries < maxTries)) return;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }

    async function isTaken(url: string): Promise<boolean> {
      const headers = callbackHeaders(config);
      headers.set('content-type', contentType);
      const response = await fetch(url, {
        method: 'POST',
        headers,
        body,
        signal: AbortSignal.timeout(timeoutMs),
        redirect: 'manual',
      });
      await response.body?.cancel();
      return response.status < 500 && response.status !== 429;
    }
  }
}

/** An artifact chunk. The task contains the whole artifact. */
function isPiece({ payload }: StreamResponse): boolean {
  return payload?.$case === 'artifactUpdate' && (payload.value.append || !payload.value.lastChunk);
}

function about({ payload }: StreamResponse): { taskId: string; isLast: boolean } {
  switch (payload?.$case) {
    case 'task':
      return { taskId: payload.value.id, isLast: lastStates.has(payload.value.status?.state) };
    case 'statusUpdate':
      return { taskId: payload.value.taskId, isLast: lastStates.has(payload.value.status?.state) };
    default:
      return { taskId: payload?.value.taskId ?? '', isLast: false };
  }
}

const lastStates = new Set<TaskState | undefined>([
  TaskState.TASK_STATE_COMPLETED,
  TaskState.TASK_STATE_FAILED,
  TaskState.TASK_STATE_CANCELED,
  TaskState.TASK_STATE_REJECTED,
  TaskState.TASK_STATE_INPUT_REQUIRED,
  TaskState.TASK_STATE_AUTH_REQUIRED,
]);
