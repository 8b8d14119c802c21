import type {
  LanguageModelV4CallOptions,
  SharedV4ProviderMetadata,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { watchOf, type CallWatch } from '../../internal/call-watch';
import { contextOf, type FinishedGeneration } from '../../internal/finished-generation';
import { keepAlive } from '../../internal/keep-alive';
import { waitAtMost } from '../../internal/with-timeout';
import type { AgentAnswer } from '../../rails/rail';
import type { ActiveHold } from '../hold/active-hold';
import { hasConversation } from '../hold/conversation-of';
import { isPausedPart, isWorkingPart, markKey, sealHold, type KeptHold } from '../hold/kept-mark';
import type { TaskTurn } from '../hold/task-turns';
import { answerOf, type TaskAnswer } from '../outcome/agent-answer';
import { queryTask, type QueriedTask } from '../outcome/query-task';
import { capabilitiesOf } from '../state/capabilities-of';
import {
  receiptMetadata,
  withEarlierReceipt,
  type SettlementReceipt,
} from '../state/settlement-receipt';
import type { Outcome } from '../state/settlement-state';
import { decorateParams } from './call-params';
import { cancelWaitingTask } from './cancel-waiting-task';
import { askWatch, judgeTurn, type JudgedTurn } from './judge-turn';
import { continueHold } from './continue-hold';
import type { HeldCall, Payment, PaymentDeps } from './payment';
import { earlyLapseWarning, hiddenMethodsWarning } from './payment-warnings';
import { isWaitingState } from '../state/task-states';

/** Calls the agent under a hold, and settles the hold by the result of the call. */
export class HeldPayment implements Payment {
  /** Includes the rail's reference to the hold for the agent, once it is known. */
  params: LanguageModelV4CallOptions;
  isAnswered = false;
  readonly warnings: SharedV4Warning[];
  readonly isOnce: boolean;
  readonly lapsesAt: number;

  private readonly deps: PaymentDeps;
  private readonly call: HeldCall;
  private readonly watch: CallWatch | undefined;
  private readonly startedAt = Date.now();
  /** When the hold for this call was made, by the ledger's clock. */
  private readonly madeAt: number;
  /** The hold that pays: made for this call, or kept for the task it continues. */
  private active: ActiveHold;
  private continued: KeptHold | undefined;
  /** A hold made for this call, which turned out to continue a task under another hold. */
  private spare: ActiveHold | undefined;
  private turn: TaskTurn | undefined;
  /** Another call is using the task, and pays for it. */
  private isSuperseded = false;
  private task: string | undefined;
  private contextId: string | undefined;
  private joining: Promise<void> | undefined;
  private ending: Promise<void> | undefined;
  /** The receipt of a task that ended before it was recorded as still running. */
  private laterReceipt: SettlementReceipt | undefined;

  /** @throws errors of the rail while it prepares the reference to the hold. The hold is then settled. */
  static async start(deps: PaymentDeps, call: HeldCall): Promise<HeldPayment> {
    const payment = new HeldPayment(deps, call);
    const { rail, hold } = call.active;
    try {
      const isFirst = call.continued === undefined;
      const decoration = await rail.decorate(hold, { ...call.agreement, isFirst });
      payment.params = decorateParams(call.params, decoration);
      return payment;
    } catch (error) {
      await payment.settle({ type: 'failed', reason: 'not-dispatched' });
      throw error;
    }
  }

  private constructor(deps: PaymentDeps, call: HeldCall) {
    const { active, continued, model, params, turn, warnings = [] } = call;
    const { hold, now, rail } = active;
    this.deps = deps;
    this.call = call;
    this.params = params;
    this.watch = watchOf(params);
    this.active = active;
    this.continued = continued;
    this.task = continued?.taskId;
    this.turn = turn;
    this.madeAt = deps.context.paid.time();
    this.isOnce = capabilitiesOf(rail, hold).capturedBy === 'agent';
    this.lapsesAt = Date.now() + hold.expiresAt.getTime() - now;
    this.warnings = [
      ...warnings,
      ...hiddenMethodsWarning(model),
      ...earlyLapseWarning(model, hold, now),
    ];
    deps.context.live.add(hold.taskId);
  }

  async mark(
    metadata: SharedV4ProviderMetadata | undefined,
  ): Promise<SharedV4ProviderMetadata | undefined> {
    const taskId = metadata?.['a2a']?.['taskId'];
    if (typeof taskId !== 'string') return metadata;
    this.task = taskId;
    this.contextId ??= contextOf(metadata);
    // If joining fails, the call stays under the hold that was made for it.
    this.joining ??= this.join(taskId).catch(() => {});
    const returnsAtOnce = this.call.params.providerOptions?.['a2a']?.['returnImmediately'] === true;
    const isWorking = returnsAtOnce && isWorkingPart(metadata);
    const isLast = isWorking || isPausedPart(metadata);
    // Output is not delayed by this, except for the parts that carry the mark of the kept hold.
    if (isLast) await this.joining;
    const { active } = this;
    active.noteTask(taskId, { conversation: this.contextId });
    if (!isLast || this.isSuperseded || this.asksAgain(answerOf(metadata))) return metadata;
    if (this.paysMessage && !isWorking) return metadata;
    const mark = await sealHold(active.rail, active.keepFor(taskId, { isWorking }));
    return mark === undefined ? metadata : { ...metadata, [markKey]: mark };
  }

  /**
   * Handles the task id from the agent. An agent may continue a waiting task although the call named only the
   * conversation: then the hold that was kept for the task pays.
   */
  private async join(taskId: string): Promise<void> {
    if (this.turn !== undefined) return;
    const { conversation, model, params, plan } = this.call;
    const { context, kept } = this.deps;
    const { subject } = conversation;
    this.turn = await context.turns.begin(model.modelId, taskId, subject);
    // Only a call that continues a conversation can get the task of an earlier one.
    if (conversation.contextId === undefined && hasConversation(model)) return;
    if (this.turn === undefined) {
      this.isSuperseded = true;
      return;
    }
    const found = await kept.take({
      agent: model.modelId,
      taskId,
      contextId: this.contextId,
      subject,
      payeeOn: plan.payeeOn,
      prompt: params.prompt,
      // The process that was using the task has ended: an agent works for one call at a time.
      mayWork: true,
      isResumed: conversation.isResumed,
    });
    if (found === undefined) return;
    this.isSuperseded = false;
    this.spare = this.active;
    this.continued = found;
    const { startedAt } = this;
    this.active = await continueHold(context, found, { ...this.call, startedAt });
    context.live.add(found.hold.taskId);
  }

  /** The first outcome counts: a stream may finish, and fail after that. */
  async settle(
    outcome: Outcome,
    generation?: FinishedGeneration,
    answer?: TaskAnswer,
  ): Promise<SettlementReceipt> {
    const { receiptTimeoutMs = 2000, waitUntil } = this.deps.options;
    const isFirst = this.ending === undefined;
    this.ending ??= this.end(outcome, generation, answer).finally(() => this.turn?.end());
    const { ending } = this;
    // The next turn may arrive right after this answer: its task and its hold must be free by then.
    const freesTask = outcome.type === 'paused' || this.watch !== undefined;
    if (!keepAlive(waitUntil, ending) || freesTask) {
      await waitAtMost(ending, receiptTimeoutMs);
    }
    const receipt = this.laterReceipt ?? this.active.receipt;
    if (isFirst) this.tellWatch(receipt, ending);
    return withEarlierReceipt(receipt, this.call.earlier);
  }

  private tellWatch(receipt: SettlementReceipt, ended: Promise<void>): void {
    const { watch } = this;
    watch?.told(receiptMetadata(receipt));
    if (watch === undefined || receipt.status !== 'pending') return;
    const settled = ended.then(() => watch.told(receiptMetadata(this.active.receipt)));
    keepAlive(this.deps.options.waitUntil, settled);
  }

  /** Decides the outcome of the hold, and settles it. */
  private async end(
    reported: Outcome,
    generation: FinishedGeneration | undefined,
    answer: TaskAnswer | undefined,
  ): Promise<void> {
    const { call, deps } = this;
    const { kept, options, parked } = deps;
    const { live } = deps.context;
    await this.joining;
    if (this.task === undefined && answer?.taskId !== undefined) {
      // A call that throws has emitted no part with the task id.
      this.task = answer.taskId;
      this.active.noteTask(this.task, { conversation: answer.contextId });
    }
    const isQuestion = reported.type === 'paused' && reported.isWorking !== true;
    const outcome: Outcome =
      isQuestion && this.asksAgain(answer)
        ? { type: 'failed', reason: 'payment-refused' }
        : reported;
    const isUnreached = outcome.type === 'failed' && outcome.reason === 'unreachable';
    const { request } = call;
    // A caller with a watch does not repeat the same call.
    const isParkable = request !== undefined && this.watch === undefined;
    if (isUnreached && isParkable && this.task === undefined) {
      keepAlive(options.waitUntil, parked.park(this.active, request));
      return;
    }
    // The other call may have ended meanwhile, and left the task to this one.
    if (this.isSuperseded && this.task !== undefined) await this.join(this.task).catch(() => {});
    const { active, spare, task } = this;
    const givingBack = spare?.end(superseded);
    const isAnswered = isQuestion && outcome === reported && this.paysMessage;
    const judged: JudgedTurn = this.isSuperseded
      ? { outcome: superseded }
      : isAnswered
        ? // There is nothing to verify yet, and the message is answered.
          { outcome: { type: 'delivered' }, answer }
        : await this.judge({ outcome, generation, answer });
    const decided = await askWatch(this.watch, judged.outcome, { active, generation, reported });
    if (decided !== judged.outcome && reported.type === 'paused' && task !== undefined) {
      const { waitUntil } = options;
      cancelWaitingTask(call.model, task, { params: this.params, waitUntil });
    }
    await active.end(decided, {
      answer: judged.answer,
      ask: async () => answerOf((await this.queryTask())?.generation.providerMetadata),
    });
    kept.giveBack(active);
    live.delete(active.hold.taskId);
    await this.turn?.end();
    await givingBack;
    if (spare !== undefined) live.delete(spare.hold.taskId);
    await this.settleIfOver(active);
  }

  private async judge(
    ended: JudgedTurn & { generation: FinishedGeneration | undefined },
  ): Promise<JudgedTurn> {
    const { active, continued, task, turn } = this;
    const madeAt = continued === undefined ? this.madeAt : undefined;
    const ask = () => this.queryTask();
    const judged = { ...this.call, active, continued, madeAt, task, turn };
    return judgeTurn(this.deps, judged, { ...ended, ask });
  }

  /**
   * A task that was left running may have ended, and sent its notification, before the hold was recorded as
   * kept.
   */
  private async settleIfOver({ agent, kept }: ActiveHold): Promise<void> {
    if (kept?.workingSince === undefined || kept.webhook === undefined) return;
    const provider = { languageModel: () => this.call.model };
    const reference = { agent, taskId: kept.taskId };
    // A journal that cannot be read must not fail the call.
    this.laterReceipt = await this.deps
      .recovery()
      .then(({ settleTask }) => settleTask(reference, { provider }))
      .catch(() => undefined);
  }

  /** The task's current status, queried with the headers of the call. */
  private async queryTask(): Promise<QueriedTask | undefined> {
    return this.task === undefined ? undefined : queryTask(this.call.model, this.task, this.params);
  }

  /** Whether the agent asks for another payment: the call cannot continue under this hold. */
  private asksAgain(answer: AgentAnswer | undefined): boolean {
    if (answer === undefined || !isWaitingState(answer.state)) return false;
    try {
      return this.active.rail.challenge?.(answer, { hasLimit: () => true }) !== undefined;
    } catch {
      return true;
    }
  }

  /** Whether the hold ends with this answer, even if the agent asks a question. */
  private get paysMessage(): boolean {
    return this.active.hold.pays === 'message';
  }
}

const superseded = { type: 'failed', reason: 'superseded' } as const;
