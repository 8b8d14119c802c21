import {
  SettlementError,
  type AgentTerms,
  type Hold,
  type HoldRequest,
  type Settled,
  type SettlementRail,
} from '../../src/rails/rail';

/** A rail in memory that can be told to fail, and remembers what it was asked. */
export class FakeRail implements SettlementRail {
  readonly name = 'fake';
  readonly capabilities = {
    capturedBy: 'payer',
    partialRelease: true,
    refund: true,
    maxAmount: 10_000,
  } as const;
  readonly holds: HoldRequest[] = [];
  readonly asked: string[] = [];
  cardTerms: AgentTerms | undefined;
  isConfigured = true;
  /** Errors thrown by the next calls, in order; then calls succeed. */
  readonly failures = {
    hold: [] as unknown[],
    release: [] as unknown[],
    refund: [] as unknown[],
    dispute: [] as unknown[],
  };
  delayMs = 0;
  lifetimeMs = 3_600_000;

  assertConfigured(): void {
    if (this.isConfigured) return;
    throw new SettlementError({ code: 'NOT_CONFIGURED', message: 'no key is set.' });
  }

  terms(): AgentTerms | undefined {
    return this.cardTerms;
  }

  async hold(request: HoldRequest): Promise<Hold> {
    this.asked.push('hold');
    await this.work(this.failures.hold);
    this.holds.push(request);
    return {
      rail: this.name,
      taskId: request.taskId,
      escrowId: `escrow-${this.holds.length}`,
      payee: request.payee,
      amount: request.amount,
      fee: 1,
      currency: 'ATE',
      exchangeUrl: 'https://exchange.example.com/v1',
      expiresAt: new Date(Date.now() + this.lifetimeMs),
    };
  }

  async release(
    { amount, escrowId, fee }: Hold,
    { amount: part = amount }: { amount?: number | undefined } = {},
  ): Promise<Settled> {
    this.asked.push(part === amount ? `release ${escrowId}` : `release ${escrowId} ${part}`);
    await this.work(this.failures.release);
    return part === amount
      ? { status: 'released', amount, fee }
      : { status: 'partially-released', amount: part, fee: 0, returned: amount + fee - part };
  }

  async refund(hold: Hold, { reason }: { reason?: string | undefined } = {}): Promise<Settled> {
    this.asked.push(`refund ${hold.escrowId} ${reason}`);
    await this.work(this.failures.refund);
    return { status: 'refunded', returned: hold.amount + hold.fee };
  }

  async dispute(
    { escrowId }: Hold,
    { reason, stake }: { reason: string; stake: number },
  ): Promise<Settled> {
    this.asked.push(`dispute ${escrowId} ${reason} ${stake}`);
    await this.work(this.failures.dispute);
    return { status: 'disputed', stake };
  }

  decorate({ escrowId }: Hold) {
    return { metadata: { pay: { escrowId } }, extensions: ['urn:pay'] };
  }

  private async work(failures: unknown[]): Promise<void> {
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  }
}
