import { SettlementError } from '../rail';
import type { NeverminedCalls, NeverminedPlan } from './nevermined-calls';
import type { NeverminedDelegation, NeverminedDelegationTerms } from './nevermined-options';

/** A delegation that payments can be made under. */
export interface Delegation {
  id: string;
  /** Undefined if the backend does not report it. */
  expiresAt: Date | undefined;
}

/** A delegation that expires sooner is not used. */
const MARGIN_MS = 60_000;

/**
 * The delegation for access tokens: the given one, or one that is created on first use and again after its
 * expiry. Calls share a pending creation, so an abort of one call does not cancel it.
 */
export class DelegationSource {
  private readonly made = new Map<string, { delegation: Promise<Delegation>; until: number }>();

  constructor(
    private readonly option: NeverminedDelegation | undefined,
    private readonly now: () => Date,
  ) {}

  /** @throws SettlementError `NOT_CONFIGURED` if there is none. */
  configured(): NeverminedDelegation {
    if (this.option !== undefined) return this.option;
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        'Nevermined needs a spending limit for agents. Pass `delegation` to `nevermined`: the id of one you have, or its limit, duration and currency.',
    });
  }

  async delegation(calls: NeverminedCalls, plan: NeverminedPlan): Promise<Delegation> {
    const option = this.configured();
    if (option.id !== undefined) {
      const { id } = option;
      const known = this.share(id, Number.POSITIVE_INFINITY, async () => ({
        id,
        expiresAt: await calls.delegationEnd(id),
      }));
      // Only for receipts: if the query fails, the next call repeats it.
      return known.catch(() => ({ id, expiresAt: undefined }));
    }
    const provider = providerOf(option, plan);
    const expiresAt = new Date(this.now().getTime() + option.durationSecs * 1000);
    return this.share(provider, expiresAt.getTime() - MARGIN_MS, async () => ({
      id: await calls.createDelegation({ ...option, provider }),
      expiresAt,
    }));
  }

  private share(key: string, until: number, make: () => Promise<Delegation>): Promise<Delegation> {
    const known = this.made.get(key);
    if (known !== undefined && known.until > this.now().getTime()) return known.delegation;
    const delegation = make();
    this.made.set(key, { delegation, until });
    // After a failure, the next call tries again.
    delegation.catch(() => this.made.delete(key));
    return delegation;
  }
}

function providerOf(option: NeverminedDelegationTerms, { planId, scheme }: NeverminedPlan): string {
  if (option.provider !== undefined) return option.provider;
  if (scheme === 'nvm:erc4337') return 'erc4337';
  throw new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `Plan ${planId} is paid by card. Pass \`delegation: { provider, providerPaymentMethodId, … }\` to \`nevermined\`, or the id of a delegation for that card.`,
  });
}
