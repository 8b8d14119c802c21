import type { Hold, HoldRequest, SettlementError, SettlementRail } from '../../rails/rail';
import { waitOf } from '../state/backoff';
import { forEach } from '../../internal/for-each';
import { withJournalTimeout } from '../state/with-journal-timeout';
import { waitAtMost } from '../../internal/with-timeout';
import { ActiveHold } from './active-hold';
import { contextOn, type PaymentContext } from './payment-context';
import { findHold, shareLookups, type Found } from './obtain-hold';

/** A hold whose response was lost, and for which no agent was called. */
interface Lost {
  agent: string;
  /** The labels of the call. */
  labels: Record<string, string> | undefined;
  rail: SettlementRail;
  request: Pick<HoldRequest, 'amount' | 'payee' | 'taskId' | 'ttlMinutes'>;
  /** The error of the request. */
  error: SettlementError;
}

interface Watched extends Lost {
  startedAt: number;
  attempt: number;
  /** When it was last looked up, in milliseconds since 1970. */
  lookedAt: number;
  /** When it is to be looked up again. */
  lookAt: number;
  done: () => void;
}

/**
 * Refunds holds of requests whose responses were lost. A request may still be in progress, so the holds are
 * looked up repeatedly, all of them at once. A hold that is not found in time is left to `reconcile`, and
 * reported by an `unresolved` event.
 */
export class LostHolds {
  private readonly lookups = new Map<SettlementRail, Pick<SettlementRail, 'find'>>();
  private readonly context: PaymentContext;
  private readonly watched = new Map<string, Watched>();
  private isWatching = false;
  private wake = () => {};

  constructor(context: PaymentContext) {
    this.context = context;
  }

  /** Looks up holds of a rail, with one request for all concurrent callers. */
  lookupsOf(rail: SettlementRail): Pick<SettlementRail, 'find'> {
    const lookups = this.lookups.get(rail) ?? shareLookups(rail);
    this.lookups.set(rail, lookups);
    return lookups;
  }

  /** Resolves when the hold was refunded, or is left to `reconcile`. Never throws. */
  async undo(lost: Lost): Promise<void> {
    const { agent, labels, rail, request } = lost;
    const { amount, payee, taskId, ttlMinutes } = request;
    const startedAt = Date.now();
    await withJournalTimeout(
      this.context.journal.put({
        type: 'lost',
        agent,
        request: { taskId, payee, amount, ttlMinutes },
        rail: rail.name,
        at: startedAt,
        ...(labels !== undefined && { labels }),
      }),
    );
    // `obtainHold` has just looked it up.
    const lookedAt = Date.now();
    const lookAt = lookedAt + waitOf(1, this.context.backoff);
    await new Promise<void>((done) => {
      this.watched.set(taskId, {
        ...lost,
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
      // A hold that was added meanwhile may be due earlier.
      if ((await waitAtMost(woken, Math.max(0, lookAt - Date.now()))) !== true) {
        await this.lookForAll(lookAt);
      }
    }
    this.isWatching = false;
  }

  private async lookForAll(dueAt: number): Promise<void> {
    const canList = ({ rail }: Watched) => rail.findMany !== undefined;
    const all = [...this.watched.values()].filter((lost) => canList(lost) || lost.lookAt <= dueAt);
    const looked: { lost: Watched; found: Found }[] = [];
    const look = async (lost: Watched) => {
      const lookups = this.lookupsOf(lost.rail);
      looked.push({ lost, found: await findHold(lookups, lost.request) });
    };
    // Concurrent lookups share one list request.
    await Promise.all([
      ...all.filter(canList).map(look),
      forEach(
        all.filter((lost) => !canList(lost)),
        look,
      ),
    ]);
    const shown = looked.flatMap(({ found, lost }) => {
      if (found.type !== 'found') {
        this.lookAgain(lost, dueAt);
        return [];
      }
      this.watched.delete(lost.request.taskId);
      return [{ lost, hold: found.hold }];
    });
    // Not awaited: a refund that is retried must not delay the lookup of the others.
    void forEach(shown, async ({ hold, lost }) => {
      const { agent, labels, rail } = lost;
      await undoLostHold(contextOn(this.context, rail), { agent, hold, labels });
      lost.done();
    });
  }

  private lookAgain(lost: Watched, dueAt: number): void {
    const { attempts, deadlineMs = Number.POSITIVE_INFINITY, initialMs } = this.context.backoff;
    const { agent, error, labels, lookAt, lookedAt, rail, request, startedAt } = lost;
    const { taskId } = request;
    // A lookup that others triggered counts after a third of the wait: waits are random, and holds that were
    // lost together would otherwise be looked up one after the other.
    if (dueAt < lookedAt + (lookAt - lookedAt) / 3) return;
    const now = Date.now();
    const leftMs = startedAt + deadlineMs - now;
    if (rail.find !== undefined && ++lost.attempt <= attempts && leftMs > 0) {
      lost.lookedAt = now;
      lost.lookAt = now + waitOf(lost.attempt, { initialMs, maxMs: leftMs });
      return;
    }
    this.watched.delete(taskId);
    const receipt = { status: 'unknown', reason: error.code, taskId } as const;
    const about = { agent, receipt, error, ...(labels !== undefined && { labels }) };
    this.context.events.emit('unresolved', about);
    lost.done();
  }
}

/** Refunds a hold that was found after its call continued without it. */
export async function undoLostHold(
  context: PaymentContext,
  {
    agent,
    hold,
    labels,
  }: { agent: string; hold: Hold; labels: Record<string, string> | undefined },
): Promise<ActiveHold> {
  const work = { startedAt: Date.now(), earlierMs: 0, labels };
  const payment = new ActiveHold(agent, { phase: 'open', hold }, context, work);
  payment.adoptJournal();
  await payment.end({ type: 'failed', reason: 'not-dispatched' });
  return payment;
}
