import { addAmounts, compareAmounts } from '../../internal/decimal';
import { SettlementError, type Amount } from '../../rails/rail';
import { withJournalTimeout } from '../state/with-journal-timeout';
import { withTimeout } from '../../internal/with-timeout';
import type { JournalStorage } from '../state/journal-storage';
import type { CallCost } from './call-cost';
import { checkLimits, counted, exceeds, type Refuse } from './check-limits';
import {
  allLimits,
  inTokens,
  type CurrencyLimits,
  type LimitsInForce,
  type SpendingLimitOptions,
} from './currency-limits';
import type { LabelRules } from './label-rules';
import { Reservations, skewMs, storageTimeoutMs, type Reservation } from './reservations';

/**
 * Reserves the cost of a call before anything is held, so that parallel calls cannot exceed a limit.
 *
 * Each call first writes its own entry and then counts all entries: of two calls that together exceed a limit,
 * at least one sees the other, on any number of machines, as long as the storage returns everything that was
 * written before the read. (If two machines write at once, both calls may be refused.) An eventually consistent
 * storage lets through the calls it has not yet seen.
 */
export class SpendingLimits {
  private readonly limits: SpendingLimitOptions;
  /** Those that only some calls count for, too. */
  private readonly all: CurrencyLimits[];
  /** The labels that limits may depend on. */
  private readonly labelNames: string[];
  private readonly reservations: Reservations;
  private readonly reserved = new Map<string, Reservation>();
  private readonly ledgerNow: () => number | undefined;
  private reserving = Promise.resolve();

  constructor({
    byLabel = {},
    limits = {},
    now,
    storage,
  }: {
    byLabel?: LabelRules | undefined;
    limits: SpendingLimitOptions | undefined;
    /** The ledger's time, on which the machines agree; undefined as long as it is not known. */
    now: () => number | undefined;
    storage: JournalStorage | undefined;
  }) {
    this.limits = limits;
    this.labelNames = Object.keys(byLabel);
    const rules = Object.values(byLabel).flatMap((values) => Object.values(values));
    const others = rules.flatMap((rule) =>
      rule.limits === undefined ? [] : allLimits(rule.limits),
    );
    this.all = [...allLimits(limits), ...others];
    this.ledgerNow = now;
    this.reservations = new Reservations(storage);
  }

  /**
   * @throws SettlementError `LIMIT_EXCEEDED`, or `LIMITS_UNKNOWN` if the storage fails; then nothing is
   * reserved.
   */
  async reserve(
    id: string,
    {
      agent,
      amount,
      conversation,
      inForce = inTokens(this.limits),
      labels,
      ofLabels = [],
      spent = 0,
      ttlMinutes,
    }: {
      agent: string;
      amount: Amount;
      /** What the same call has already cost. */
      spent?: Amount | undefined;
      conversation: string | undefined;
      /** Default: the limits of the exchange's tokens. */
      inForce?: LimitsInForce | undefined;
      labels?: Record<string, string> | undefined;
      /** The limits of the call's labels, in the same currency. */
      ofLabels?: LimitsInForce[] | undefined;
      ttlMinutes: number;
    },
  ): Promise<void> {
    const { currency } = inForce;
    const unit = currency ?? 'token';
    const refuse: Refuse = (limit, allowed) => {
      throw new SettlementError({
        code: 'LIMIT_EXCEEDED',
        message: `The call of agent "${agent}" for ${amount} ${currency ?? 'tokens'} was not sent: ${limit} allows ${allowed}.`,
      });
    };
    const all = [inForce, ...ofLabels];
    for (const { limits, name } of all) {
      const { perCall } = limits;
      if (perCall === undefined || !exceeds(addAmounts(amount, spent), perCall)) continue;
      const before = compareAmounts(spent, 0) === 0 ? '' : `, and ${spent} are already spent on it`;
      refuse(`${name}.perCall`, `${counted(perCall, unit)}${before}`);
    }
    const counting = all.filter(({ limits }) => isReserving(limits));
    // A call that some limits do not count for may count for others: those of all calls.
    if (counting.length === 0) return;

    // Reservations of this process run one at a time, so that no call is refused while there is room for it.
    let isGivenUp = false;
    const reserving = this.reserving.then(() =>
      withTimeout(
        this.reservations.locked(() =>
          this.count(
            id,
            {
              amount,
              conversation,
              counting,
              currency,
              labels,
              ttlMinutes,
              isGivenUp: () => isGivenUp,
            },
            refuse,
          ),
        ),
        storageTimeoutMs,
      ),
    );
    this.reserving = reserving.catch(() => {});
    try {
      await reserving;
    } catch (error) {
      isGivenUp = true;
      await this.drop(id);
      if (SettlementError.isInstance(error)) throw error;
      throw new SettlementError({
        code: 'LIMITS_UNKNOWN',
        message: `The call of agent "${agent}" was not sent: the storage of the limits failed or did not answer, so the call cannot be checked against them.`,
        cause: error,
        isDispatched: false,
      });
    }
  }

  private async count(
    id: string,
    {
      amount,
      conversation,
      counting,
      currency,
      isGivenUp,
      labels = {},
      ttlMinutes,
    }: {
      amount: Amount;
      conversation: string | undefined;
      /** The limits that the call counts for. */
      counting: LimitsInForce[];
      currency: string | undefined;
      labels: Record<string, string> | undefined;
      /** The caller no longer waits for the reservation. */
      isGivenUp: () => boolean;
      ttlMinutes: number;
    },
    refuse: Refuse,
  ): Promise<void> {
    const unit = currency ?? 'token';
    const known = this.ledgerNow();
    const now = known ?? Date.now();
    // With two clocks that differ, the later one could miss what the earlier one has just written.
    const slackOf = ({ isGuess = false }: Reservation) =>
      known === undefined || isGuess ? skewMs : 0;
    const limited = Object.entries(labels).filter(([name]) => this.labelNames.includes(name));
    const own: Reservation = {
      at: now,
      openUntil: now + ttlMinutes * 60_000,
      amount,
      ...(currency !== undefined && { currency }),
      ...(conversation !== undefined && { conversation }),
      ...(limited.length > 0 && { labels: Object.fromEntries(limited) }),
      ...(known === undefined && { isGuess: true }),
    };
    if (!isGivenUp()) {
      this.reserved.set(id, own);
      await this.reservations.put(id, own);
    }
    if (isGivenUp()) return this.drop(id);
    const stored = await this.reservations.list({ now, spanMs: this.spanMs });
    const isOpen = (other: Reservation) => other.openUntil + slackOf(other) > now;
    const isWithin = (other: Reservation, minutes: number) =>
      other.at + slackOf(other) > now - minutes * 60_000;
    const alike = stored.filter((other) => other.currency === currency);
    for (const { label, limits, name } of counting) {
      const isCounted = (other: Reservation) =>
        label === undefined || other.labels?.[label.name] === label.value;
      const about = { amount, conversation, isOpen, isWithin, name, unit };
      checkLimits(limits, alike.filter(isCounted), about, refuse);
    }
  }

  /**
   * Records the cost of a call that has ended, or that waits for its next turn. Costs stay counted, refunds do
   * not. Never throws.
   */
  async settle(id: string, cost: CallCost): Promise<void> {
    if (!this.isReserving) return;
    if (compareAmounts(cost.amount, 0) === 0) return this.drop(id);
    // If this fails, the full reservation stays counted.
    await withJournalTimeout(this.close(id, cost));
  }

  private async close(
    id: string,
    { amount, conversation, capturedIn, pendingUntil }: CallCost,
  ): Promise<void> {
    const reserved = this.reserved.get(id);
    const known = this.ledgerNow();
    const now = known ?? Date.now();
    const found = reserved ?? (await this.reservations.read(id));
    const swept = capturedIn === undefined ? undefined : { at: now, currency: capturedIn };
    const own: (Partial<Reservation> & { at: number }) | undefined = found ?? swept;
    if (own === undefined) return;
    this.reserved.delete(id);
    const name = own.conversation ?? conversation;
    const { currency, isGuess = false } = own;
    // A guessed time can only be corrected by the clock that wrote it.
    const isKnown = isGuess && reserved !== undefined && known !== undefined;
    const begunAt = isKnown ? own.at + known - Date.now() : own.at;
    // An amount that is captured late counts from its capture, not from its signature.
    const at = pendingUntil ?? (own.isPending === true ? now : begunAt);
    await this.reservations.put(id, {
      at,
      openUntil: 0,
      amount,
      ...(pendingUntil !== undefined && { isPending: true }),
      ...(currency !== undefined && { currency }),
      ...(name !== undefined && { conversation: name }),
      ...(own.labels !== undefined && { labels: own.labels }),
      ...(isGuess && !isKnown && { isGuess }),
    });
  }

  /**
   * Marks the call as running again under its kept hold, at the latest until that hold expires. Never throws.
   */
  async reopen(
    id: string,
    expiresAt: Date,
    { currency }: Pick<LimitsInForce, 'currency'>,
  ): Promise<void> {
    if (this.all.every(({ concurrent }) => concurrent === undefined)) return;
    // The amount of a removed entry is too old to count; only the running call counts.
    const swept = { at: 0, amount: 0, ...(currency !== undefined && { currency }) };
    const open = async () => {
      const own = (await this.reservations.read(id)) ?? swept;
      await this.reservations.put(id, { ...own, openUntil: expiresAt.getTime() });
    };
    await withJournalTimeout(open());
  }

  /** Removes the reservation of a call without a hold, or with a full refund. Never throws. */
  async drop(id: string): Promise<void> {
    if (!this.isReserving) return;
    this.reserved.delete(id);
    await withJournalTimeout(this.reservations.remove(id));
  }

  private get isReserving(): boolean {
    return this.all.some(isReserving);
  }

  /** The longest time for which a limit counts an amount, in milliseconds. */
  private get spanMs(): number {
    const spans = this.all.flatMap(({ perConversation, perWindow }) => [
      perConversation === undefined ? 0 : dayMs,
      (perWindow?.minutes ?? 0) * 60_000,
    ]);
    return Math.max(...spans);
  }
}

/** Whether a limit depends on other calls. */
function isReserving({ perConversation, perWindow, concurrent }: CurrencyLimits): boolean {
  return perConversation !== undefined || perWindow !== undefined || concurrent !== undefined;
}

const dayMs = 24 * 3_600_000;
