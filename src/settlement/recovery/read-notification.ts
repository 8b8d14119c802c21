import * as z from 'zod/v4';

/** What a push notification is taken for. Whatever else it says of its task, the agent is asked. */
export interface PushNotification {
  taskId: string;
  /** It says that the task has ended. */
  isOver: boolean;
}

const id = z.string().min(1).max(1000);
const status = z.looseObject({ state: z.string() }).optional().catch(undefined);

/** A task has its own id; what tells of one has the task's. */
const task = z
  .looseObject({ id, status })
  .transform((own) => ({ taskId: own.id, state: own.status?.state }));
const event = z
  .looseObject({ taskId: id, status })
  .transform((own) => ({ taskId: own.taskId, state: own.status?.state }));
const snakeEvent = z
  .looseObject({ task_id: id, status })
  .transform((own) => ({ taskId: own.task_id, state: own.status?.state }));
const anyEvent = z.union([event, snakeEvent]);

/** 1.0 names what it is; 0.3 posts the task, or an event, as it is. */
const payload = z.union([
  z.looseObject({ task }).transform((body) => body.task),
  z.looseObject({ statusUpdate: anyEvent }).transform((body) => body.statusUpdate),
  z.looseObject({ artifactUpdate: anyEvent }).transform((body) => body.artifactUpdate),
  z.looseObject({ status_update: anyEvent }).transform((body) => body.status_update),
  z.looseObject({ artifact_update: anyEvent }).transform((body) => body.artifact_update),
  z.looseObject({ message: anyEvent }).transform((body) => body.message),
  anyEvent,
  task,
]);

/** Some agents post the whole answer to a call. */
const notification = z.union([
  z.looseObject({ result: payload }).transform(({ result }) => result),
  payload,
]);

/** The notification, or the HTTP status that refuses it. */
export async function readNotification(
  request: Request,
  maxBytes: number,
): Promise<PushNotification | 400 | 413> {
  try {
    const text = await readBounded(request, maxBytes);
    if (text === undefined) return 413;
    const read = notification.safeParse(JSON.parse(text)).data;
    if (read === undefined) return 400;
    const { state = '', taskId } = read;
    return { taskId, isOver: /completed|failed|cancell?ed|rejected/i.test(state) };
  } catch {
    return 400;
  }
}

async function readBounded(request: Request, maxBytes: number): Promise<string | undefined> {
  if (Number(request.headers.get('content-length')) > maxBytes) return undefined;
  const reader = request.body?.getReader();
  if (reader === undefined) return '';
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.byteLength;
    if (bytes > maxBytes) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}
