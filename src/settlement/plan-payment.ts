import type { LanguageModelV4, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import {
  SettlementError,
  type AgentTerms,
  type HoldRequest,
  type SettlementRail,
} from '../rails/rail';
import { settlementDefaults } from './settlement-environment';
import type { ResolvedSettlementOptions } from './settlement-options';

/** What to hold for one generation, or why nothing can be held. */
export type PaymentPlan =
  | { type: 'hold'; request: HoldRequest; isRequired: boolean }
  | {
      type: 'unpaid';
      reason: SettlementError['code'] | 'DISABLED';
      error: SettlementError;
      isRequired: boolean;
    }
  | { type: 'free' };

/**
 * Decides payee and price: what is configured for the model, else what the agent's card says, else
 * the defaults.
 *
 * @throws whatever the model throws when its card cannot be had: no message could be sent either.
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
  const defaults = settlementDefaults(options);
  const configured = options.agents?.[model.modelId] ?? {};
  const skill = skillOf(params);
  const terms = await readTerms(model, params, { rail: options.rail, skill });
  const isRequired = terms?.required ?? false;

  if (!defaults.enabled) {
    return unpaid('DISABLED', 'NOT_CONFIGURED', 'settlement is switched off.');
  }
  const payee = configured.accountId ?? terms?.payee;
  if (payee === undefined) {
    return unpaid(
      'NO_PAYEE',
      'NO_PAYEE',
      `agent "${model.modelId}" names no account on this exchange. Set agents["${model.modelId}"].accountId.`,
    );
  }
  const amount = configured.tokensPerCall ?? terms?.amount ?? defaults.tokensPerCall;
  if (amount === 0) return { type: 'free' };
  return {
    type: 'hold',
    isRequired,
    request: {
      // Random, and nothing else: the exchange publishes it.
      taskId: `${taskIdPrefix}${crypto.randomUUID()}`,
      payee,
      amount,
      ttlMinutes: configured.ttlMinutes ?? defaults.ttlMinutes,
      taskType: configured.taskType ?? skill,
      requiredAttestationLevel: configured.requiredAttestationLevel,
    },
  };

  function unpaid(
    reason: SettlementError['code'] | 'DISABLED',
    code: SettlementError['code'],
    message: string,
  ): PaymentPlan {
    return { type: 'unpaid', reason, error: new SettlementError({ code, message }), isRequired };
  }
}

/** Marks the holds of this package on the ledger, so that orphans can be told from others' holds. */
const taskIdPrefix = 'aisdk-';

async function readTerms(
  model: LanguageModelV4,
  { abortSignal }: LanguageModelV4CallOptions,
  { rail, skill }: { rail: SettlementRail; skill: string | undefined },
): Promise<AgentTerms | undefined> {
  if (!hasAgentCard(model)) return undefined;
  const card = await model.agentCard(abortSignal === undefined ? {} : { abortSignal });
  return card === undefined ? undefined : rail.terms(card, { skill });
}

interface WithAgentCard {
  agentCard(options: { abortSignal?: AbortSignal }): Promise<unknown>;
}

function hasAgentCard(model: LanguageModelV4): model is LanguageModelV4 & WithAgentCard {
  return 'agentCard' in model && typeof model.agentCard === 'function';
}

function skillOf({ providerOptions }: LanguageModelV4CallOptions): string | undefined {
  const skill = providerOptions?.['a2a']?.['skill'];
  return typeof skill === 'string' && skill !== '' ? skill : undefined;
}
