import { A2A_CONTENT_TYPE, StreamResponse, TaskState, type Task } from '@a2a-js/sdk';
import { A2A_LEGACY_PROTOCOL_VERSION } from '@a2a-js/sdk/compat/v0_3';
import { V03PushNotificationSerializer } from '@a2a-js/sdk/compat/v0_3/server';
import type {
  DefaultRequestHandler,
  PushNotificationStore,
  ServerCallContext,
  StoredPushNotificationConfig,
} from '@a2a-js/sdk/server';
import type { WaitUntil } from './event-stream-response';

type Sender = NonNullable<ConstructorParameters<typeof DefaultRequestHandler>[5]>;

/** Milliseconds before each further try to tell of a task's end. */
const waitsMs = [250, 1000, 4000];
const timeoutMs = 5000;

/**
 * Posts what happens to a task to the webhooks that were registered for it, in order, in the protocol
 * version of each, with the token and the credentials that belong to it.
 *
 * The end of a task is told again when a webhook is down: whoever pays for the task waits for it. No
 * redirect is followed, because it would carry the credentials elsewhere. Says nothing on the console.
 */
export function createPushNotificationSender({
  store,
  fetch,
  waitUntil,
}: {
  store: PushNotificationStore;
  fetch: typeof globalThis.fetch;
  waitUntil?: WaitUntil | undefined;
}): Sender {
  const serializer03 = new V03PushNotificationSerializer();
  const underWay = new Map<string, Promise<void>>();

  return {
    async send(event, context, task) {
      const { taskId, isLast } = about(event);
      if (taskId === '') return;
      const before = underWay.get(taskId);
      // Written down now: the task goes on while this waits.
      const bodies = bodiesOf(event, task);
      const sending = (async () => {
        const configs = await load(taskId, context).catch(() => []);
        await before;
        await Promise.all(configs.map((config) => post(config, bodies, isLast)));
      })();
      underWay.set(taskId, sending);
      waitUntil?.(sending);
      await sending;
      if (underWay.get(taskId) === sending) underWay.delete(taskId);
    },
  };

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

  /** Never throws: what a webhook does not hear, its owner can ask for. */
  async function post(
    { config, wireVersion }: StoredPushNotificationConfig,
    bodies: ReturnType<typeof bodiesOf>,
    isLast: boolean,
  ): Promise<void> {
    const { authentication, token, url } = config;
    const isLegacy = wireVersion === A2A_LEGACY_PROTOCOL_VERSION;
    const { body, contentType } = isLegacy ? bodies.legacy : bodies.current;
    const { credentials, scheme } = authentication ?? {};
    const headers = {
      'content-type': contentType,
      ...(token && { 'x-a2a-notification-token': token }),
      ...(scheme && credentials && { authorization: `${scheme} ${credentials}` }),
    };
    for (const waitMs of isLast ? [...waitsMs, 0] : [0]) {
      try {
        const signal = AbortSignal.timeout(timeoutMs);
        const response = await fetch(url, {
          method: 'POST',
          headers,
          body,
          signal,
          redirect: 'manual',
        });
        await response.body?.cancel();
        if (response.status < 500 && response.status !== 429) return;
      } catch {
        // Not there, or too slow.
      }
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
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
