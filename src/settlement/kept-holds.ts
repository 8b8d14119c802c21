import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { Hold, SettlementRail } from '../rails/rail';
import type { HeldPayment } from './held-payment';
import { readSealedHold } from './kept-mark';
import type { SettlementJournal } from './settlement-journal';

/** Finds the hold under which a waiting task goes on, in this process's memory or in the conversation. */
export class KeptHolds {
  private readonly rail: SettlementRail;
  private readonly journal: SettlementJournal;
  private readonly byTask = new Map<string, Hold>();
  private readonly inUse = new Set<string>();

  constructor({ rail, journal }: { rail: SettlementRail; journal: SettlementJournal }) {
    this.rail = rail;
    this.journal = journal;
  }

  /** The payment's turn is over: its hold may be taken up again, if it was kept. */
  giveBack(payment: HeldPayment): void {
    this.inUse.delete(payment.hold.escrowId);
    for (const [key, hold] of this.byTask) {
      if (isLapsing(hold)) this.byTask.delete(key);
    }
    const taskId = payment.keptFor;
    if (taskId !== undefined) this.byTask.set(keyOf(payment.agent, taskId), payment.hold);
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
  ): Promise<Hold | undefined> {
    const known =
      this.takeKnown(agent, params) ??
      (await readSealedHold(this.rail, params)) ??
      (await this.findInJournal(agent, params));
    // Two calls that continue one task must not both go on under its hold.
    if (known === undefined || known.payee !== payee || this.inUse.has(known.escrowId)) {
      return undefined;
    }
    this.inUse.add(known.escrowId);
    const hold = await this.confirm(known);
    if (hold !== undefined && hold.payee === payee && !isLapsing(hold)) return hold;
    this.inUse.delete(known.escrowId);
    return undefined;
  }

  /** For callers who kept the task's id, but not the messages. */
  private async findInJournal(
    agent: string,
    params: LanguageModelV4CallOptions,
  ): Promise<Hold | undefined> {
    const tasks = taskIdsOf(params);
    if (tasks.length === 0) return undefined;
    const entries = await this.journal.list().catch(() => []);
    for (const entry of entries) {
      if (entry.type !== 'kept' || entry.agent !== agent) continue;
      if (tasks.includes(entry.task)) return entry.hold;
    }
    return undefined;
  }

  private async confirm(known: Hold): Promise<Hold | undefined> {
    if (this.rail.look === undefined) return known;
    try {
      const recorded = await this.rail.look(known.escrowId);
      return recorded?.isOurs === true && recorded.state.type === 'held'
        ? recorded.hold
        : undefined;
    } catch {
      return known;
    }
  }

  private takeKnown(agent: string, params: LanguageModelV4CallOptions): Hold | undefined {
    for (const taskId of taskIdsOf(params)) {
      const key = keyOf(agent, taskId);
      const hold = this.byTask.get(key);
      if (hold === undefined) continue;
      this.byTask.delete(key);
      return hold;
    }
    return undefined;
  }
}

/** A hold that lapses within this time cannot be counted on for another turn. */
const marginMs = 30_000;

function isLapsing({ expiresAt }: Hold): boolean {
  return expiresAt.getTime() - Date.now() < marginMs;
}

function keyOf(agent: string, taskId: string): string {
  return JSON.stringify([agent, taskId]);
}

/** The tasks a call may continue, likeliest first. */
function taskIdsOf({ prompt, providerOptions }: LanguageModelV4CallOptions): string[] {
  const asked = providerOptions?.['a2a']?.['taskId'];
  const answered = prompt
    .findLast((message) => message.role === 'assistant')
    ?.content.map((part) =>
      typeof part === 'string' ? undefined : part.providerOptions?.['a2a']?.['taskId'],
    );
  return [asked, ...(answered ?? []).reverse()].filter((taskId) => typeof taskId === 'string');
}
