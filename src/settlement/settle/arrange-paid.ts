import { watchOf } from '../../internal/call-watch';
import type { AgentAnswer } from '../../rails/rail';
import { answerOf, isWaitingState, type TaskAnswer } from '../outcome/agent-answer';
import { capabilitiesOf } from '../state/capabilities-of';
import { contextOf, type FinishedGeneration } from '../../internal/finished-generation';
import { keepAlive } from '../../internal/keep-alive';
import { receiptMetadata, type SettlementReceipt } from '../state/settlement-receipt';
import type { Outcome } from '../state/settlement-state';
import { waitAtMost } from '../../internal/with-timeout';
import { webhookDigests } from '../recovery/webhook-credentials';
import { ActiveHold } from '../hold/active-hold';
import { contextOfHold } from '../hold/payment-context';
import { isPausedPart, isWorkingPart, sealHold } from '../hold/kept-mark';
import type { Arrangement } from './settlement-middleware';
import type { Arranging, PaidCall } from './arranging';
import { hasConversation } from '../hold/conversation-of';
import { queryTask, type QueriedTask } from '../outcome/query-task';
import { askWatch } from './ask-watch';
import { cancelWaiting } from './cancel-waiting';
import { judgeTurn, type JudgedTurn } from './judge-turn';
import { warnOfHidden } from './warn-of-hidden';
import { warnOfLapse } from './warn-of-lapse';
import { decorateParams, labelsOf } from './call-params';

/**
 * Calls the agent under a hold, and settles that by what comes of the call.
 *
 * @throws whatever the rail throws when it is to say how the agent is told of the hold. That is
 * settled then.
 */
export async function arrangePaid(arranging: Arranging, call: PaidCall): Promise<Arrangement> {
  const { context, kept, options, parked, settleTask } = arranging;
  const { live, turns } = context;
  const { agreement, conversation, model, params, plan, request, warnings = [] } = call;
  const { subject } = conversation;
  const watch = watchOf(params);
  const returnsAtOnce = params.providerOptions?.['a2a']?.['returnImmediately'] === true;
  let { continued, payment, turn } = call;
  /** Made for this call, which goes on with a task under another hold. */
  let spare: ActiveHold | undefined;
  /** Another call is under way with the task, and pays for it. */
  let isSuperseded = false;
  let task = continued?.taskId;
  let contextId: string | undefined;
  let joining: Promise<void> | undefined;
  let ending: Promise<void> | undefined;
  let later: SettlementReceipt | undefined;
  /** What the agent is called with, once that is known. */
  let decorated = params;
  const startedAt = Date.now();
  const madeAt = context.paid.time();
  live.add(payment.hold.taskId);

  const arrangement: Omit<Arrangement, 'params'> = {
    warnings: [
      ...warnings,
      ...warnOfHidden(model),
      ...warnOfLapse(model, payment.hold, payment.now),
    ],
    isOnce: capabilitiesOf(payment.rail, payment.hold).capturedBy === 'agent',
    lapsesAt: Date.now() + payment.hold.expiresAt.getTime() - payment.now,
    async mark(metadata) {
      const taskId = metadata?.['a2a']?.['taskId'];
      if (typeof taskId !== 'string') return metadata;
      task = taskId;
      // What goes wrong with it leaves the call under the hold that was made for it.
      contextId ??= contextOf(metadata);
      joining ??= join(taskId).catch(() => {});
      const isWorking = returnsAtOnce && isWorkingPart(metadata);
      const isLast = isWorking || isPausedPart(metadata);
      // No token is kept waiting for it, except those that tell which hold was kept.
      if (isLast) await joining;
      payment.noteTask(taskId, { conversation: contextId });
      if (!isLast || isSuperseded || asksAgain(answerOf(metadata))) return metadata;
      if (paysMessage() && !isWorking) return metadata;
      const mark = await sealHold(payment.rail, payment.keepFor(taskId, { isWorking }));
      return mark === undefined ? metadata : { ...metadata, settlement: mark };
    },
    async settle(outcome, generation, answer) {
      // The first end is the end: a stream may finish, and fail after that.
      const isFirst = ending === undefined;
      ending ??= end(outcome, generation, answer).finally(() => turn?.end());
      // The next turn may come with this answer: then its task and its hold must be free.
      const isNextTurnsAffair = outcome.type === 'paused' || watch !== undefined;
      if (!keepAlive(options.waitUntil, ending) || isNextTurnsAffair) {
        await waitAtMost(ending, options.receiptTimeoutMs ?? 2000);
      }
      const receipt = later ?? payment.receipt;
      if (isFirst) tell(receipt, ending);
      return receipt;
    },
  };
  try {
    const isFirst = continued === undefined;
    const decoration = await payment.rail.decorate(payment.hold, { ...agreement, isFirst });
    decorated = decorateParams(params, decoration);
    return { ...arrangement, params: decorated };
  } catch (error) {
    await arrangement.settle({ type: 'failed', reason: 'not-dispatched' });
    throw error;
  }

  /**
   * The agent has named its task. An agent may go on with one that waited although the call named only
   * the conversation: then the hold that was kept for it pays.
   */
  async function join(taskId: string): Promise<void> {
    if (turn !== undefined) return;
    turn = await turns.begin(model.modelId, taskId, subject);
    // Only where the call goes on with a conversation can the task be an earlier one's.
    if (conversation.contextId === undefined && hasConversation(model)) return;
    if (turn === undefined) {
      isSuperseded = true;
      return;
    }
    const found = await kept.take({
      agent: model.modelId,
      taskId,
      contextId,
      subject,
      payeeOn: plan.payeeOn,
      prompt: params.prompt,
      // Whoever was under way with it has died: an agent works for one call at a time.
      mayWork: true,
      isResumed: conversation.isResumed,
    });
    if (found === undefined) return;
    isSuperseded = false;
    spare = payment;
    continued = found;
    const { elapsedMs, hold, workingSince } = found;
    const shown = await webhookDigests(params);
    const webhook = shown ?? found.webhook;
    const work = {
      startedAt: workingSince ?? startedAt,
      earlierMs: elapsedMs,
      metering: plan.metering,
      webhook,
      labels: labelsOf(params) ?? found.labels,
      subject,
    };
    const own = contextOfHold(context, hold) ?? context;
    payment = new ActiveHold(model.modelId, { phase: 'open', hold }, own, work);
    payment.adoptJournal();
    live.add(hold.taskId);
  }

  function tell(receipt: SettlementReceipt, ended: Promise<void>): void {
    watch?.told(receiptMetadata(receipt));
    if (watch === undefined || receipt.status !== 'pending') return;
    const settled = ended.then(() => watch.told(receiptMetadata(payment.receipt)));
    keepAlive(options.waitUntil, settled);
  }

  /** What the agent says of the task by now, to who comes with the headers of the call. */
  async function ask(): Promise<QueriedTask | undefined> {
    return task === undefined ? undefined : queryTask(model, task, decorated);
  }

  /** The agent does not take what it got: the hold is not one to go on under. */
  function asksAgain(answer: AgentAnswer | undefined): boolean {
    if (answer === undefined || !isWaitingState(answer.state)) return false;
    try {
      return payment.rail.challenge?.(answer, { hasLimit: () => true }) !== undefined;
    } catch {
      return true;
    }
  }

  /** The hold ends with this answer, also where the agent asks back. */
  function paysMessage(): boolean {
    return payment.hold.pays === 'message';
  }

  async function end(
    reported: Outcome,
    generation: FinishedGeneration | undefined,
    answer: TaskAnswer | undefined,
  ): Promise<void> {
    await joining;
    if (task === undefined && answer?.taskId !== undefined) {
      // A call that throws has shown none of its parts.
      task = answer.taskId;
      payment.noteTask(task, { conversation: answer.contextId });
    }
    const isQuestion = reported.type === 'paused' && reported.isWorking !== true;
    const outcome: Outcome =
      isQuestion && asksAgain(answer) ? { type: 'failed', reason: 'payment-refused' } : reported;
    const isUnreached = outcome.type === 'failed' && outcome.reason === 'unreachable';
    // Who watches does not make the same call again.
    if (isUnreached && request !== undefined && task === undefined && watch === undefined) {
      keepAlive(options.waitUntil, parked.park(payment, request));
      return;
    }
    // The other call may have ended meanwhile, and left the task to this one.
    if (isSuperseded && task !== undefined) await join(task).catch(() => {});
    const superseded = { type: 'failed', reason: 'superseded' } as const;
    const giving = spare?.end(superseded);
    const judged: JudgedTurn = isSuperseded
      ? { outcome: superseded }
      : isQuestion && outcome === reported && paysMessage()
        ? // There is nothing to verify yet, and the message is answered.
          { outcome: { type: 'delivered' }, answer }
        : await judgeTurn(
            arranging,
            {
              ...call,
              continued,
              madeAt: continued === undefined ? madeAt : undefined,
              payment,
              task,
              turn,
            },
            { outcome, generation, answer, ask },
          );
    const decided = await askWatch(watch, judged.outcome, { generation, payment, reported });
    const { waitUntil } = options;
    if (decided !== judged.outcome && reported.type === 'paused' && task !== undefined) {
      cancelWaiting(model, task, { params: decorated, waitUntil });
    }
    await payment.end(decided, {
      answer: judged.answer,
      ask: async () => answerOf((await ask())?.generation.providerMetadata),
    });
    kept.giveBack(payment);
    live.delete(payment.hold.taskId);
    await turn?.end();
    await giving;
    if (spare !== undefined) live.delete(spare.hold.taskId);
    const left = payment.kept;
    if (left?.workingSince === undefined || left.webhook === undefined) return;
    // It may have ended, and told so, before anybody could know that it would have to be settled.
    const provider = { languageModel: () => model };
    const reference = { agent: payment.agent, taskId: left.taskId };
    // A journal that cannot be read now is no reason for the call to fail.
    later = await settleTask(reference, { provider }).catch(() => undefined);
  }
}
