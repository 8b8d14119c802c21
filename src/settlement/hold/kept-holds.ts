import type { LanguageModelV4Prompt } from '@ai-sdk/provider';
import type { Hold, HoldState, SettlementRail } from '../../rails/rail';
import { isSameAgent, spellingOf } from '../state/agent-settings';
import { capabilitiesOf } from '../state/capabilities-of';
import { isRetryable, waitBefore, type Backoff } from '../state/backoff';
import { isSamePayee } from '../state/is-same-payee';
import { withJournalTimeout } from '../state/with-journal-timeout';
import type { SettlementJournal } from '../state/settlement-journal';
import type { ActiveHold } from './active-hold';
import type { PaymentContext } from './payment-context';
import { readSealedHold, type KeptHold } from './kept-mark';

/** The task whose hold is searched. */
export interface SoughtTask {
  /** The model id. */
  agent: string;
  taskId: string;
  /** The conversation, if it is known: some agents use the same task id in each conversation. */
  contextId: string | undefined;
  /** Identifies the conversation's owner. */
  subject: string | undefined;
  /** The payee on a rail; undefined if only the agent's challenge names one. */
  payeeOn: (rail: string) => string | undefined;
  /** The call's messages. */
  prompt: LanguageModelV4Prompt;
  /** Whether a hold matches while the agent is working; else only while it waits for its caller. */
  mayWork: boolean;
  /** The task's status is only queried: no message is sent to it. */
  isResumed: boolean;
}

/** Finds the hold of a task that continues, in this process's memory, in the conversation or in the journal. */
export class KeptHolds {
  private readonly context: KeptContext;
  private readonly journal: SettlementJournal;
  private readonly backoff: Pick<Backoff, 'initialMs'>;
  private readonly live: Set<string>;
  private readonly byTask = new Map<string, KeptHold>();

  constructor(context: KeptContext) {
    const {
      backoff: { initialMs },
      journal,
      live,
    } = context;
    this.context = context;
    this.journal = journal;
    this.live = live;
    this.backoff = { initialMs: Math.min(initialMs, 100) };
  }

  /** The payment's turn is over: if its hold was kept, it may be taken again. */
  giveBack({ kept }: ActiveHold): void {
    for (const [key, { hold }] of this.byTask) {
      if (this.isOver(hold)) this.byTask.delete(key);
    }
    if (kept !== undefined) this.byTask.set(keyOf(kept), kept);
  }

  /**
   * The hold that was kept for this task, agent and subject, if the ledger confirms that it is held, by this
   * payer, for this payee, and it lasts long enough. Only if the ledger cannot be reached, this process's
   * memory or the payer's own seal is trusted instead: a second hold would pay the task twice.
   */
  async take(sought: SoughtTask): Promise<KeptHold | undefined> {
    const known = (await this.findKnown(sought)) ?? (await this.findInJournal(sought));
    if (known === undefined) return undefined;
    // A hold that pays one message cannot pay another.
    if (known.hold.pays === 'message' && !sought.isResumed) return undefined;
    const { payee = known.hold.payee } = { payee: sought.payeeOn(known.hold.rail) };
    if (!isSamePayee(known.hold.payee, payee)) return undefined;
    // A call that is using another task of the same hold keeps it.
    const { taskId } = known.hold;
    if (this.live.has(taskId)) return undefined;
    this.live.add(taskId);
    const hold = await this.confirm(known.hold);
    const isFit = hold !== undefined && isSamePayee(hold.payee, payee);
    if (isFit && !this.isOver(hold)) return { ...known, hold };
    this.live.delete(taskId);
    return undefined;
  }

  /**
   * The mark in the conversation has priority: an agent may use one task id in two conversations. This process
   * may know more of the same hold: an older message may carry an older mark of it.
   */
  private async findKnown(sought: SoughtTask): Promise<KeptHold | undefined> {
    const sealed = await readSealedHold(this.context.rails, sought);
    const key = keyOf(sought);
    const known = this.byTask.get(key);
    if (sealed !== undefined && known?.hold.escrowId !== sealed.hold.escrowId) return sealed;
    if (known === undefined || !isOf(sought, known.contextId)) return undefined;
    this.byTask.delete(key);
    return known;
  }

  /** For callers that kept the task's id, but not the messages. */
  private async findInJournal(sought: SoughtTask): Promise<KeptHold | undefined> {
    const { agent, mayWork, subject, taskId } = sought;
    for (const entry of (await withJournalTimeout(this.journal.listTask(taskId))) ?? []) {
      const isFit = entry.type === 'kept' || (entry.type === 'open' && mayWork);
      if (!isFit || !isSameAgent(entry.agent, agent) || entry.subject !== subject) continue;
      const { hold, work } = entry;
      if (this.live.has(hold.taskId) || !isOf(sought, work.contextId)) continue;
      return {
        agent,
        hold,
        taskId,
        elapsedMs: work.earlierMs,
        ...(subject !== undefined && { subject }),
        ...(entry.type === 'open' && { workingSince: work.startedAt }),
        ...(work.webhook !== undefined && { webhook: work.webhook }),
        ...(work.labels !== undefined && { labels: work.labels }),
      };
    }
    return undefined;
  }

  private railOf({ rail: name }: Hold): SettlementRail | undefined {
    return this.context.rails.find((rail) => rail.name === name);
  }

  private isOver(hold: Hold): boolean {
    return isLapsing(hold, this.railOf(hold)?.now?.() ?? this.context.now());
  }

  private async confirm(known: Hold): Promise<Hold | undefined> {
    const rail = this.railOf(known);
    if (rail === undefined) return undefined;
    if (rail.look === undefined) return known;
    // If the agent was paid when the work began, no hold is left, and the agent is still working.
    const isPaidAhead = capabilitiesOf(rail, known).capturedBy === 'agent';
    for (let attempt = 1; ; attempt++) {
      try {
        const recorded = await rail.look(known);
        const isUsable = recorded?.isOurs === true && isInForce(recorded.state, isPaidAhead);
        return isUsable ? recorded.hold : undefined;
      } catch (error) {
        if (attempt === tries || !isRetryable(error)) return known;
        await waitBefore(attempt, this.backoff, error);
      }
    }
  }
}

type KeptContext = Pick<PaymentContext, 'backoff' | 'journal' | 'live' | 'now' | 'rail' | 'rails'>;

function isInForce(state: HoldState, isPaidAhead: boolean): boolean {
  if (state.type !== 'settled') return state.type === 'held';
  return isPaidAhead && state.settled.status.endsWith('released');
}

function isOf({ contextId }: SoughtTask, kept: string | undefined): boolean {
  return contextId === undefined || kept === undefined || contextId === kept;
}

/** Attempts before the ledger counts as unreachable. The caller waits meanwhile. */
const tries = 2;

/** A hold that expires within this time is not used for another turn. */
const marginMs = 30_000;

export function isLapsing({ expiresAt }: Hold, now: number): boolean {
  return expiresAt.getTime() - now < marginMs;
}

function keyOf({ agent, subject, taskId }: Pick<KeptHold, 'agent' | 'subject' | 'taskId'>): string {
  return JSON.stringify([spellingOf(agent), taskId, subject ?? null]);
}
