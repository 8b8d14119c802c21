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
import { inSpan } from '../../internal/in-span';
import type { Work } from '../state/journal-entry';
import { callCostOf } from '../plan/call-cost';
import { judgeDelivery, meterBeforeLapse } from '../outcome/judge-delivery';
import { measureUse } from '../outcome/measure-use';
import type { KeptHold } from './kept-mark';
import type { AgentWord, PaymentContext } from './payment-context';
import { HoldJournal, type JournalNote } from './hold-journal';
import { settleHold } from './settle-hold';

/** What is told of a hold by an event, and written down. */
type Told = Exclude<SettlementEventName, 'error' | 'unsettled'>;

/** What an agent delivered, and how long it took over it. */
interface Delivery {
  /** Undefined when the answer was cut off on its way here. */
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
    this.work = work;
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

  /** The task that goes on under this hold, as a later call has to know it. */
  get kept(): KeptHold | undefined {
    if (this.state.phase !== 'kept') return undefined;
    const { isWorking = false, taskId } = this.state;
    return this.keepFor(taskId, { isWorking });
  }

  /** This hold, as a later call would take it up. */
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

  /** Whether time is what the agent is paid for. */
  get isTimed(): boolean {
    const { metering } = this.work;
    if (metering?.of !== 'skill') return metering?.of === 'milliseconds';
    return Object.values(metering.prices).some(({ of }) => of === 'milliseconds');
  }

  /** Milliseconds that the agent has taken until now, earlier turns included. */
  get elapsedMs(): number {
    return this.elapsedAt(Date.now());
  }

  elapsedAt(time: number): number {
    return this.work.earlierMs + Math.max(0, time - this.work.startedAt);
  }

  /** The journal has an entry for this hold, made by whoever had it before. */
  adoptJournal({ task }: { task?: string | undefined } = {}): void {
    this.journal.hasEntry = true;
    this.task = task;
  }

  /** The agent is about to be called under this hold. */
  announce(): void {
    this.emit('held');
    if (this.context.writeAhead) void this.write({ type: 'open', work: this.work });
  }

  /** Nothing was sent under this hold, and nothing will be unless another call takes it. */
  async noteIdle(): Promise<void> {
    await this.write({ type: 'open', work: this.work, isIdle: true });
  }

  /** Another call takes an idle hold. */
  async takeUp(): Promise<void> {
    await this.write({ type: 'open', work: this.work });
  }

  /** The agent's task is known: a later process could ask for it. */
  noteTask(task: string, { conversation }: { conversation: string | undefined }): void {
    this.conversation ??= conversation;
    if (this.state.phase !== 'open' || task === this.task) return;
    this.task = task;
    const isWanted = this.context.writeAhead || this.journal.hasEntry;
    if (isWanted) void this.write({ type: 'open', task, work: this.work });
  }

  /** Whether what was delivered is accepted, and how much of the hold it used. Never throws. */
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

  /** How much of the hold an unfinished answer was worth, where anybody can say. Never throws. */
  async measure(delivery: Delivery): Promise<Amount | undefined> {
    const { deliveryOptions, now, rail } = this.context;
    if (!capabilitiesOf(rail, this.hold).partialRelease) return undefined;
    const meter = meterBeforeLapse(this.hold, now(), deliveryOptions(this.agent).meter);
    const { decimals } = this.hold;
    return measureUse({ ...delivery, meter, metering: this.work.metering, rail, decimals });
  }

  /** Settles by the outcome. Only the first outcome counts; later calls wait for the same end. Never throws. */
  async end(outcome: Outcome, word: AgentWord = {}): Promise<SettlementReceipt> {
    this.settling ??= this.drive({ type: 'ended', outcome }, word);
    return this.settling;
  }

  /** Takes an unresolved settlement up again. Never throws. */
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
    // Somebody else who asks meanwhile may hear something else of what an agent took.
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
      this.apply({ type: 'succeeded', settled });
      const reason = action.type === 'release' ? {} : { reason: action.reason };
      for (const name of eventsOf(this.hold, settled)) this.emit(name, reason);
      await this.journal.remove(this.hold.taskId, this.task);
    } catch (error) {
      this.apply({ type: 'gave-up' });
      await this.write(note);
      this.emit('unresolved', SettlementError.isInstance(error) ? { error } : {});
    }
  }

  /** An agent that has not captured yet may have done so since it gave its answer: it is asked once. */
  private async hear(action: SettlementAction, { answer, ask }: AgentWord) {
    const settled = await this.perform(action, answer);
    const asked = settled.status === 'pending' ? await ask?.() : undefined;
    return asked === undefined ? settled : this.perform(action, asked);
  }

  private perform(action: SettlementAction, answer: AgentAnswer | undefined) {
    const { backoff, rail } = this.context;
    const { hold } = this;
    return inSpan(
      `settlement.${action.type}`,
      {
        'settlement.agent': this.agent,
        'settlement.rail': rail.name,
        'settlement.escrow_id': hold.escrowId,
      },
      // Never under the caller's signal: an aborted generation must still be settled.
      () => settleHold(rail, hold, action, { ...backoff, answer }),
      ({ status }) => ({ 'settlement.status': status }),
    );
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
    return { agent, receipt, ...(labels !== undefined && { labels }) };
  }
}
