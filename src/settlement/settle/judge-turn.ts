import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { CallWatch } from '../../internal/call-watch';
import { contextOf, type FinishedGeneration } from '../../internal/finished-generation';
import type { AgentAnswer } from '../../rails/rail';
import type { ActiveHold } from '../hold/active-hold';
import { hasConversation, type CallConversation } from '../hold/conversation-of';
import type { KeptHold } from '../hold/kept-mark';
import { payingHold } from '../hold/paid-tasks';
import type { TaskTurn } from '../hold/task-turns';
import { answerOf } from '../outcome/agent-answer';
import { decideAbort } from '../outcome/decide-abort';
import { beforeLapse } from '../outcome/judge-delivery';
import { type QueriedTask } from '../outcome/query-task';
import type { Outcome } from '../state/settlement-state';
import type { PaymentDeps } from './payment';
import { isWaitingState, outcomeOfTask } from '../state/task-states';

/** The decision about a hold, and the agent's last answer. */
export interface JudgedTurn {
  outcome: Outcome;
  answer?: AgentAnswer | undefined;
}

/**
 * Decides what the end of a call means for its hold.
 *
 * For a task that other calls may continue, here or on another machine, only the task's own state decides: so
 * one call cannot refund what another releases. Never throws.
 */
export async function judgeTurn(
  { context, options }: Pick<PaymentDeps, 'context' | 'options'>,
  {
    active,
    continued,
    conversation: { contextId, isResumed, taskId: named },
    madeAt,
    model,
    task,
    turn,
  }: {
    active: ActiveHold;
    /** The task that continues under its hold. */
    continued: KeptHold | undefined;
    conversation: CallConversation;
    model: LanguageModelV4;
    /** When the hold was made for this call, by the ledger's clock; undefined for a kept hold. */
    madeAt: number | undefined;
    task: string | undefined;
    /** The lock on the task that the call continues. */
    turn: TaskTurn | undefined;
  },
  {
    answer,
    ask: queryTask,
    generation,
    outcome,
  }: JudgedTurn & {
    /** Queries the status of the task. */
    ask: () => Promise<QueriedTask | undefined>;
    /** The result of the call, possibly incomplete. */
    generation: FinishedGeneration | undefined;
  },
): Promise<JudgedTurn> {
  let last = answer;
  const isShared = continued !== undefined || named !== undefined;
  if (continued !== undefined && saysNothing(outcome)) {
    const isWorking = continued.workingSince !== undefined;
    return { outcome: { type: 'paused', taskId: continued.taskId, isWorking } };
  }
  const delivery = { generation, elapsedMs: await elapsedMs() };
  const judged = await judge();
  return { outcome: judged, answer: last };

  async function judge(): Promise<Outcome> {
    switch (outcome.type) {
      case 'paused':
        return outcome;
      case 'delivered':
        return (await isAnothers(generation)) ?? active.judge(outcome, delivery);
      case 'failed':
        return outcome.reason === 'aborted' ? judgeAborted() : judgeFailed(outcome);
    }
  }

  async function judgeAborted(): Promise<Outcome> {
    const asked = await ask();
    if (isLeftToOthers(asked)) return leave(asked);
    const decided = await decideAbort({
      asked,
      measure: () => active.measure(delivery),
      onAbort: options.onAbort ?? 'refund',
    });
    return asked?.state === 'completed' ? judgeCompleted(decided, asked) : decided;
  }

  async function judgeFailed({ reason }: Extract<Outcome, { type: 'failed' }>): Promise<Outcome> {
    if (continued === undefined) return outcome;
    const asked = await ask();
    // The agent's own error reports that the task has ended. Some agents do not store that state.
    const isSaid = reason.startsWith('task-');
    if (!isSaid && isLeftToOthers(asked)) return leave(asked);
    return asked?.state === 'completed' ? judgeCompleted({ type: 'delivered' }, asked) : outcome;
  }

  /** Another turn may have completed the task, and paid for it. */
  async function judgeCompleted(decided: Outcome, { generation: own }: QueriedTask) {
    return (await isAnothers(own)) ?? active.judge(decided, { ...delivery, generation: own });
  }

  async function ask(): Promise<QueriedTask | undefined> {
    const asked = await queryTask();
    last = answerOf(asked?.generation.providerMetadata) ?? last;
    return asked;
  }

  /** Another call may be using the task, which has not ended. */
  function isLeftToOthers(asked: QueriedTask | undefined): boolean {
    if (continued === undefined) return false;
    const isOver = asked !== undefined && outcomeOfTask(asked.state) !== undefined;
    return !isOver && (isWaitingState(asked?.state) || turn?.isSure() !== true);
  }

  /** Leaves the hold to the next turn of its task, or to `reconcile`. */
  function leave(asked: QueriedTask | undefined): Outcome {
    const taskId = task ?? continued?.taskId ?? '';
    return { type: 'paused', taskId, isWorking: !isWaitingState(asked?.state) };
  }

  /** Several holds may have been made for the task, here or on other machines: one of them pays. */
  async function isAnothers(end: FinishedGeneration | undefined): Promise<Outcome | undefined> {
    const { agent, hold } = active;
    if (task === undefined || hold.pays === 'message') return undefined;
    const paidTask = { agent, taskId: task, contextId: contextOf(end?.providerMetadata) };
    if (!isShared && contextId === undefined && hasConversation(model)) {
      context.paid.note(paidTask, hold);
      return undefined;
    }
    const paying = isShared
      ? await payingHold(
          { ...context, rail: active.rail },
          { agent, hold, task },
          () => true,
        ).catch(() => 'unclear')
      : 'this';
    if (paying === 'unclear') return leave(undefined);
    const isOurs =
      paying === 'this' && (await context.paid.claim(paidTask, hold, madeAt)) === 'this';
    return isOurs ? undefined : { type: 'failed', reason: 'superseded' };
  }

  /** The task is unchanged: the agent did not receive this turn, or only its status was queried. */
  function saysNothing(ended: Outcome): boolean {
    if (ended.type !== 'failed') return false;
    const { reason } = ended;
    return (
      reason === 'not-dispatched' ||
      reason === 'unreachable' ||
      (isResumed && (reason === 'error' || reason === 'stream-cut'))
    );
  }

  /** The task may have been done long before it was resumed. */
  async function elapsedMs(): Promise<number> {
    const isLate = isResumed && active.isTimed && outcome.type === 'delivered';
    const asked = isLate ? await ask() : undefined;
    return asked === undefined ? active.elapsedMs : active.elapsedAt(asked.at);
  }
}

/**
 * Asks the watch of the call whether its answer is accepted. A rejected answer is refunded; a watch that throws
 * or times out rejects. Never throws.
 */
export async function askWatch(
  watch: CallWatch | undefined,
  judged: Outcome,
  {
    active: { hold, now },
    generation,
    reported,
  }: {
    active: ActiveHold;
    generation: FinishedGeneration | undefined;
    /** How the call ended for its caller. */
    reported: Outcome;
  },
): Promise<Outcome> {
  // An answer that no caller receives is not judged.
  if (watch === undefined || generation === undefined || reported.type === 'failed') return judged;
  if (judged.type === 'failed') return judged;
  const isQuestion = judged.type === 'paused' || reported.type === 'paused';
  const ask = async () => watch.verify(generation, { isQuestion });
  const isAccepted = await beforeLapse(hold, now, ask()).catch(() => false);
  return isAccepted ? judged : { type: 'failed', reason: 'verification-failed' };
}
