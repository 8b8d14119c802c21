import type { JSONObject } from '@ai-sdk/provider';
import { fromAtomic, toAtomic } from '../../internal/decimal';
import { hmacSha256 } from '../../internal/hmac-sha256';
import {
  type AgentAnswer,
  type CallOptions,
  type Hold,
  type Pending,
  type RailBalance,
  type Settled,
  type SettlementRail,
} from '../rail';
import { assertNeverminedOptions } from './assert-nevermined-options';
import { NeverminedBuyer } from './nevermined-buyer';
import type { NeverminedPlan } from './nevermined-calls';
import { notesOf, RAIL_NAME, stateOf } from './nevermined-hold';
import type { NeverminedOptions } from './nevermined-options';
import { MOST_PLANS, plansToPay } from './plans-to-pay';
import { CREDITS, readAgentTerms, readAgentUrl, readPaymentOffer } from './read-agent-terms';
import { type NeverminedOffer, readChallenge, readOffer } from './read-challenge';
import { readPaymentReport, readReportedUse } from './read-payment-answer';
import { RecentIds } from './recent-ids';
import { assertUrl, boundUrl } from './resource-url';
import {
  NEVERMINED_EXTENSION_URI,
  PAYMENT_HEADER,
  X402_EXTENSION_URIS,
  X402_METADATA,
} from './schemas';
import { settleReport } from './settle-report';

/** A rail that pays with the credits of Nevermined plans, and the operations on plans. */
export interface NeverminedRail extends SettlementRail {
  /** The plans that an agent accepts, according to its card. */
  planIds(agentCard: unknown): string[];
  /**
   * The content of plans and their credit balances. Default: the plans of `planId`, and of the agent cards
   * that this rail has read.
   */
  plans(
    planIds?: readonly string[],
    options?: CallOptions,
  ): Promise<Array<NeverminedPlan & { balance: string }>>;
  /**
   * Orders a plan: pays its price and receives its credits. For a plan that is paid by card, returns a Stripe
   * checkout instead.
   */
  order(
    planId: string,
    options?: CallOptions,
  ): Promise<{ transaction?: string | undefined; checkout?: JSONObject | undefined }>;
  /** The credit balance of each plan; default plans as for `plans`. */
  balance(options?: CallOptions & { planIds?: readonly string[] }): Promise<RailBalance[]>;
  /**
   * An access token for your own request: the `payment-signature` header. It is a credential: keep it secret.
   */
  accessToken(
    request: { planId: string; agentId: string; resourceUrl?: string | undefined },
    options?: CallOptions,
  ): Promise<{ accessToken: string; version: 2 | 3; expiresAt: Date }>;
}

/**
 * Pays agents with the credits of Nevermined plans. The agent captures: a hold is an access token, and the
 * captured amount is the one that the agent reports, within the delegation that Nevermined enforces.
 *
 * Creating the rail sends no request; the key and the environment are read on each call.
 *
 * @example
 * ```ts
 * const rail = nevermined({
 *   delegation: { spendingLimitCents: 1000, durationSecs: 86_400, currency: 'usdc' },
 * });
 * const settlement = createSettlement({ rails: [rail], limits: { credits: { perCall: 10 } } });
 * ```
 */
export function nevermined(options: NeverminedOptions = {}): NeverminedRail {
  assertNeverminedOptions(options);
  const buyer = new NeverminedBuyer(options);
  const configured = typeof options.planId === 'string' ? [options.planId] : (options.planId ?? []);
  /**
   * The content of agent cards. A card can claim any agent's id: it never authorizes orders or payments, and
   * the highest price counts, so that a foreign card cannot lower the amount that limits are checked with.
   */
  const offers = new Map<string, { planIds: string[]; credits: number }>();
  /** Holds whose agent reported too little: its task is queried once more. */
  const heard = new RecentIds();
  let notice: 'none' | 'due' | 'told' = 'none';

  const knownPlans = () => [
    ...new Set([...configured, ...[...offers.values()].flatMap(({ planIds }) => planIds)]),
  ];

  const request = async (
    {
      planId,
      agentId,
      offer,
      resourceUrl,
    }: {
      planId: string;
      agentId: string;
      offer?: NeverminedOffer | undefined;
      resourceUrl: string | undefined;
    },
    call: CallOptions,
  ) => {
    const plan = await buyer.plan(planId, call);
    const delegation = await buyer.delegation(plan, call);
    const ownNetwork =
      plan.scheme === 'nvm:erc4337'
        ? buyer.connect().settings.network
        : (plan.cardProvider ?? 'stripe');
    return {
      delegation,
      token: {
        planId,
        agentId,
        scheme: plan.scheme,
        network: (offer?.scheme === plan.scheme && offer.network) || ownNetwork,
        delegationId: delegation.id,
        resourceUrl: options.tokenVersion === 3 ? assertUrl(resourceUrl) : undefined,
      },
    };
  };

  const end = (
    hold: Hold,
    action: 'release' | 'refund',
    answer: AgentAnswer | undefined,
    { isAnothers = false } = {},
  ): Settled | Pending => {
    const notes = notesOf(hold);
    const settled = settleReport(hold, action, {
      report: isAnothers ? { type: 'silent' } : readPaymentReport(answer, notes),
      answer,
      isInBand: notes.version === 3,
      isAgain: heard.has(hold.escrowId),
      now: buyer.now(),
    });
    // Kept, so that a third query returns the same result.
    if (settled.status === 'pending' && answer !== undefined) heard.add(hold.escrowId);
    return settled;
  };

  return {
    name: RAIL_NAME,
    capabilities: { capturedBy: 'agent', partialRelease: false },

    assertConfigured: () => buyer.assertCanPay(),

    notice() {
      if (notice !== 'due') return undefined;
      notice = 'told';
      return 'The backend of Nevermined mints access tokens of version 2 although `tokenVersion` is 3: agents can reuse them until the delegation expires.';
    },

    terms(agentCard) {
      const offer = readPaymentOffer(agentCard);
      if (offer?.agentId !== undefined) {
        const { agentId, planIds, credits = 0 } = offer;
        offers.set(agentId, {
          planIds: planIds.slice(0, MOST_PLANS),
          credits: Math.max(credits, offers.get(agentId)?.credits ?? 0),
        });
      }
      return readAgentTerms(agentCard);
    },

    challenge(answer) {
      return readChallenge(answer, (agentId) => offers.get(agentId)?.credits);
    },

    async hold(wish, call = {}) {
      const offer = readOffer(wish.challenge?.offer);
      const { payee: agentId, agent } = wish;
      const amount = toAtomic(wish.amount, CREDITS.decimals);
      const plans = plansToPay(wish, offer, configured);
      const planId = await buyer.choose(plans, amount, call);
      if (options.autoOrder) {
        const isOrderable = plans.orderable.includes(planId);
        await buyer.ensureCredits(planId, amount, { ...call, isOrderable });
      }
      const cardUrl = readAgentUrl(agent?.card);
      const resourceUrl = options.resourceUrl ?? boundUrl(offer?.resourceUrl, cardUrl ?? agent?.id);
      const { token: wanted, delegation } = await request(
        { planId, agentId, offer, resourceUrl },
        call,
      );
      // A payment request in response to a paid message: its token was refused.
      const isFresh = wish.challenge !== undefined;
      const token = await buyer.token(wanted, { ...call, isFresh });
      const escrowId = await holdId(wish.taskId, token.text);
      buyer.tokens.put(escrowId, token);
      if (options.tokenVersion === 3 && token.version === 2 && notice === 'none') notice = 'due';
      return {
        rail: RAIL_NAME,
        taskId: wish.taskId,
        escrowId,
        payee: agentId,
        amount: wish.amount,
        fee: 0,
        currency: CREDITS.code,
        exchangeUrl: buyer.connect().settings.backend,
        expiresAt: buyer.endOf(delegation),
        pays: 'message',
        state: stateOf({
          ...wanted,
          version: token.version,
          payer: token.token.payload.authorization.from,
        }),
      };
    },

    async decorate(hold) {
      const notes = notesOf(hold);
      const token = buyer.tokens.take(hold.escrowId) ?? (await buyer.token(notes, {}));
      const header = { [PAYMENT_HEADER]: token.text };
      const extensions = [NEVERMINED_EXTENSION_URI, X402_EXTENSION_URIS[0]];
      // Message metadata is stored in the task's history, so only a single-use token is sent there.
      if (token.version === 2) return { metadata: {}, extensions, headers: header };
      const metadata = {
        [X402_METADATA.status]: 'payment-submitted',
        [X402_METADATA.payload]: token.wire,
      };
      return { metadata, extensions, headers: header };
    },

    async release(hold, { answer } = {}) {
      return end(hold, 'release', answer);
    },

    async refund(hold, { answer, reason } = {}) {
      // This may be the token that was refused: the next call gets a new one.
      buyer.tokens.drop(notesOf(hold));
      buyer.tokens.take(hold.escrowId);
      return answer === undefined && reason !== undefined && UNSENT.has(reason)
        ? { status: 'refunded', returned: hold.amount }
        : // The captured amount belongs to the hold that pays for the task.
          end(hold, 'refund', answer, { isAnothers: reason === 'superseded' });
    },

    reportedUse: readReportedUse,

    seal: (text) => hmacSha256(buyer.connect().settings.apiKey, `seal:${text}`),

    planIds: (agentCard) => readPaymentOffer(agentCard)?.planIds ?? [],

    async plans(planIds = knownPlans(), call = {}) {
      return Promise.all(
        planIds.map(async (planId) => {
          const [plan, balance] = await Promise.all([
            buyer.plan(planId, call),
            buyer.balance(planId, call),
          ]);
          return { ...plan, balance: String(balance) };
        }),
      );
    },

    async order(planId, call = {}) {
      const { scheme } = await buyer.plan(planId, call);
      const { calls } = buyer.connect();
      return scheme === 'nvm:erc4337'
        ? calls.order(planId, call)
        : { checkout: await calls.checkout(planId, call) };
    },

    async balance({ planIds = knownPlans(), ...call } = {}) {
      return Promise.all(
        planIds.map(async (planId) => ({
          amount: fromAtomic(await buyer.balance(planId, call), CREDITS.decimals),
          currency: CREDITS,
          of: planId,
        })),
      );
    },

    async accessToken({ planId, agentId, resourceUrl = options.resourceUrl }, call = {}) {
      const wanted = await request({ planId, agentId, resourceUrl }, call);
      const { text, version } = await buyer.token(wanted.token, call);
      return { accessToken: text, version, expiresAt: buyer.endOf(wanted.delegation) };
    },
  };
}

/** The agent has not received the hold. */
const UNSENT = new Set(['not-dispatched', 'unreachable']);

/** The id of one attempt, which reveals nothing: a version 2 token is used for several holds. */
async function holdId(taskId: string, token: string): Promise<string> {
  return hmacSha256(token, taskId);
}
