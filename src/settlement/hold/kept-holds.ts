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

/** The task whose hold is looked for. */
export interface SoughtTask {
  /** The model id. */
  agent: string;
  taskId: string;
  /** The conversation, where it is known: some agents give one id to a task in each. */
  contextId: string | undefined;
  /** Stands for whose conversation it is. */
  subject: string | undefined;
  /** Who is to be paid on a rail; undefined where only the agent's challenge says it. */
  payeeOn: (rail: string) => string | undefined;
  /** The call's messages. */
  prompt: LanguageModelV4Prompt;
  /** Also where the agent works on; else only where it waits for its caller. */
  mayWork: boolean;
  /** The task is only looked at: no message goes to it. */
  isResumed: boolean;
}

/** Finds the hold under which a task goes on, in this process's memory, in the conversation or in the journal. */
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

  /** The payment's turn is over: its hold may be taken up again, if it was kept. */
  giveBack({ kept }: ActiveHold): void {
    for (const [key, { hold }] of this.byTask) {
      if (this.isOver(hold)) this.byTask.delete(key);
    }
    if (kept !== undefined) this.byTask.set(keyOf(kept), kept);
  }

  /**
   * The hold that was kept for this task, agent and subject, if the ledger has it held, by this payer,
   * for this payee, and it lasts long enough. Only a ledger that cannot be asked is taken at the word of
   * this process's memory, or of the payer's own seal: a second hold would pay the task twice.
   */
  async take(sought: SoughtTask): Promise<KeptHold | undefined> {
    const known = (await this.findKnown(sought)) ?? (await this.findInJournal(sought));
    if (known === undefined) return undefined;
    // What pays one message pays no other.
    if (known.hold.pays === 'message' && !sought.isResumed) return undefined;
    const { payee = known.hold.payee } = { payee: sought.payeeOn(known.hold.rail) };
    if (!isSamePayee(known.hold.payee, payee)) return undefined;
    // A call that is under way with another task of the same hold keeps it.
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
   * What the conversation itself bears counts first: an agent may give two conversations tasks of one
   * name. This process knows more of the same hold: an older message may bear an older mark of it.
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

  /** For callers who kept the task's id, but not the messages. */
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
    // Who was paid as the work began has no hold left, and works on for it.
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

/** Before a ledger counts as one that cannot be asked. The caller waits meanwhile. */
const tries = 2;

/** A hold that lapses within this time cannot be counted on for another turn. */
const marginMs = 30_000;

export function isLapsing({ expiresAt }: Hold, now: number): boolean {
  return expiresAt.getTime() - now < marginMs;
}

function keyOf({ agent, subject, taskId }: Pick<KeptHold, 'agent' | 'subject' | 'taskId'>): string {
  return JSON.stringify([spellingOf(agent), taskId, subject ?? null]);
}
