import { SettlementError, type Hold } from '../../rails/rail';
import { waitBefore } from './backoff';
import { digestOf } from '../../internal/digest-of';
import { keepAlive, type WaitUntil } from '../../internal/keep-alive';
import type { SettlementEvent, SettlementEvents } from './settlement-events';
import { durationUntil, timeOfTaskId } from './task-id';
import { waitAtMost, withTimeout } from '../../internal/with-timeout';
import type { ReceiptStore, SettlementRecord, SettlementFact } from './settlement-record';

/**
 * Records the outcomes of holds. Calls do not wait for it and do not fail with it: a record that cannot be
 * written after three attempts emits an `error` event, once per hold.
 */
export class ReceiptRecorder {
  private readonly store: ReceiptStore;
  private readonly events: SettlementEvents;
  private readonly waitUntil: WaitUntil | undefined;
  private readonly writing = new Set<Promise<void>>();
  private readonly failed = new WeakSet<Hold>();

  constructor({
    events,
    store,
    waitUntil,
  }: {
    events: SettlementEvents;
    store: ReceiptStore;
    waitUntil: WaitUntil | undefined;
  }) {
    this.store = store;
    this.events = events;
    this.waitUntil = waitUntil;
  }

  /** Never throws. */
  note(name: SettlementFact, hold: Hold, event: SettlementEvent): void {
    const writing = this.write(name, hold, { ...event, at: Date.now() }).catch((cause: unknown) => {
      if (this.failed.has(hold)) return;
      this.failed.add(hold);
      this.events.emit('error', { ...event, error: notWritten(cause) });
    });
    this.writing.add(writing);
    void writing.then(() => this.writing.delete(writing));
    keepAlive(this.waitUntil, writing);
  }

  /** For callers after which the process may end: waits until everything is written, at most a second. */
  async flush(): Promise<void> {
    await waitAtMost(Promise.all(this.writing), patienceMs);
  }

  private async write(
    name: SettlementFact,
    hold: Hold,
    event: SettlementEvent & { at: number },
  ): Promise<void> {
    const record = await recordOf(name, hold, event);
    for (let attempt = 1; ; attempt++) {
      try {
        await withTimeout(this.store.append(record), timeoutMs);
        return;
      } catch (error) {
        if (attempt === attempts) throw error;
        await waitBefore(attempt, { initialMs: 250 }, error);
      }
    }
  }
}

const patienceMs = 1000;
const timeoutMs = 5000;
const attempts = 3;

async function recordOf(
  name: SettlementFact,
  hold: Hold,
  { agent, at, error, labels, reason, receipt }: SettlementEvent & { at: number },
): Promise<SettlementRecord> {
  const { captured, expiresAt, fee, proof, returned, stake, status } = receipt;
  const heldAt = timeOfTaskId(hold.taskId);
  const durationMs = durationUntil(at, hold.taskId);
  const isEnd = status !== 'pending' && status !== 'kept';
  return {
    hold: await digestOf(hold.rail, hold.taskId),
    event: name,
    status,
    at: new Date(at).toISOString(),
    heldAt: new Date(heldAt ?? hold.expiresAt).toISOString(),
    ...(isEnd && durationMs !== undefined && { durationMs }),
    ...(agent !== '' && { agent }),
    rail: hold.rail,
    taskId: hold.taskId,
    escrowId: hold.escrowId,
    payee: hold.payee,
    exchangeUrl: hold.exchangeUrl,
    currency: hold.currency,
    decimals: hold.decimals ?? 0,
    amount: String(hold.amount),
    fee: String(fee ?? hold.fee),
    ...(captured !== undefined && { captured: String(captured) }),
    ...(returned !== undefined && { returned: String(returned) }),
    ...(stake !== undefined && { stake: String(stake) }),
    expiresAt: expiresAt ?? hold.expiresAt.toISOString(),
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { error: error.code }),
    ...(proof !== undefined && { proof }),
    ...(labels !== undefined && { labels }),
  };
}

function notWritten(cause: unknown): SettlementError {
  return new SettlementError({
    code: 'RECEIPT_FAILED',
    // The cause is left out: an error of a storage may contain its password.
    message:
      'The outcome of a hold could not be written to the receipt store: its storage failed or timed out. The settlement itself is not affected.',
    cause,
  });
}
