import {
  SettlementError,
  type AgentTerms,
  type Amount,
  type Hold,
  type HoldRequest,
  type RecordedHold,
  type Settled,
  type SettlementErrorCode,
  type SettlementErrorFacts,
  type SettlementRail,
} from '../../src/rails/rail';

/** What a rail is asked for. */
export type RailCall =
  | 'hold'
  | 'release'
  | 'refund'
  | 'dispute'
  | 'find'
  | 'look'
  | 'listGroup'
  | 'listHeld';

/** A ledger in memory behind a rail that can be told to fail, and remembers what it was asked. */
export class FakeRail implements SettlementRail {
  readonly name = 'fake';
  readonly capabilities = {
    capturedBy: 'payer',
    partialRelease: true,
    maxAmount: 10_000,
  } as const;
  /** The holds that were asked for and made. */
  readonly holds: HoldRequest[] = [];
  /** What was asked to move money, in order. */
  readonly asked: string[] = [];
  /** What was asked about, in order. */
  readonly looked: string[] = [];
  /** By escrow id. Tests may change it behind everybody's back. */
  readonly ledger = new Map<string, RecordedHold>();
  cardTerms: AgentTerms | undefined;
  isConfigured = true;
  /** Errors thrown by the next calls before they do anything, in order; then calls succeed. */
  readonly failures = queues();
  /** Errors thrown by the next calls after they did their work: their answer is lost. */
  readonly lostAnswers = queues();
  /** Is told of each call as it comes in, before anything is done. */
  onCall: (call: RailCall, hold?: Hold) => void = () => {};
  delayMs = 0;
  lifetimeMs = 3_600_000;
  /** Of the payer: another one makes other seals. */
  key = 'key-of-the-payer';
  private readonly groups = new Map<string, string>();
  private readonly gates = new Map<RailCall, Promise<void>>();
  private readonly answerGates = new Map<RailCall, Promise<void>>();
  private count = 0;

  /** Calls of this kind wait until the returned function is called. */
  gate(call: RailCall): () => void {
    return closeGate(this.gates, call);
  }

  /** Calls of this kind do their work, and their answers wait until the returned function is called. */
  gateAnswer(call: RailCall): () => void {
    return closeGate(this.answerGates, call);
  }

  /** A hold that is on the ledger, as another process may have left it. */
  put(hold: Partial<Hold> = {}, record: Partial<RecordedHold> = {}, group?: string): Hold {
    const escrowId = `escrow-${++this.count}`;
    const made: Hold = {
      rail: this.name,
      taskId: `aisdk-${this.count}`,
      escrowId,
      payee: 'payee',
      amount: 20,
      fee: 1,
      currency: 'ATE',
      exchangeUrl: 'https://exchange.example.com/v1',
      expiresAt: new Date(Date.now() + this.lifetimeMs),
      ...hold,
    };
    this.ledger.set(made.escrowId, {
      hold: made,
      state: { type: 'held' },
      isOurs: true,
      ...record,
    });
    if (group !== undefined) this.groups.set(made.escrowId, group);
    return made;
  }

  /** How the ledger has a hold: its state, or what became of it. */
  statusOf(escrowId: string): string | undefined {
    const state = this.ledger.get(escrowId)?.state;
    return state?.type === 'settled' ? state.settled.status : state?.type;
  }

  assertConfigured(): void {
    if (this.isConfigured) return;
    throw new SettlementError({ code: 'NOT_CONFIGURED', message: 'no key is set.' });
  }

  terms(): AgentTerms | undefined {
    return this.cardTerms;
  }

  async hold(request: HoldRequest): Promise<Hold> {
    this.asked.push('hold');
    return this.work('hold', undefined, () => {
      const { amount, payee, taskId } = request;
      // The same request again is the same hold.
      const made = [...this.ledger.values()].find(({ hold }) => hold.taskId === taskId);
      if (made !== undefined) return made.hold;
      this.holds.push(request);
      return this.put({ taskId, payee, amount }, {}, request.group);
    });
  }

  async release(
    hold: Hold,
    { amount: part = hold.amount }: { amount?: Amount | undefined } = {},
  ): Promise<Settled> {
    const { amount, escrowId, fee } = hold;
    this.asked.push(part === amount ? `release ${escrowId}` : `release ${escrowId} ${part}`);
    const settled: Settled = this.isOver(hold)
      ? { status: 'late' }
      : part === amount
        ? { status: 'released', amount, fee }
        : {
            status: 'partially-released',
            amount: part,
            fee: 0,
            returned: allOf(hold) - Number(part),
          };
    return this.work('release', hold, () => this.settle(hold, settled));
  }

  /** An exchange gives back by itself what has lapsed. */
  private isOver({ expiresAt }: Hold): boolean {
    return expiresAt.getTime() < Date.now();
  }

  async refund(hold: Hold, { reason }: { reason?: string | undefined } = {}): Promise<Settled> {
    this.asked.push(`refund ${hold.escrowId} ${reason}`);
    const settled: Settled = { status: 'refunded', returned: allOf(hold) };
    return this.work('refund', hold, () => this.settle(hold, settled));
  }

  async dispute(
    hold: Hold,
    { reason, stake }: { reason: string; stake: number },
  ): Promise<Settled> {
    this.asked.push(`dispute ${hold.escrowId} ${reason} ${stake}`);
    return this.work('dispute', hold, () => this.settle(hold, { status: 'disputed', stake }));
  }

  async find(taskId: string): Promise<Hold | undefined> {
    this.looked.push(`find ${taskId}`);
    return this.work('find', undefined, () => this.held().find((hold) => hold.taskId === taskId));
  }

  async look({ escrowId }: Pick<Hold, 'escrowId'>): Promise<RecordedHold | undefined> {
    this.looked.push(`look ${escrowId}`);
    return this.work('look', undefined, () => {
      const recorded = this.ledger.get(escrowId);
      return recorded?.state.type === 'held' && recorded.hold.expiresAt.getTime() <= Date.now()
        ? { ...recorded, state: { type: 'lapsed' } }
        : recorded;
    });
  }

  async listHeld(taskIdPrefix: string): Promise<Hold[]> {
    this.looked.push(`list ${taskIdPrefix}`);
    return this.work('listHeld', undefined, () =>
      this.held().filter(({ taskId }) => taskId.startsWith(taskIdPrefix)),
    );
  }

  async listGroup(group: string): Promise<RecordedHold[]> {
    this.looked.push(`group ${group}`);
    return this.work('listGroup', undefined, () =>
      [...this.ledger.values()].filter(
        ({ hold, isOurs }) => isOurs && this.groups.get(hold.escrowId) === group,
      ),
    );
  }

  async seal(text: string): Promise<string> {
    this.assertConfigured();
    const bytes = new TextEncoder().encode(`${this.key}\n${text}`);
    return [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].join('-');
  }

  decorate({ escrowId }: Hold) {
    return { metadata: { pay: { escrowId } }, extensions: ['urn:pay'] };
  }

  private held(): Hold[] {
    return [...this.ledger.values()].flatMap(({ hold, isOurs, state }) =>
      isOurs && state.type === 'held' ? [hold] : [],
    );
  }

  /** As the exchange does it: the same again is fine, another end is refused. */
  private settle(hold: Hold, settled: Settled): Settled {
    const recorded = this.ledger.get(hold.escrowId);
    if (recorded === undefined) return settled;
    const { isOurs, state } = recorded;
    if (!isOurs) throw failure('FORBIDDEN');
    if (state.type === 'lapsed') {
      return settled.status === 'refunded'
        ? { status: 'refunded', returned: allOf(hold) }
        : { status: 'late' };
    }
    if (state.type === 'held') {
      this.ledger.set(hold.escrowId, { ...recorded, state: { type: 'settled', settled } });
      return settled;
    }
    if (state.type === 'settled' && state.settled.status === settled.status) return state.settled;
    throw failure('ALREADY_SETTLED', { state: this.statusOf(hold.escrowId) });
  }

  private async work<RESULT>(
    call: RailCall,
    hold: Hold | undefined,
    deed: () => RESULT,
  ): Promise<RESULT> {
    this.onCall(call, hold);
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    await this.gates.get(call);
    const failed = this.failures[call].shift();
    if (failed !== undefined) throw failed;
    const result = deed();
    const lost = this.lostAnswers[call].shift();
    if (lost !== undefined) throw lost;
    await this.answerGates.get(call);
    return result;
  }
}

/** With the fee. */
function allOf({ amount, fee }: Hold): number {
  return Number(amount) + Number(fee);
}

export function failure(
  code: SettlementErrorCode,
  facts: SettlementErrorFacts = {},
): SettlementError {
  return new SettlementError({ code, message: code, ...facts });
}

/** The line broke; nobody knows whether the request had arrived. */
export const lineBroke = () => failure('NETWORK', { isRetryable: true });

function closeGate(gates: Map<RailCall, Promise<void>>, call: RailCall): () => void {
  let open = () => {};
  gates.set(call, new Promise((resolve) => (open = resolve)));
  return () => {
    gates.delete(call);
    open();
  };
}

function queues(): Record<RailCall, unknown[]> {
  return {
    hold: [],
    release: [],
    refund: [],
    dispute: [],
    find: [],
    look: [],
    listGroup: [],
    listHeld: [],
  };
}
