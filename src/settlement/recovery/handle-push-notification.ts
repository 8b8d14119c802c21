import { delay } from '@ai-sdk/provider-utils';
import type { SettlementReceipt } from '../state/settlement-receipt';
import { readNotification } from './read-notification';
import type { SettlementJournal } from '../state/settlement-journal';
import type { JournalEntry } from '../state/journal-entry';
import { type SettleTask, type SettleTaskOptions } from './settle-task';
import { haveCommon, shownDigests } from './webhook-credentials';

export interface PushNotificationOptions extends SettleTaskOptions {
  /** Of a notification; some hold the whole task, with its files. Default: 4194304 (4 MiB). */
  maxBytes?: number;
}

export type HandlePushNotification = (
  request: Request,
  options?: PushNotificationOptions,
) => Promise<Response>;

/** Answers agents that tell of their tasks. */
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
      // Settled already, not ours, or shown what is not its token: strangers learn nothing of tasks.
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
    // Some agents tell of the end a moment before they would say so themselves.
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
