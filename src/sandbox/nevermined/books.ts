import { NeverminedError } from './nevermined-error';
import type {
  Delegation,
  NeverminedAccount,
  NeverminedLedger,
  NeverminedSettlement,
  Plan,
  PlanOffer,
} from './nevermined-types';

/** Accounts, plans, delegations and settlements. All methods are synchronous, so each is atomic. */
export class Books {
  readonly accounts = new Map<string, NeverminedAccount>();
  readonly plans = new Map<string, Plan>();
  readonly delegations = new Map<string, Delegation>();
  readonly settlements: NeverminedSettlement[] = [];
  /** The nonces of single-use tokens that were settled. */
  readonly spentNonces = new Set<string>();

  constructor(readonly now: () => Date) {}

  addPlan(owner: string, offer: PlanOffer): Plan {
    assertWhole('credits', offer.credits);
    const priceCents = offer.priceCents ?? offer.credits;
    assertWhole('priceCents', priceCents);
    const plan: Plan = {
      ...offer,
      id: BigInt(randomHex(32)).toString(),
      owner,
      priceCents,
      minted: 0n,
      burned: 0n,
      balances: new Map(),
    };
    this.plans.set(plan.id, plan);
    return plan;
  }

  plan(id: string): Plan {
    const plan = this.plans.get(id);
    if (plan !== undefined) return plan;
    throw new NeverminedError(404, 'SANDBOX.PLAN.0001', 'Plan not found.');
  }

  /** The credits of an account. Addresses are case-insensitive. */
  balance(plan: Plan, address: string): bigint {
    return plan.balances.get(address.toLowerCase()) ?? 0n;
  }

  mint(plan: Plan, address: string, credits: bigint): string {
    plan.minted += credits;
    plan.balances.set(address.toLowerCase(), this.balance(plan, address) + credits);
    return randomHex(32);
  }

  burn(plan: Plan, address: string, credits: bigint): string {
    plan.burned += credits;
    plan.balances.set(address.toLowerCase(), this.balance(plan, address) - credits);
    return randomHex(32);
  }

  addDelegation(delegation: Omit<Delegation, 'id' | 'spentCents' | 'transactions'>): Delegation {
    const added = { ...delegation, id: crypto.randomUUID(), spentCents: 0, transactions: 0 };
    this.delegations.set(added.id, added);
    return added;
  }

  isActive({ expiresAt, maxTransactions, transactions }: Delegation): boolean {
    return expiresAt > this.now() && transactions < (maxTransactions ?? Number.POSITIVE_INFINITY);
  }

  /** Whether a delegation may still spend this amount. */
  allows(delegation: Delegation, cents: number): boolean {
    return (
      this.isActive(delegation) && delegation.spentCents + cents <= delegation.spendingLimitCents
    );
  }

  snapshot(): NeverminedLedger {
    return {
      plans: [...this.plans.values()].map(({ id, name, minted, burned, balances }) => ({
        planId: id,
        name,
        minted: Number(minted),
        burned: Number(burned),
        balances: Object.fromEntries(
          [...balances].map(([address, credits]) => [address, Number(credits)]),
        ),
      })),
      delegations: structuredClone([...this.delegations.values()]),
      settlements: [...this.settlements],
    };
  }
}

/** `0x` and this number of random bytes. */
export function randomHex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return `0x${Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

function assertWhole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${name} must be a whole number.`);
  }
}
