import { retryWithExponentialBackoff } from '@ai-sdk/provider-utils';
import { SettlementError, type Hold, type Settled, type SettlementRail } from '../rails/rail';
import type { SettlementEvents } from './settlement-events';
import { receiptOf, type SettlementReceipt } from './settlement-receipt';
import {
  transition,
  type Outcome,
  type SettlementAction,
  type SettlementInput,
  type SettlementState,
} from './settlement-state';
import { inSpan } from './settlement-tracer';

/** One hold, driven through the state machine until it is settled. */
export class HeldPayment {
  private state: SettlementState;
  private settling: Promise<SettlementReceipt> | undefined;
  private readonly context: { agent: string; rail: SettlementRail; events: SettlementEvents };

  constructor(
    hold: Hold,
    context: { agent: string; rail: SettlementRail; events: SettlementEvents },
  ) {
    this.state = { phase: 'open', hold };
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

  continue(): void {
    this.apply({ type: 'continued' });
    this.settling = undefined;
  }

  /** Settles by the outcome. Only the first outcome counts; later calls wait for the same end. Never throws. */
  async end(outcome: Outcome): Promise<SettlementReceipt> {
    this.settling ??= this.settle(outcome);
    return this.settling;
  }

  private async settle(outcome: Outcome): Promise<SettlementReceipt> {
    const effect = this.apply({ type: 'ended', outcome });
    if (effect === undefined) {
      this.emit('kept');
      return this.receipt;
    }
    try {
      const settled = await this.perform(effect);
      this.apply({ type: 'succeeded', settled });
      const reason = effect.type === 'refund' ? { reason: effect.reason } : {};
      this.emit(settled.status === 'refunded' ? 'refunded' : 'released', reason);
    } catch (error) {
      this.apply({ type: 'gave-up' });
      this.emit('unresolved', SettlementError.isInstance(error) ? { error } : {});
    }
    return this.receipt;
  }

  private perform(action: SettlementAction): Promise<Settled> {
    const { rail, agent } = this.context;
    const { hold } = this;
    return inSpan(
      `settlement.${action.type}`,
      {
        'settlement.agent': agent,
        'settlement.rail': rail.name,
        'settlement.escrow_id': hold.escrowId,
      },
      // Never under the caller's signal: an aborted generation must still be settled.
      async () =>
        retry(() =>
          action.type === 'release'
            ? rail.release(hold)
            : rail.refund(hold, { reason: action.reason }),
        ),
      ({ status }) => ({ 'settlement.status': status }),
    );
  }

  private apply(input: SettlementInput): SettlementAction | undefined {
    const { state, effect } = transition(this.state, input);
    this.state = state;
    return effect;
  }

  private emit(
    name: 'kept' | 'released' | 'refunded' | 'unresolved',
    extra: Partial<Parameters<SettlementEvents['emit']>[1]> = {},
  ): void {
    const { agent, events } = this.context;
    events.emit(name, { agent, receipt: this.receipt, ...extra });
  }
}

/** Release and refund may be repeated: the same idempotency key, and a settled hold counts as success. */
const retry = retryWithExponentialBackoff({
  maxRetries: 4,
  initialDelayInMs: 250,
  shouldRetry: (error) => SettlementError.isInstance(error) && error.isRetryable,
  getDelayInMs: ({ error, exponentialBackoffDelay }) =>
    (SettlementError.isInstance(error) ? error.retryAfterMs : undefined) ?? exponentialBackoffDelay,
  createRetryError: ({ errors }) => errors.at(-1),
});
