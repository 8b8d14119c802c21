import { type CallOptions, SettlementError } from '../rail';
import { type Delegation, DelegationSource } from './delegation-source';
import { createNeverminedCalls, type NeverminedPlan, type TokenRequest } from './nevermined-calls';
import type { NeverminedOptions } from './nevermined-options';
import { createNeverminedRequest } from './nevermined-request';
import { loadNeverminedSettings } from './nevermined-settings';
import { PlanOrders } from './plan-orders';
import type { PlansToPay } from './plans-to-pay';
import { type MintedToken, readMinted, TokenStore } from './token-store';

/** Plans rarely change, so they are cached. */
const PLAN_TTL_MS = 300_000;

/** Assumed remaining lifetime of a delegation whose expiry is unknown. */
const UNKNOWN_END_MS = 24 * 3_600_000;

/** The buyer's operations at Nevermined: plans, credits, delegations and tokens. */
export class NeverminedBuyer {
  readonly tokens: TokenStore;
  readonly now: () => Date;
  private readonly delegations: DelegationSource;
  private readonly plans = new Map<string, { plan: Promise<NeverminedPlan>; until: number }>();
  private readonly orders: PlanOrders;

  constructor(private readonly options: NeverminedOptions) {
    this.now = options.now ?? (() => new Date());
    this.tokens = new TokenStore(options.tokenTtlMs ?? 600_000, this.now);
    this.delegations = new DelegationSource(options.delegation, this.now);
    this.orders = new PlanOrders(this.now);
  }

  /** The key and the environment are read on each call. */
  connect() {
    const settings = loadNeverminedSettings(this.options);
    return {
      settings,
      calls: createNeverminedCalls(createNeverminedRequest(settings, this.options)),
    };
  }

  assertCanPay(): void {
    this.connect();
    this.delegations.configured();
  }

  /** Shared by concurrent calls, so an abort of one call does not cancel it. */
  async plan(planId: string, { abortSignal }: CallOptions = {}): Promise<NeverminedPlan> {
    const { settings, calls } = this.connect();
    const key = `${settings.backend} ${planId}`;
    const known = this.plans.get(key);
    const now = this.now().getTime();
    if (known !== undefined && known.until > now) return unlessAborted(known.plan, abortSignal);
    const plan = calls.plan(planId);
    this.plans.set(key, { plan, until: now + PLAN_TTL_MS });
    plan.catch(() => this.plans.delete(key));
    return unlessAborted(plan, abortSignal);
  }

  async balance(planId: string, call: CallOptions = {}): Promise<bigint> {
    const { settings, calls } = this.connect();
    if (settings.address !== undefined) return calls.balance(planId, settings.address, call);
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        'The API key of Nevermined contains no account, so the balance cannot be queried. Check NVM_API_KEY.',
    });
  }

  /**
   * The first plan with enough credits, otherwise the first with any, otherwise the first. With automatic
   * orders, a plan that may be ordered is preferred to others without enough credits.
   */
  async choose(
    { planIds, orderable }: PlansToPay,
    amount: bigint,
    call: CallOptions,
  ): Promise<string> {
    const [first = '', ...others] = planIds;
    if (others.length === 0) return first;
    const balances = await Promise.all(
      planIds.map(async (planId) => ({
        planId,
        balance: await this.balance(planId, call).catch((error: unknown) => {
          call.abortSignal?.throwIfAborted();
          if (SettlementError.isInstance(error)) return 0n;
          throw error;
        }),
      })),
    );
    const enough = balances.find(({ balance }) => balance >= amount);
    if (enough !== undefined) return enough.planId;
    const own = balances.filter(({ planId }) => orderable.includes(planId));
    const lacking = this.options.autoOrder && own.length > 0 ? own : balances;
    const chosen = lacking.find(({ balance }) => balance > 0n) ?? lacking[0];
    return chosen?.planId ?? first;
  }

  /**
   * Orders the plan if it has too few credits for a call.
   *
   * @throws SettlementError `NOT_CONFIGURED` if an order is needed but not allowed.
   */
  async ensureCredits(
    planId: string,
    amount: bigint,
    { isOrderable, ...call }: CallOptions & { isOrderable: boolean },
  ): Promise<void> {
    const { settings, calls } = this.connect();
    const turn = this.orders.ensure(JSON.stringify([settings.backend, settings.address, planId]), {
      amount,
      balance: async () => {
        call.abortSignal?.throwIfAborted();
        return this.balance(planId, call);
      },
      order: async () => {
        if (isOrderable) return calls.order(planId, call);
        throw new SettlementError({
          code: 'NOT_CONFIGURED',
          message: `Plan ${planId} has too few credits and was not ordered: the agent requests this plan, but its card does not list it. Add it to \`planId\` of \`nevermined\`, or order it yourself (\`npx ai-sdk-a2a-settlement order\`).`,
          isDispatched: false,
        });
      },
    });
    return unlessAborted(turn, call.abortSignal);
  }

  async delegation(plan: NeverminedPlan, call: CallOptions): Promise<Delegation> {
    const delegation = this.delegations.delegation(this.connect().calls, plan);
    return unlessAborted(delegation, call.abortSignal);
  }

  /** The expiry of a delegation; a day from now if it is unknown. */
  endOf({ expiresAt }: Delegation): Date {
    return expiresAt ?? new Date(this.now().getTime() + UNKNOWN_END_MS);
  }

  /** A reusable token, otherwise a new one. `isFresh`: the cached token was refused. */
  async token(
    request: TokenRequest,
    { isFresh = false, ...call }: CallOptions & { isFresh?: boolean },
  ): Promise<MintedToken> {
    const known = isFresh ? undefined : this.tokens.find(request);
    if (known !== undefined) return known;
    const { settings, calls } = this.connect();
    const { token, problem } = readMinted(await calls.mint(request, call), request);
    if (token === undefined) {
      throw new SettlementError({
        code: 'UNEXPECTED_ANSWER',
        message: `Access token of plan ${request.planId} failed at ${settings.backend}: ${problem}.`,
      });
    }
    this.tokens.keep(request, token);
    return token;
  }
}

async function unlessAborted<VALUE>(
  value: Promise<VALUE>,
  signal: AbortSignal | undefined,
): Promise<VALUE> {
  if (signal === undefined) return value;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([value, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
