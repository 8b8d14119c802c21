import { SettlementError } from '../rail';

/** The dependencies for checking that a plan has enough credits. */
interface CreditsNeeded {
  amount: bigint;
  balance: () => Promise<bigint>;
  order: () => Promise<unknown>;
}

/** If the balance does not show an order by then, the order failed. */
const UNSEEN_MS = 300_000;

/**
 * Orders plans with too few credits. Calls are serialized, so that concurrent calls order a plan once. An
 * order is remembered until the balance shows it, because balances can lag; also if its response was lost,
 * because it may have succeeded.
 */
export class PlanOrders {
  private readonly turns = new Map<string, Promise<void>>();
  private readonly unseen = new Map<string, { before: bigint; until: number }>();

  constructor(private readonly now: () => Date) {}

  /** @param key identifies the plan and the account. */
  ensure(key: string, needed: CreditsNeeded): Promise<void> {
    const order = () => this.orderIfLacking(key, needed);
    const before = this.turns.get(key) ?? Promise.resolve();
    const turn = before.then(order, order);
    const settled = turn.catch(() => undefined);
    this.turns.set(key, settled);
    void settled.then(() => {
      if (this.turns.get(key) === settled) this.turns.delete(key);
    });
    return turn;
  }

  private async orderIfLacking(
    key: string,
    { amount, balance, order }: CreditsNeeded,
  ): Promise<void> {
    const before = await balance();
    const unseen = this.unseen.get(key);
    const isSeen = unseen === undefined || before > unseen.before;
    if (isSeen || unseen.until <= this.now().getTime()) this.unseen.delete(key);
    if (before >= amount || this.unseen.has(key)) return;
    this.unseen.set(key, { before, until: this.now().getTime() + UNSEEN_MS });
    try {
      await order();
    } catch (error) {
      if (isSurelyUndone(error)) this.unseen.delete(key);
      throw error;
    }
  }
}

/** The backend refused, or was not reached. After any other failure, the order may have succeeded. */
function isSurelyUndone(error: unknown): boolean {
  if (!SettlementError.isInstance(error)) return false;
  const { isDispatched, statusCode = 0 } = error;
  const isRefused = statusCode >= 400 && statusCode < 500;
  return isDispatched === false || (isRefused && statusCode !== 408 && statusCode !== 409);
}
