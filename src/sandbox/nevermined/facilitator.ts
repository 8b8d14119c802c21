import { readAccessToken } from '../../rails/nevermined/schemas';
import { sha256 } from '../exchange/sha256';
import type { AccessTokens, TokenGrant } from './access-tokens';
import { type Books, randomHex } from './books';
import { NeverminedError } from './nevermined-error';
import type { PaymentRequest } from './nevermined-requests';
import type { Delegation, Plan } from './nevermined-types';

/** The operations of a seller: verify a token, and settle it. */
export class Facilitator {
  constructor(
    private readonly books: Books,
    private readonly tokens: AccessTokens,
  ) {}

  /**
   * Redeems nothing and consumes nothing, also for a used token, because the real backend does not check that.
   */
  verify(request: PaymentRequest) {
    try {
      const { grant, plan, delegation } = this.assertPays(request);
      this.assertCovered(plan, delegation, grant.from, amountOf(request));
      return {
        isValid: true,
        payer: grant.from,
        network: grant.network,
        agentRequestId: crypto.randomUUID(),
        urlMatching: request.paymentRequired.resource.url,
      };
    } catch (error) {
      if (!(error instanceof NeverminedError)) throw error;
      return { isValid: false, invalidReason: error.message };
    }
  }

  /**
   * Redeems the seller's amount, and orders the plan again if the balance is too low and the delegation allows
   * it. A single-use token is used up by its first settlement.
   */
  async settle(request: PaymentRequest) {
    const token = await sha256(request.x402AccessToken);
    const { grant, plan, delegation } = this.assertPays(request);
    const { nonce, from: payer, network } = grant;
    if (nonce !== undefined && this.books.spentNonces.has(nonce)) {
      throw new NeverminedError(409, 'BCK.X402.0059', 'The access token has already been used.');
    }
    const credits = amountOf(request);
    const orders = this.assertCovered(plan, delegation, payer, credits);
    if (nonce !== undefined) this.books.spentNonces.add(nonce);
    delegation.spentCents += orders * plan.priceCents;
    delegation.transactions += 1;
    const orderTx = orders === 0 ? undefined : randomHex(32);
    const transaction = plan.isPayAsYouGo ? '' : this.burn(plan, payer, credits, orders);
    this.books.settlements.push({
      transaction,
      planId: plan.id,
      payer,
      credits: plan.isPayAsYouGo ? 0 : Number(credits),
      token,
      ...(orderTx !== undefined && { orderTx }),
    });
    return {
      success: true,
      payer,
      transaction,
      network,
      creditsRedeemed: plan.isPayAsYouGo ? '0' : String(credits),
      remainingBalance: String(this.books.balance(plan, payer)),
      ...(orderTx !== undefined && { orderTx }),
      billingModel: plan.isPayAsYouGo ? 'pay-as-you-go' : 'credits',
    };
  }

  private burn(plan: Plan, payer: string, credits: bigint, orders: number): string {
    if (orders > 0) this.books.mint(plan, payer, BigInt(plan.credits) * BigInt(orders));
    return this.books.burn(plan, payer, credits);
  }

  /** @throws NeverminedError if the token is not valid for the seller's request. */
  private assertPays({ x402AccessToken, paymentRequired }: PaymentRequest) {
    const grant = this.tokens.read(x402AccessToken);
    if (grant === undefined) {
      const problem = readAccessToken(x402AccessToken) === undefined ? 'unreadable' : 'forged';
      throw new NeverminedError(400, 'BCK.X402.0005', `The access token is ${problem}.`);
    }
    const accepted = paymentRequired.accepts.find(({ planId }) => planId === grant.planId);
    if (accepted === undefined) {
      throw new NeverminedError(
        400,
        'SANDBOX.X402.0001',
        'The access token is for another plan than is accepted.',
      );
    }
    if (accepted.scheme !== grant.scheme || accepted.network !== grant.network) {
      throw new NeverminedError(400, 'SANDBOX.X402.0002', 'The scheme or network is not accepted.');
    }
    assertBound(grant, paymentRequired.resource.url, accepted.extra);
    const delegation = this.books.delegations.get(grant.delegationId);
    if (delegation === undefined || !this.books.isActive(delegation)) {
      throw new NeverminedError(402, 'SANDBOX.DELEGATION.0003', 'The delegation has expired.');
    }
    return { grant, plan: this.books.plan(grant.planId), delegation };
  }

  /** How often the plan must be ordered for the amount. */
  private assertCovered(
    plan: Plan,
    delegation: Delegation,
    payer: string,
    credits: bigint,
  ): number {
    const missing = plan.isPayAsYouGo ? credits : credits - this.books.balance(plan, payer);
    if (missing <= 0n) return 0;
    const size = BigInt(plan.credits);
    const orders = size === 0n ? 0 : Number((missing + size - 1n) / size);
    if (orders === 0 || !this.books.allows(delegation, orders * plan.priceCents)) {
      throw new NeverminedError(
        402,
        'SANDBOX.X402.0003',
        'Insufficient balance, and the delegation does not cover another order.',
      );
    }
    return orders;
  }
}

function amountOf({ maxAmount }: PaymentRequest): bigint {
  return BigInt(maxAmount ?? '1');
}

/** A version 3 token pays one agent at one address, compared by origin and path. */
function assertBound(
  { version, agentId, httpVerb, resourceUrl }: TokenGrant,
  url: string,
  extra: { agentId?: string | undefined; httpVerb?: string | undefined } = {},
): void {
  if (version === 2) return;
  const isBound =
    (agentId === undefined || agentId === extra.agentId) &&
    (httpVerb === undefined || httpVerb === extra.httpVerb) &&
    (resourceUrl === undefined || place(resourceUrl) === place(url));
  if (!isBound) {
    throw new NeverminedError(
      400,
      'BCK.X402.0005',
      'The access token is bound to another agent or address.',
    );
  }
}

function place(url: string): string {
  if (!URL.canParse(url)) return url;
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
