import * as z from 'zod/v4';
import { compareAmounts } from '../../internal/decimal';
import { isSameAgent } from '../state/agent-settings';
import type { SettlementReceipt } from '../state/settlement-receipt';
import type { PaymentContext } from '../hold/payment-context';
import { queryAgentTask, type AgentFinder } from '../outcome/query-task';
import { finishRival } from './finish-by-task';
import { finishEntry } from './finish-entry';
import {
  defaultGraceMs,
  findLeftBehind,
  withFewerAttempts,
  type Finished,
  type FinishOptions,
  type WorkEntry,
} from './reconciled-hold';

/** A task of an agent: by its id, or as the result of the call that started it. */
export type SettlableTask =
  | {
      /** The model id. */
      agent: string;
      taskId: string;
    }
  | { providerMetadata: unknown };

export interface SettleTaskOptions {
  /** Finds agents by model id, to query the status of their tasks: `createA2A(…)`. */
  provider?: AgentFinder;
}

export type SettleTask = (
  task: SettlableTask,
  options?: SettleTaskOptions,
) => Promise<SettlementReceipt>;

/** Settles tasks that no call waits for, by the status that their agents report. */
export function createSettleTask(shared: PaymentContext): SettleTask {
  const context = withFewerAttempts(shared);
  const { journal } = context;
  /** Concurrent requests for one task share one result: a delivery is judged once. */
  const underWay = new Map<string, Promise<SettlementReceipt>>();

  return async (reference, options = {}) => {
    const task = taskOf(reference);
    if (task === undefined) return noHold;
    const key = JSON.stringify([task.agent, task.taskId]);
    const settling = underWay.get(key) ?? settle(task, options);
    underWay.set(key, settling);
    try {
      return await settling;
    } finally {
      underWay.delete(key);
    }
  };

  async function settle(
    { agent, taskId }: { agent: string; taskId: string },
    { provider }: SettleTaskOptions,
  ): Promise<SettlementReceipt> {
    const entries = await journal.listTask(taskId);
    const options: FinishOptions = {
      ask: async (entry) => queryAgentTask(provider, agent, entry.task),
      graceMs: 0,
      leftBehind: findLeftBehind(entries, { graceMs: defaultGraceMs, now: context.now() }),
    };
    const found: Finished[] = [];
    const rivals: WorkEntry[] = [];
    for (const entry of entries) {
      if (!isSameAgent(entry.agent, agent)) continue;
      const result = await finishEntry(context, entry, options);
      if (result !== 'rival') found.push(result);
      else if (entry.type !== 'settling') rivals.push(entry);
    }
    for (const entry of rivals) found.push(await finishRival(context, entry, options));
    const receipts = found.flatMap(({ as, hold: { receipt } }): SettlementReceipt[] =>
      receipt === undefined ? [] : [as === 'open' ? { ...receipt, status: 'kept' } : receipt],
    );
    return (
      receipts.find(({ captured = 0 }) => compareAmounts(captured, 0) > 0) ?? receipts[0] ?? noHold
    );
  }
}

const noHold: SettlementReceipt = { status: 'unsettled', reason: 'NO_HOLD' };

const resultOfTask = z.looseObject({
  a2a: z.looseObject({ agent: z.string(), taskId: z.string() }),
});

function taskOf(reference: SettlableTask): { agent: string; taskId: string } | undefined {
  if (!('providerMetadata' in reference)) return reference;
  return resultOfTask.safeParse(reference.providerMetadata).data?.a2a;
}
