import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Hold, SettlementRail } from '../../rails/rail';
import { mayHelp, waitBefore, type Backoff } from '../core/backoff';
import { patiently } from '../core/patiently';
import type { SettlementJournal } from '../journal/settlement-journal';
import type { HeldPayment, PaymentContext } from './held-payment';
import { isPausedPart, readSealedHold, resumedTask, type KeptHold } from './kept-mark';

/** Finds the hold under which a task goes on, in this process's memory, in the conversation or in the journal. */
export class KeptHolds {
  private readonly rail: SettlementRail;
  private readonly journal: SettlementJournal;
  private readonly backoff: Pick<Backoff, 'initialMs'>;
  private readonly live: Set<string>;
  private readonly byTask = new Map<string, KeptHold>();
  private readonly inUse = new Set<string>();

  constructor({
    backoff: { initialMs },
    journal,
    live,
    rail,
  }: Pick<PaymentContext, 'backoff' | 'journal' | 'live' | 'rail'>) {
    this.rail = rail;
    this.journal = journal;
    this.live = live;
    this.backoff = { initialMs: Math.min(initialMs, 100) };
  }

  /** The payment's turn is over: its hold may be taken up again, if it was kept. */
  giveBack(payment: HeldPayment): void {
    this.inUse.delete(payment.hold.escrowId);
    for (const [key, { hold }] of this.byTask) {
      if (isLapsing(hold)) this.byTask.delete(key);
    }
    const { kept } = payment;
    if (kept !== undefined) this.byTask.set(keyOf(payment.agent, kept.taskId), kept);
  }

  /**
   * The hold of the task this call continues, if the ledger has it held, by this payer, for this
   * payee, and it lasts long enough. Only a ledger that cannot be asked is taken at the word of this
   * process's memory, or of the payer's own seal: a second hold would pay the task twice.
   */
  async take(
    agent: string,
    params: LanguageModelV4CallOptions,
    payee: string,
  ): Promise<KeptHold | undefined> {
    const known =
      this.takeKnown(agent, params) ??
      (await readSealedHold(this.rail, params)) ??
      (await this.findInJournal(agent, params));
    if (known === undefined) return undefined;
    const { escrowId } = known.hold;
    // Two calls that continue one task must not both go on under its hold.
    if (known.hold.payee !== payee || this.inUse.has(escrowId)) return undefined;
    this.inUse.add(escrowId);
    const hold = await this.confirm(known.hold);
    if (hold !== undefined && hold.payee === payee && !isLapsing(hold)) return { ...known, hold };
    this.inUse.delete(escrowId);
    return undefined;
  }

  /** For callers who kept the task's id, but not the messages. */
  private async findInJournal(
    agent: string,
    params: LanguageModelV4CallOptions,
  ): Promise<KeptHold | undefined> {
    const tasks = taskIdsOf(params);
    if (tasks.length === 0) return undefined;
    const isResumed = resumedTask(params.providerOptions) !== undefined;
    const journal = await patiently(this.journal.list());
    for (const entry of journal?.entries ?? []) {
      const isFit = entry.type === 'kept' || (entry.type === 'open' && isResumed);
      if (!isFit || entry.agent !== agent || entry.task === undefined) continue;
      const { hold, task, work } = entry;
      if (!tasks.includes(task) || this.live.has(hold.taskId)) continue;
      return {
        hold,
        taskId: task,
        elapsedMs: work.earlierMs,
        ...(entry.type === 'open' && { workingSince: work.startedAt }),
        ...(work.webhook !== undefined && { webhook: work.webhook }),
      };
    }
    return undefined;
  }

  private async confirm(known: Hold): Promise<Hold | undefined> {
    if (this.rail.look === undefined) return known;
    for (let attempt = 1; ; attempt++) {
      try {
        const recorded = await this.rail.look(known);
        const isGood = recorded?.isOurs === true && recorded.state.type === 'held';
        return isGood ? recorded.hold : undefined;
      } catch (error) {
        if (attempt === tries || !mayHelp(error)) return known;
        await waitBefore(attempt, this.backoff, error);
      }
    }
  }

  private takeKnown(agent: string, params: LanguageModelV4CallOptions): KeptHold | undefined {
    for (const taskId of taskIdsOf(params)) {
      const key = keyOf(agent, taskId);
      const known = this.byTask.get(key);
      if (known === undefined) continue;
      this.byTask.delete(key);
      return known;
    }
    return undefined;
  }
}

/** Before a ledger counts as one that cannot be asked. The caller waits meanwhile. */
const tries = 2;

/** A hold that lapses within this time cannot be counted on for another turn. */
const marginMs = 30_000;

function isLapsing({ expiresAt }: Hold): boolean {
  return expiresAt.getTime() - Date.now() < marginMs;
}

function keyOf(agent: string, taskId: string): string {
  return JSON.stringify([agent, taskId]);
}

/** The waiting task a call goes on with, as far as it says so. */
export function continuedTask(params: LanguageModelV4CallOptions): string | undefined {
  return taskIdsOf(params)[0];
}

/** The tasks a call may continue, likeliest first. One that works on is continued only by name. */
function taskIdsOf(params: LanguageModelV4CallOptions): string[] {
  const { prompt, providerOptions } = params;
  const resumed = resumedTask(params.providerOptions);
  if (resumed !== undefined) return [resumed];
  const answer = prompt.findLast((message) => message.role === 'assistant');
  const answered = (answer?.content ?? []).flatMap((part) => {
    const metadata = typeof part === 'string' ? undefined : part.providerOptions;
    return !isPausedPart(metadata) ? [] : [metadata?.['a2a']?.['taskId']];
  });
  return [providerOptions?.['a2a']?.['taskId'], ...answered.reverse()].filter(
    (taskId) => typeof taskId === 'string',
  );
}
