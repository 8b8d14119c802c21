import {
  SettlementError,
  type AgentAnswer,
  type Amount,
  type Hold,
  type SettlementRail,
} from '../../rails/rail';
import { capabilitiesOf } from '../state/capabilities-of';
import type { FinishedGeneration } from '../../internal/finished-generation';
import { eventsOf } from '../state/events-of';
import type { SettlementEvent, SettlementEventName } from '../state/settlement-events';
import { receiptOf, type SettlementReceipt } from '../state/settlement-receipt';
import {
  transition,
  type Outcome,
  type SettlementAction,
  type SettlementInput,
  type SettlementState,
} from '../state/settlement-state';
import { durationUntil } from '../state/task-id';
import type { Work } from '../state/journal-entry';
import { callCostOf } from '../plan/call-cost';
import { isJudging, judgeDelivery, meterBeforeLapse } from '../outcome/judge-delivery';
import { measureUse } from '../outcome/measure-use';
import type { KeptHold } from './kept-mark';
import type { AgentWord, PaymentContext } from './payment-context';
import { HoldJournal, type JournalNote } from './hold-journal';
import { settleHold } from './settle-hold';

/** The events of a hold that are emitted and recorded. */
type Told = Exclude<SettlementEventName, 'error' | 'unsettled'>;

/** The delivery of an agent, and the time it took. */
interface Delivery {
  /** Undefined if the answer was cut off in transit. */
  generation: FinishedGeneration | undefined;
  /** Milliseconds, earlier turns included. */
  elapsedMs: number;
}

/** One hold, driven through the state machine until it is settled. */
export class ActiveHold {
  readonly agent: string;
  private state: SettlementState;
  private settling: Promise<SettlementReceipt> | undefined;
  private readonly context: PaymentContext;
  private readonly work: Work;
  private readonly journal: HoldJournal;
  private task: string | undefined;
  private conversation: string | undefined;

  constructor(
    agent: string,
    state: SettlementState,
    context: PaymentContext,
    work: Work = { startedAt: Date.now(), earlierMs: 0 },
  ) {
    this.agent = agent;
    this.state = state;
    this.context = context;
    this.work = isJudging(context.deliveryOptions(agent)) ? { ...work, isJudged: true } : work;
    this.journal = new HoldJournal(context.journal, (error) => {
      context.events.emit('error', { ...this.about(), error });
    });
  }

  get rail(): SettlementRail {
    return this.context.rail;
  }

  /** The ledger's time, in milliseconds since 1970. */
  get now(): number {
    return this.context.now();
  }

  get hold(): Hold {
    return this.state.hold;
  }

  get receipt(): SettlementReceipt {
    return receiptOf(this.state);
  }

  /** The task that continues under this hold, in the form that a later call needs. */
  get kept(): KeptHold | undefined {
    if (this.state.phase !== 'kept') return undefined;
    const { isWorking = false, taskId } = this.state;
    return this.keepFor(taskId, { isWorking });
  }

  /** This hold, in the form that a later call resumes. */
  keepFor(taskId: string, { isWorking }: { isWorking: boolean }): KeptHold {
    const { earlierMs, labels, startedAt, subject, webhook } = this.work;
    return {
      agent: this.agent,
      hold: this.hold,
      taskId,
      elapsedMs: isWorking ? earlierMs : this.elapsedMs,
      ...(isWorking && { workingSince: startedAt }),
      ...(subject !== undefined && { subject }),
      ...(webhook !== undefined && { webhook }),
      ...(labels !== undefined && { labels }),
      ...(this.conversation !== undefined && { contextId: this.conversation }),
    };
  }

  /** Whether the agent is paid by time. */
  get isTimed(): boolean {
    const { metering } = this.work;
    if (metering?.of !== 'skill') return metering?.of === 'milliseconds';
    return Object.values(metering.prices).some(({ of }) => of === 'milliseconds');
  }

  /** The agent's time until now in milliseconds, including earlier turns. */
  get elapsedMs(): number {
    return this.elapsedAt(Date.now());
  }

  elapsedAt(time: number): number {
    return this.work.earlierMs + Math.max(0, time - this.work.startedAt);
  }

  /** The journal already has an entry for this hold, from its previous owner. */
  adoptJournal({ task }: { task?: string | undefined } = {}): void {
    this.journal.hasEntry = true;
    this.task = task;
  }

  /** Records that the agent is about to be called under this hold. */
  announce(): void {
    this.emit('held');
    if (this.context.writeAhead) void this.write({ type: 'open', work: this.work });
  }

  /** Records that nothing was sent under this hold, and that nothing will be unless another call takes it. */
  async noteIdle(): Promise<void> {
    await this.write({ type: 'open', work: this.work, isIdle: true });
  }

  /** Records that another call takes an idle hold. */
  async takeUp(): Promise<void> {
    await this.write({ type: 'open', work: this.work });
  }

  /** Records the agent's task, so that a later process can query it. */
  noteTask(task: string, { conversation }: { conversation: string | undefined }): void {
    this.conversation ??= conversation;
    if (this.state.phase !== 'open' || task === this.task) return;
    this.task = task;
    const isWanted = this.context.writeAhead || this.journal.hasEntry;
    if (isWanted) void this.write({ type: 'open', task, work: this.work });
  }

  /** Decides whether the delivery is accepted, and how much of the hold it used. Never throws. */
  async judge(outcome: Outcome, delivery: Delivery): Promise<Outcome> {
    const { deliveryOptions, events, now, rail } = this.context;
    return judgeDelivery(outcome, {
      ...delivery,
      now: now(),
      hold: this.hold,
      metering: this.work.metering,
      onError: (error) => {
        events.emit('error', { ...this.about(), error });
      },
      options: deliveryOptions(this.agent),
      rail,
    });
  }

  /** The value of an unfinished answer, if it can be measured. Never throws. */
  async measure(delivery: Delivery): Promise<Amount | undefined> {
    const { deliveryOptions, now, rail } = this.context;
    if (!capabilitiesOf(rail, this.hold).partialRelease) return undefined;
    const meter = meterBeforeLapse(this.hold, now(), deliveryOptions(this.agent).meter);
    const { decimals } = this.hold;
    return measureUse({ ...delivery, meter, metering: this.work.metering, rail, decimals });
  }

  /**
   * Settles according to the outcome. Only the first outcome counts; later calls wait for the same result.
   * Never throws.
   */
  async end(outcome: Outcome, word: AgentWord = {}): Promise<SettlementReceipt> {
    this.settling ??= this.drive({ type: 'ended', outcome }, word);
    return this.settling;
  }

  /** Resumes an unresolved settlement. Never throws. */
  async resume(word: AgentWord = {}): Promise<SettlementReceipt> {
    this.journal.hasEntry = true;
    this.settling ??= this.drive({ type: 'resumed' }, word);
    return this.settling;
  }

  private async drive(input: SettlementInput, word: AgentWord): Promise<SettlementReceipt> {
    const effect = this.apply(input);
    if (effect !== undefined) {
      await this.settle(effect, word);
    } else if (this.state.phase === 'kept') {
      const { isWorking = false, taskId: task } = this.state;
      await this.write(
        isWorking
          ? { type: 'open', task, work: this.work }
          : { type: 'kept', task, work: { ...this.work, earlierMs: this.elapsedMs } },
      );
      this.emit('kept');
    }
    const { receipt } = this;
    const cost = callCostOf(this.rail, this.hold, receipt);
    await this.context.limits.settle(this.hold.taskId, {
      ...cost,
      conversation: this.conversation,
    });
    return receipt;
  }

  private async settle(action: SettlementAction, word: AgentWord): Promise<void> {
    const { task, work } = this;
    const note = {
      type: 'settling' as const,
      action,
      ...(task !== undefined && { task }),
      ...(work.webhook !== undefined && { webhook: work.webhook }),
      ...(work.labels !== undefined && { labels: work.labels }),
    };
    // A concurrent query may get another answer about what an agent captured.
    const isUnderWay = capabilitiesOf(this.rail, this.hold).capturedBy === 'agent';
    const decided = isUnderWay ? { ...note, isUnderWay } : note;
    if (this.context.writeAhead) await this.write(decided);
    try {
      const settled = await this.hear(action, word);
      if (settled.status === 'pending') {
        this.apply({ type: 'awaited', pending: settled });
        this.context.receipts?.note('pending', this.hold, this.about());
        await this.write(note);
        return;
      }
      const durationMs = durationUntil(Date.now(), this.hold.taskId);
      this.apply({ type: 'succeeded', settled, durationMs });
      const reason = action.type === 'release' ? {} : { reason: action.reason };
      for (const name of eventsOf(this.hold, settled)) this.emit(name, reason);
      await this.journal.remove(this.hold.taskId, this.task);
    } catch (error) {
      this.apply({ type: 'gave-up' });
      await this.write(note);
      this.emit('unresolved', SettlementError.isInstance(error) ? { error } : {});
    }
  }

  /** If the agent has not captured yet, it may have done so after its answer: its status is queried once. */
  private async hear(action: SettlementAction, { answer, ask }: AgentWord) {
    const settled = await this.perform(action, answer);
    const asked = settled.status === 'pending' ? await ask?.() : undefined;
    return asked === undefined ? settled : this.perform(action, asked);
  }

  private perform(action: SettlementAction, answer: AgentAnswer | undefined) {
    const { agent, context, hold } = this;
    const { backoff, rail, telemetry } = context;
    const { labels } = this.work;
    return telemetry.run(action.type, {
      subject: { agent, labels, rail: rail.name },
      attributes: { 'settlement.escrow_id': hold.escrowId },
      // Not bound to the caller's signal: an aborted generation must still be settled.
      work: () => settleHold(rail, hold, action, { ...backoff, answer }),
      describe: ({ status }) => ({ 'settlement.status': status }),
    });
  }

  private apply(input: SettlementInput): SettlementAction | undefined {
    const { state, effect } = transition(this.state, input);
    this.state = state;
    return effect;
  }

  private async write(note: JournalNote): Promise<void> {
    const { agent, conversation, hold } = this;
    const { subject } = this.work;
    const entry =
      'work' in note && conversation !== undefined
        ? { ...note, work: { ...note.work, contextId: conversation } }
        : note;
    const about = { agent, hold, ...(subject !== undefined && { subject }) };
    await this.journal.put({ ...entry, ...about, at: this.context.now() });
  }

  private emit(name: Told, extra: Partial<SettlementEvent> = {}): void {
    const event = { ...this.about(), ...extra };
    this.context.receipts?.note(name, this.hold, event);
    this.context.events.emit(name, event);
  }

  private about(): SettlementEvent {
    const { agent, receipt } = this;
    const { labels } = this.work;
    const { rail } = this.hold;
    return { agent, receipt, rail, ...(labels !== undefined && { labels }) };
  }
}
