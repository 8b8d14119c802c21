import { SettlementError, type Hold, type SettlementRail } from '../rails/rail';
import type { Backoff } from './backoff';
import { settleHold } from './settle-hold';
import type { SettlementEvents } from './settlement-events';
import type { JournalEntry, SettlementJournal } from './settlement-journal';
import { receiptOf, type SettlementReceipt } from './settlement-receipt';
import {
  transition,
  type Outcome,
  type SettlementAction,
  type SettlementInput,
  type SettlementState,
} from './settlement-state';
import { inSpan } from './settlement-tracer';

/** What all payments of one settlement share. */
export interface PaymentContext {
  rail: SettlementRail;
  events: SettlementEvents;
  journal: SettlementJournal;
  /** Whether the journal is written before it is known to be needed. */
  writeAhead: boolean;
  backoff: Backoff;
}

/** One hold, driven through the state machine until it is settled. */
export class HeldPayment {
  readonly agent: string;
  private state: SettlementState;
  private settling: Promise<SettlementReceipt> | undefined;
  private readonly context: PaymentContext;
  private isJournaled = false;

  constructor(agent: string, state: SettlementState, context: PaymentContext) {
    this.agent = agent;
    this.state = state;
    this.context = context;
  }

  get hold(): Hold {
    return this.state.hold;
  }

  get receipt(): SettlementReceipt {
    return receiptOf(this.state);
  }

  /** The task that goes on under this hold. */
  get keptFor(): string | undefined {
    return this.state.phase === 'kept' ? this.state.taskId : undefined;
  }

  /** The journal has an entry for this hold, made by whoever had it before. */
  adoptJournal(): void {
    this.isJournaled = true;
  }

  /** The agent is about to be called under this hold. */
  announce(): void {
    this.context.events.emit('held', { agent: this.agent, receipt: this.receipt });
    if (this.context.writeAhead) void this.write({ type: 'open' });
  }

  /** The agent's task is known: a later process could ask for it. */
  noteTask(task: string): void {
    if (this.context.writeAhead && this.state.phase === 'open') {
      void this.write({ type: 'open', task });
    }
  }

  /** Settles by the outcome. Only the first outcome counts; later calls wait for the same end. Never throws. */
  async end(outcome: Outcome): Promise<SettlementReceipt> {
    this.settling ??= this.drive({ type: 'ended', outcome });
    return this.settling;
  }

  /** Takes an unresolved settlement up again. Never throws. */
  async resume(): Promise<SettlementReceipt> {
    this.adoptJournal();
    return this.drive({ type: 'resumed' });
  }

  private async drive(input: SettlementInput): Promise<SettlementReceipt> {
    const effect = this.apply(input);
    if (effect === undefined) {
      if (this.state.phase !== 'kept') return this.receipt;
      void this.write({ type: 'kept', task: this.state.taskId });
      this.emit('kept');
      return this.receipt;
    }
    if (this.context.writeAhead) await this.write({ type: 'settling', action: effect });
    try {
      const settled = await this.perform(effect);
      this.apply({ type: 'succeeded', settled });
      const reason = effect.type === 'release' ? {} : { reason: effect.reason };
      const isPaid = settled.status !== 'refunded' && settled.status !== 'disputed';
      this.emit(isPaid ? 'released' : settled.status, reason);
      if (this.isJournaled) await this.context.journal.remove(this.hold.taskId).catch(() => {});
    } catch (error) {
      this.apply({ type: 'gave-up' });
      await this.write({ type: 'settling', action: effect });
      this.emit('unresolved', SettlementError.isInstance(error) ? { error } : {});
    }
    return this.receipt;
  }

  private perform(action: SettlementAction) {
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
      () => settleHold(rail, hold, action, backoff),
      ({ status }) => ({ 'settlement.status': status }),
    );
  }

  private apply(input: SettlementInput): SettlementAction | undefined {
    const { state, effect } = transition(this.state, input);
    this.state = state;
    return effect;
  }

  private async write(
    entry:
      | { type: 'open'; task?: string }
      | { type: 'kept'; task: string }
      | { type: 'settling'; action: SettlementAction },
  ): Promise<void> {
    this.isJournaled = true;
    const { agent, hold } = this;
    const complete: JournalEntry = { ...entry, agent, hold, at: Date.now() };
    // A journal that fails must not keep a payment from being settled.
    await this.context.journal.put(complete).catch(() => {});
  }

  private emit(
    name: 'disputed' | 'kept' | 'released' | 'refunded' | 'unresolved',
    extra: Partial<Parameters<SettlementEvents['emit']>[1]> = {},
  ): void {
    this.context.events.emit(name, { agent: this.agent, receipt: this.receipt, ...extra });
  }
}
