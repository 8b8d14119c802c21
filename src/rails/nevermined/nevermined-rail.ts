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

/** A rail that pays with credits of Nevermined's, and its plans. */
export interface NeverminedRail extends SettlementRail {
  /** The plans that an agent takes, by its card. */
  planIds(agentCard: unknown): string[];
  /**
   * What plans sell, and how many credits of them there are. Default: the plans of `planId`, and of the
   * agents' cards that this rail has read.
   */
  plans(
    planIds?: readonly string[],
    options?: CallOptions,
  ): Promise<Array<NeverminedPlan & { balance: string }>>;
  /**
   * Orders a plan: pays its price, and gets its credits. One that is paid by card answers with a
   * checkout for Stripe's page instead.
   */
  order(
    planId: string,
    options?: CallOptions,
  ): Promise<{ transaction?: string | undefined; checkout?: JSONObject | undefined }>;
  /** Whole credits of each plan, as with `plans`. */
  balance(options?: CallOptions & { planIds?: readonly string[] }): Promise<RailBalance[]>;
  /** An access token for a call of one's own: `payment-signature`. It is a credential: keep it secret. */
  accessToken(
    request: { planId: string; agentId: string; resourceUrl?: string | undefined },
    options?: CallOptions,
  ): Promise<{ accessToken: string; version: 2 | 3; expiresAt: Date }>;
}

/**
 * Pays agents with credits of plans at Nevermined. The agent captures: a hold is an access token, and
 * what was taken is what the agent says, within the delegation that Nevermined itself keeps.
 *
 * Creating it asks for nothing; the key and the environment are read at each call.
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
   * What cards said of agents. Any card can claim any agent's id: nothing is ordered or paid with by it,
   * and the highest price counts, so that another's card does not lower what limits are asked about.
   */
  const offers = new Map<string, { planIds: string[]; credits: number }>();
  /** Holds about which an agent said too little: it is asked once more. */
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
    // It stays: asked a third time, it is the same end.
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
      return 'The backend of Nevermined mints access tokens of version 2 although `tokenVersion` is 3: agents can use them again until their delegation ends.';
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
      // A challenge to a message that was paid: the token that paid it is not taken.
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
      // In band a token lies in the task's history: only one that is good for nothing more goes there.
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
      // It may be the token that was refused: the next call gets a new one.
      buyer.tokens.drop(notesOf(hold));
      buyer.tokens.take(hold.escrowId);
      return answer === undefined && reason !== undefined && UNSENT.has(reason)
        ? { status: 'refunded', returned: hold.amount }
        : // Then what the agent took was taken by the hold that pays the task.
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

/** Of a hold that its agent has not seen. */
const UNSENT = new Set(['not-dispatched', 'unreachable']);

/** Of one attempt, and of no use to whoever reads it: a token of version 2 has many holds. */
async function holdId(taskId: string, token: string): Promise<string> {
  return hmacSha256(token, taskId);
}
