import { delay } from '@ai-sdk/provider-utils';
import type { HoldRequest } from '../../rails/rail';
import type { ActiveHold } from './active-hold';
import type { PaymentContext } from './payment-context';
import { isLapsing } from './kept-holds';

/**
 * Keeps the holds of calls that certainly did not reach their agent, for retries of the AI SDK: its attempts
 * have no common id by which a retry could be recognised. An exchange counts each hold that was ever made, so
 * an unstable agent would otherwise use up the account's daily limit.
 */
export class ParkedHolds {
  private readonly context: PaymentContext;
  private readonly parkMs: number;
  private readonly parked = new Map<string, Set<ActiveHold>>();

  constructor(context: PaymentContext, { parkMs }: { parkMs: number }) {
    this.context = context;
    this.parkMs = parkMs;
  }

  /** Resolves when the hold was taken, or was refunded because nobody took it. Never throws. */
  async park(payment: ActiveHold, request: HoldRequest): Promise<void> {
    const { limits, live } = this.context;
    // The call that takes it reserves again, under the same id.
    await Promise.all([payment.noteIdle(), limits.drop(payment.hold.taskId)]);
    const key = keyOf(payment.agent, payment.hold.rail, request);
    const waiting = this.parked.get(key) ?? new Set();
    this.parked.set(key, waiting.add(payment));
    await delay(this.parkMs);
    if (!waiting.delete(payment)) return;
    if (waiting.size === 0) this.parked.delete(key);
    await payment.end({ type: 'failed', reason: 'unreachable' });
    live.delete(payment.hold.taskId);
  }

  /** A hold that matches the request, under which no agent was ever reached. */
  take(agent: string, rail: string, request: HoldRequest): ActiveHold | undefined {
    const waiting = this.parked.get(keyOf(agent, rail, request)) ?? new Set();
    for (const payment of waiting) {
      if (isLapsing(payment.hold, this.context.now())) continue;
      waiting.delete(payment);
      return payment;
    }
    return undefined;
  }
}

/** All fields of a request except its own id. */
function keyOf(
  agent: string,
  rail: string,
  { amount, group, payee, requiredAttestationLevel, taskType, ttlMinutes }: HoldRequest,
): string {
  return JSON.stringify([
    agent,
    rail,
    payee,
    amount,
    ttlMinutes,
    taskType ?? null,
    group ?? null,
    requiredAttestationLevel ?? null,
  ]);
}
