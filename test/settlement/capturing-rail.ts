import {
  SettlementError,
  type AgentAnswer,
  type AgentTerms,
  type Amount,
  type Currency,
  type Hold,
  type HoldRequest,
  type MessageDecoration,
  type PaymentChallenge,
  type Pending,
  type RecordedHold,
  type Settled,
  type SettlementRail,
} from '../../src/rails/rail';

export const usdc: Currency = { code: 'USDC', decimals: 6 };

/** What an agent says that wants to be paid. */
export const asksFor = (amount: Amount, payee = 'seller', currency = 'USDC') => ({
  'pay.amount': amount,
  'pay.to': payee,
  'pay.in': currency,
});

/** A rail whose agent captures: it signs, and a ledger in memory says what agents took. */
export class CapturingRail implements SettlementRail {
  readonly name: string;
  readonly currency: Currency;
  readonly capabilities = { capturedBy: 'agent', partialRelease: false } as const;
  /** What was signed. */
  readonly signed: HoldRequest[] = [];
  /** What was asked about signatures, in order. */
  readonly asked: string[] = [];
  /** By escrow id: what agents took. */
  readonly captures = new Map<string, Amount>();
  /** How messages were decorated. */
  readonly decorations: (boolean | undefined)[] = [];
  /** What every message goes with. */
  headers: Record<string, string> | undefined;
  /** What a signature pays. */
  pays: Hold['pays'];
  /** Without it the agent's word is all that is known. */
  hasLedger = true;
  isConfigured = true;
  cardTerms: AgentTerms | undefined = { isAsked: true, required: false };
  lifetimeMs = 60_000;
  /** Errors thrown by the next signatures. */
  readonly failures: SettlementError[] = [];

  constructor(name = 'chain', currency = usdc) {
    this.name = name;
    this.currency = currency;
  }

  assertConfigured(): void {
    if (this.isConfigured) return;
    throw new SettlementError({ code: 'NOT_CONFIGURED', message: 'no key is set.' });
  }

  terms(): AgentTerms | undefined {
    return this.cardTerms;
  }

  challenge({ headers, metadata }: AgentAnswer): PaymentChallenge | undefined {
    const said = (headers?.['payment-required'] ?? '').split(' ');
    const [amount, payee, code] =
      said.length === 3
        ? said
        : ['pay.amount', 'pay.to', 'pay.in'].map((key) => Reflect.get(metadata ?? {}, key));
    if (code !== this.currency.code) return undefined;
    return { amount, payee, currency: this.currency, offer: { nonce: `nonce of ${payee}` } };
  }

  async hold(request: HoldRequest): Promise<Hold> {
    const failed = this.failures.shift();
    if (failed !== undefined) throw failed;
    this.signed.push(request);
    const { amount, payee, taskId } = request;
    return {
      rail: this.name,
      taskId,
      escrowId: `${this.name}-${this.signed.length}`,
      payee,
      amount,
      fee: this.currency.decimals === 0 ? 0 : '0',
      currency: this.currency.code,
      decimals: this.currency.decimals,
      exchangeUrl: `urn:${this.name}`,
      expiresAt: new Date(Date.now() + this.lifetimeMs),
      ...(this.pays && { pays: this.pays }),
      state: { nonce: `nonce ${this.signed.length}`, of: { chain: this.name } },
    };
  }

  async release(
    hold: Hold,
    { answer }: { answer?: AgentAnswer | undefined } = {},
  ): Promise<Settled | Pending> {
    this.asked.push(`release ${hold.escrowId} ${answer?.state}`);
    return this.whatBecame(hold, answer, { status: 'late' });
  }

  async refund(
    hold: Hold,
    { answer, reason }: { answer?: AgentAnswer | undefined; reason?: string | undefined } = {},
  ): Promise<Settled | Pending> {
    this.asked.push(`refund ${hold.escrowId} ${reason}`);
    const back: Settled = { status: 'refunded', returned: hold.amount };
    if (reason === 'not-dispatched' || reason === 'unreachable') return back;
    const settled = this.whatBecame(hold, answer, back);
    return settled.status === 'released' ? { ...settled, status: 'taken' } : settled;
  }

  async look(hold: Hold): Promise<RecordedHold | undefined> {
    const settled = this.whatBecame(hold, undefined, { status: 'late' });
    const state =
      settled.status === 'pending'
        ? ({ type: 'held' } as const)
        : settled.status === 'late'
          ? ({ type: 'lapsed' } as const)
          : ({ type: 'settled', settled } as const);
    return { hold, isOurs: true, state };
  }

  decorate(
    { escrowId }: Hold,
    { isFirst }: { isFirst?: boolean | undefined } = {},
  ): Promise<MessageDecoration> {
    this.decorations.push(isFirst);
    const metadata: Record<string, string> = isFirst === true ? { paid: escrowId } : {};
    const { headers } = this;
    return Promise.resolve({ metadata, extensions: ['urn:capture'], ...(headers && { headers }) });
  }

  decorateOffer() {
    return { metadata: {}, extensions: ['urn:capture'] };
  }

  async seal(text: string): Promise<string> {
    return `${this.name} seals ${text.length} ${text}`;
  }

  /** The agent takes what was signed last, or so much. */
  capture(amount?: Amount): void {
    const { length } = this.signed;
    const most = this.signed[length - 1]?.amount ?? 0;
    this.captures.set(`${this.name}-${length}`, amount ?? most);
  }

  private whatBecame(
    { escrowId, expiresAt }: Hold,
    answer: AgentAnswer | undefined,
    lapsed: Settled,
  ): Settled | Pending {
    const said = Reflect.get(answer?.metadata ?? {}, 'receipt');
    const amount = this.hasLedger ? this.captures.get(escrowId) : said;
    if (amount !== undefined) {
      const confirmedBy = this.hasLedger ? 'ledger' : 'agent';
      const proof = [{ transaction: `0x${escrowId}`, network: this.name, confirmedBy } as const];
      return { status: 'released', amount, fee: '0', proof };
    }
    if (expiresAt.getTime() <= Date.now()) return lapsed;
    return { status: 'pending', until: expiresAt };
  }
}
