import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { callOptionsOf } from '../../internal/call-watch';
import {
  SettlementError,
  type AgentTerms,
  type HoldRequest,
  type SkillTerms,
} from '../../rails/rail';
import { agentSettings } from '../state/agent-settings';
import { isA2AModel } from '../state/is-a2a-model';
import { newTaskId } from '../state/task-id';
import { settlementDefaults } from '../options/settlement-environment';
import type { ResolvedSettlementOptions } from '../options/settlement-options';
import { assertCallOptions } from '../options/settlement-options-schema';
import type { PriceQuery, PriceSources } from '../plan/price';
import {
  choosePrice,
  resolveMetering,
  resolveNegotiation,
  resolvePrice,
} from '../plan/resolve-price';
import { chooseRail, notConfigured, readOffers } from '../plan/choose-rail';
import type { SpendingLimitOptions } from '../plan/currency-limits';
import { rulesFor } from '../plan/rules-for';
import { labelsOf } from './call-params';
import type { PaymentPlan, UnpaidPlan } from '../plan/payment-plan';
import { quoteCredential } from '../plan/plan-credential';

/**
 * Decides payee and price: first the settings for the model, then the agent's card, then the defaults.
 *
 * @throws InvalidArgumentError for an invalid `providerOptions.settlement`.
 * @throws SettlementError `UNKNOWN_SKILL`, or `NO_LIMIT` for a currency that must have one.
 * @throws errors of the model if its card cannot be fetched: no message could be sent either.
 */
export async function planPayment({
  model,
  params,
  options,
}: {
  model: LanguageModelV4;
  params: LanguageModelV4CallOptions;
  options: ResolvedSettlementOptions;
}): Promise<PaymentPlan> {
  const { providerOptions } = params;
  assertCallOptions(callOptionsOf(params));
  const defaults = settlementDefaults(options);
  const { modelId: agent } = model;
  const configured = agentSettings(options.agents, agent) ?? {};
  const skill = skillOf(params, model);
  const card = await readCard(model, params);
  const offers = readOffers(options.rails, card, skill);
  const isRequired = offers.some(({ terms }) => terms?.required);

  if (!defaults.enabled) {
    return unpaid('DISABLED', 'NOT_CONFIGURED', 'settlement is switched off.');
  }
  const limits = options.limits ?? {};
  const { accountId } = configured;
  const chosen = chooseRail(offers, { accountId, agent, limits });
  const { rail, terms } = chosen;
  assertSkill(agent, skill, terms);
  const ttlMinutes = configured.ttlMinutes ?? defaults.ttlMinutes;
  const taskType = configured.taskType ?? skill;
  if (chosen.isAsked) {
    const error = notConfigured(rail);
    // An agent that states its price in its answer has to know how it is paid.
    if (error !== undefined) return { type: 'unpaid', reason: error.code, error, isRequired };
  }
  if (chosen.isAsked || (rail.capabilities.capturedBy === 'agent' && terms?.payee !== undefined)) {
    return {
      type: 'paid',
      rail,
      payeeOn,
      isRequired,
      metering: undefined,
      quote: async () => quoteCredential(chosen, { agent, card, limits, taskType, ttlMinutes }),
    };
  }
  const payee = payeeOn(rail.name);
  if (payee === undefined) {
    // The cause is a wrong key or URL, not the card.
    const error = notConfigured(rail);
    if (error !== undefined) return { type: 'unpaid', reason: error.code, error, isRequired };
    return unpaid(
      'NO_PAYEE',
      'NO_PAYEE',
      isA2AModel(model) && !hasAgentCard(model)
        ? `other middleware hides the card of agent "${agent}". Put the settlement next to the model, last in the list of \`middleware\`, or set agents["${agent}"].accountId.`
        : noPayee(agent, terms),
    );
  }
  const query = {
    agent,
    ...(skill !== undefined && { skill }),
    ...(terms !== undefined && { terms: inWholeTokens(terms) }),
    ...(providerOptions !== undefined && { providerOptions }),
  };
  const rules = rulesFor(options.byLabel, labelsOf(params));
  const sources: PriceSources = {
    own: configured,
    common: { ...options, ...defaults.ceiling },
    defaultTokens: defaults.tokensPerCall,
    limitPerCall: smallest([options, ...rules.map(({ rule }) => rule)]),
    maxAmount: rail.capabilities.maxAmount,
  };
  const requestFor = (amount: number): HoldRequest => ({
    taskId: newTaskId(),
    payee,
    amount,
    ttlMinutes,
    taskType,
    requiredAttestationLevel: configured.requiredAttestationLevel,
  });
  return {
    type: 'paid',
    rail,
    payeeOn,
    isRequired,
    metering: resolveMetering(query, sources),
    async quote() {
      const negotiation = resolveNegotiation(query, sources);
      if (negotiation !== undefined) return { type: 'negotiable', negotiation, requestFor };
      const { amount, dearestSkill, metering } = await resolvePrice(query, sources);
      if (amount === 0) {
        // A card that requires payment may have free skills.
        if (isRequired && terms?.amount !== 0) throw requiresPayment(agent, query, sources);
        return { type: 'free', isRequired };
      }
      const warnings =
        dearestSkill === undefined ? [] : [dearestIsHeld({ agent, amount, dearestSkill, skill })];
      return { type: 'hold', metering, request: requestFor(amount), warnings };
    },
  };

  /** The configured account is an account on the exchange. */
  function payeeOn(name: string): string | undefined {
    const offer = offers.find((other) => other.rail.name === name);
    const isPayers = offer?.rail.capabilities.capturedBy === 'payer';
    const ofCard = offer?.terms?.isAsked === true ? undefined : offer?.terms?.payee;
    return isPayers ? (configured.accountId ?? ofCard) : ofCard;
  }

  function unpaid(
    reason: UnpaidPlan['reason'],
    code: SettlementError['code'],
    message: string,
  ): UnpaidPlan {
    return { type: 'unpaid', reason, error: new SettlementError({ code, message }), isRequired };
  }
}

/** The smallest limit of a call, in tokens: more is not held where less may do. */
function smallest(given: { limits?: SpendingLimitOptions }[]): number | undefined {
  const limits = given.flatMap(({ limits: own }) => own?.perCall ?? []);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** The application's own prices, and their ceilings, are in whole tokens. */
function inWholeTokens({ amount, prices, ...terms }: AgentTerms): AgentTerms<number> {
  const inTokens = (price: SkillTerms): SkillTerms<number> => ({
    ...price,
    amount: typeof price.amount === 'number' ? price.amount : undefined,
  });
  return {
    ...terms,
    ...(amount !== undefined && inTokens({ amount })),
    ...(prices !== undefined && {
      prices: Object.fromEntries(
        Object.entries(prices).map(([skill, price]) => [skill, inTokens(price)]),
      ),
    }),
  };
}

function noPayee(agent: string, { elsewhere, here }: Partial<AgentTerms> = {}): string {
  const setting = `agents["${agent}"].accountId`;
  if (elsewhere === undefined) {
    return `the card of agent "${agent}" has no account on this exchange. Set ${setting}.`;
  }
  const named = `the card of agent "${agent}" has an account on ${elsewhere.join(', ')}`;
  return here === undefined
    ? `${named}, but this call does not pay there. Set ${setting}.`
    : `${named}, but this call pays through ${here.ledger}. Set ${here.setting} to the agent's exchange, or ${setting} to its account on yours.`;
}

/** A misspelt skill would be paid at the price of the most expensive one. */
function assertSkill(
  agent: string,
  skill: string | undefined,
  { skills }: Partial<AgentTerms> = {},
): void {
  if (skill === undefined || skills === undefined || skills.includes(skill)) return;
  const listed = skills.slice(0, 20).join(', ');
  throw new SettlementError({
    code: 'UNKNOWN_SKILL',
    message: `The call of agent "${agent}" was not sent: its card has no skill "${skill}". Its skills: ${listed}${skills.length > 20 ? ', …' : ''}.`,
    isDispatched: false,
  });
}

function requiresPayment(agent: string, query: PriceQuery, sources: PriceSources): SettlementError {
  return new SettlementError({
    code: 'PAYMENT_REQUIRED',
    message: `Agent "${agent}" requires payment, and nothing can be held: ${choosePrice(query, sources).setting} is 0. Set the price that the agent asks for, or remove the setting.`,
    isDispatched: false,
  });
}

function dearestIsHeld({
  agent,
  amount,
  dearestSkill,
  skill,
}: {
  agent: string;
  amount: number;
  dearestSkill: string;
  skill: string | undefined;
}): SharedV4Warning {
  const why =
    skill === undefined
      ? 'This call names no skill, and the skills'
      : `The card has no price for skill "${skill}", and the other skills`;
  return {
    type: 'other',
    message: `${why} of agent "${agent}" have different prices: ${amount} tokens are held, the price of its most expensive skill "${dearestSkill}". All of them are paid unless the answer reports the used amount (creditsUsed) or its skill (skillId). Name the skill: providerOptions.a2a.skill, or the model id "${agent}#<skill>".`,
  };
}

async function readCard(
  model: LanguageModelV4,
  { abortSignal }: LanguageModelV4CallOptions,
): Promise<unknown> {
  if (!hasAgentCard(model)) return undefined;
  return model.agentCard(abortSignal === undefined ? {} : { abortSignal });
}

interface WithAgentCard {
  agentCard(options: { abortSignal?: AbortSignal }): Promise<unknown>;
}

function hasAgentCard(model: LanguageModelV4): model is LanguageModelV4 & WithAgentCard {
  return 'agentCard' in model && typeof model.agentCard === 'function';
}

/** The skill of the call, or else the skill in the model id. */
function skillOf(
  { providerOptions }: LanguageModelV4CallOptions,
  model: LanguageModelV4,
): string | undefined {
  const asked = providerOptions?.['a2a']?.['skill'];
  const skill = asked ?? ('skill' in model ? model.skill : undefined);
  return typeof skill === 'string' && skill !== '' ? skill : undefined;
}
