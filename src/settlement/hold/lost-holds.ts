import type { HoldRequest, SettlementError, SettlementRail } from '../../rails/rail';
import { waitOf } from '../core/backoff';
import { forEach } from '../core/for-each';
import { patiently } from '../core/patiently';
import { within } from '../core/within';
import type { PaymentContext } from './held-payment';
import { findHold, type Found } from './obtain-hold';
import { shareLookups } from './share-lookups';
import { undoLost } from './undo-lost';

/** A hold whose answer was lost, and for which no agent was called. */
interface Lost {
  agent: string;
  request: Pick<HoldRequest, 'amount' | 'payee' | 'taskId' | 'ttlMinutes'>;
  /** What became of the request. */
  error: SettlementError;
}

interface Watched extends Lost {
  startedAt: number;
  attempt: number;
  /** When it was looked for, in milliseconds since 1970. */
  lookedAt: number;
  /** When it is to be looked for again. */
  lookAt: number;
  done: () => void;
}

/**
 * Gives back what is held for requests whose answers were lost. Their requests may be under way yet,
 * so they are looked for again and again, all of them at once. What does not show in time is left to
 * `reconcile`, and an `unresolved` event tells of it.
 */
export class LostHolds {
  /** Looks holds up, with one question for all who ask at the time. */
  readonly lookups: Pick<SettlementRail, 'find'>;
  private readonly context: PaymentContext;
  private readonly watched = new Map<string, Watched>();
  private isWatching = false;
  private wake = () => {};

  constructor(context: PaymentContext) {
    this.context = context;
    this.lookups = shareLookups(context.rail);
  }

  /** Ends when the hold was given back, or is left to `reconcile`. Never throws. */
  async undo(lost: Lost): Promise<void> {
    const { agent, error, request } = lost;
    const { amount, payee, taskId, ttlMinutes } = request;
    const startedAt = Date.now();
    await patiently(
      this.context.journal.put({
        type: 'lost',
        agent,
        request: { taskId, payee, amount, ttlMinutes },
        at: startedAt,
      }),
    );
    // Whoever lost it has just looked for it.
    const lookedAt = Date.now();
    const lookAt = lookedAt + waitOf(1, this.context.backoff);
    await new Promise<void>((done) => {
      this.watched.set(taskId, {
        agent,
        error,
        request,
        startedAt,
        attempt: 1,
        lookedAt,
        lookAt,
        done,
      });
      this.wake();
      if (!this.isWatching) void this.watch();
    });
  }

  private async watch(): Promise<void> {
    this.isWatching = true;
    while (this.watched.size > 0) {
      const lookAt = Math.min(...[...this.watched.values()].map((lost) => lost.lookAt));
      const woken = new Promise<true>((resolve) => (this.wake = () => resolve(true)));
      // Somebody who came meanwhile may be due earlier.
      if ((await within(woken, Math.max(0, lookAt - Date.now()))) !== true) {
        await this.lookForAll(lookAt);
      }
    }
    this.isWatching = false;
  }

  private async lookForAll(dueAt: number): Promise<void> {
    const canList = this.context.rail.findMany !== undefined;
    const all = [...this.watched.values()].filter(({ lookAt }) => canList || lookAt <= dueAt);
    const looked: { lost: Watched; found: Found }[] = [];
    const look = async (lost: Watched) => {
      looked.push({ lost, found: await findHold(this.lookups, lost.request) });
    };
    // Those who ask at once share one list.
    await (canList ? Promise.all(all.map(look)) : forEach(all, look));
    const shown = looked.flatMap(({ found, lost }) => {
      if (found.type !== 'found') {
        this.lookAgain(lost, dueAt);
        return [];
      }
      this.watched.delete(lost.request.taskId);
      return [{ lost, hold: found.hold }];
    });
    // Not waited for: a refund that is tried again must not keep the others from being looked for.
    void forEach(shown, async ({ hold, lost }) => {
      await undoLost(this.context, { agent: lost.agent, hold });
      lost.done();
    });
  }

  private lookAgain(lost: Watched, dueAt: number): void {
    const { attempts, deadlineMs = Number.POSITIVE_INFINITY, initialMs } = this.context.backoff;
    const { agent, error, lookAt, lookedAt, request, startedAt } = lost;
    const { taskId } = request;
    // Looks that others were the reason for count from a third of the wait: waits are random, and
    // holds that were lost together would else be looked for one after the other.
    if (dueAt < lookedAt + (lookAt - lookedAt) / 3) return;
    const now = Date.now();
    const leftMs = startedAt + deadlineMs - now;
    if (this.lookups.find !== undefined && ++lost.attempt <= attempts && leftMs > 0) {
      lost.lookedAt = now;
      lost.lookAt = now + waitOf(lost.attempt, { initialMs, maxMs: leftMs });
      return;
    }
    this.watched.delete(taskId);
    const receipt = { status: 'unknown', reason: error.code, taskId } as const;
    this.context.events.emit('unresolved', { agent, receipt, error });
    lost.done();
  }
}
