import { delay } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { SettlementReceipt } from '../state/settlement-receipt';
import type { SettlementJournal } from '../state/settlement-journal';
import type { JournalEntry } from '../state/journal-entry';
import { type SettleTask, type SettleTaskOptions } from './settle-task';
import { haveCommon, shownDigests } from './webhook-credentials';

export interface PushNotificationOptions extends SettleTaskOptions {
  /**
   * The maximum body size in bytes; some notifications contain the whole task with its files. Default: 4194304
   * (4 MiB).
   */
  maxBytes?: number;
}

export type HandlePushNotification = (
  request: Request,
  options?: PushNotificationOptions,
) => Promise<Response>;

/** Handles the push notifications of agents about their tasks. */
export function createPushNotificationHandler({
  journal,
  settleTask,
}: {
  journal: SettlementJournal;
  settleTask: SettleTask;
}): HandlePushNotification {
  return async (request, { maxBytes = 4 * 1024 * 1024, ...options } = {}) => {
    if (request.method !== 'POST') return answer(405, { allow: 'POST' });
    const shown = await shownDigests(request.headers);
    if (shown.length === 0) return answer(401);
    const read = await readNotification(request, maxBytes);
    if (typeof read === 'number') return answer(read);
    try {
      const known = await journal.listTask(read.taskId);
      const heard = known.filter((entry) => haveCommon(shown, webhookOf(entry)));
      // The task is already settled, is unknown, or the token does not match: the response reveals nothing
      // about tasks.
      if (heard.length === 0) return answer(202);
      const agents = new Set(heard.map(({ agent }) => agent));
      const receipts = await Promise.all(
        [...agents].map((agent) => settleNow({ agent, taskId: read.taskId }, read.isOver, options)),
      );
      return answer(Math.max(...receipts.map(statusOf)));
    } catch {
      return answer(503);
    }
  };

  async function settleNow(
    task: { agent: string; taskId: string },
    isSaidToBeOver: boolean,
    options: SettleTaskOptions,
  ): Promise<SettlementReceipt> {
    const receipt = await settleTask(task, options);
    if (receipt.status !== 'kept' || !isSaidToBeOver) return receipt;
    // Some agents send the notification shortly before their own status query reports the end.
    await delay(againMs);
    return settleTask(task, options);
  }
}

const againMs = 500;

function webhookOf(entry: Exclude<JournalEntry, { type: 'lost' }>): string[] {
  return (entry.type === 'settling' ? entry.webhook : entry.work.webhook) ?? [];
}

function statusOf({ status }: SettlementReceipt): number {
  switch (status) {
    case 'kept':
      return 202;
    case 'pending':
      return 503;
    default:
      return 200;
  }
}

function answer(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

/** The used fields of a push notification. Everything else about the task is queried from the agent. */
interface PushNotification {
  taskId: string;
  /** The notification reports that the task has ended. */
  isOver: boolean;
}

const id = z.string().min(1).max(1000);
const status = z.looseObject({ state: z.string() }).optional().catch(undefined);

/** A task has an `id`; events about a task have a `taskId`. */
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

/** 1.0 wraps the payload in a named field; 0.3 posts the task, or an event, directly. */
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

/** Some agents post the whole response to a call. */
const notification = z.union([
  z.looseObject({ result: payload }).transform(({ result }) => result),
  payload,
]);

/** The notification, or the HTTP status that rejects it. */
async function readNotification(
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
