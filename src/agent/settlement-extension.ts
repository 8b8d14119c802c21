import type { AgentExtension } from '@a2a-js/sdk';
import { EXCHANGE_CURRENCY, SETTLEMENT_EXTENSION_URI } from '../rails/exchange/schemas';

/** The price of one skill (a2a-se, Pricing). */
export interface SkillPrice {
  /** Whole tokens, without the exchange's fee: per request, per unit or per minute. */
  baseTokens: number;
  /** Default: `per-request`. */
  model?: 'per-request' | 'per-unit' | 'per-minute' | 'negotiable' | undefined;
  /** How many units `baseTokens` buys, with `per-unit`. The exchange's default is 1000. */
  unitSize?: number | undefined;
}

export interface SettlementExtensionOptions {
  /** The agent's account on each exchange it accepts, by the exchange's URL; the first is preferred. */
  accountIds: Record<string, string>;
  /** Prices by skill id. */
  pricing: Record<string, SkillPrice>;
  /** Default: `ATE`, the exchange's token. */
  currency?: string | undefined;
  /** Refuse callers that do not name the extension in their request. Default: `false`. */
  required?: boolean | undefined;
}

/**
 * The agent card's entry that says where the agent is paid, to which account, and how much
 * (a2a-se, AgentCard extension). It goes into `capabilities.extensions`.
 */
export function settlementExtension({
  accountIds,
  pricing,
  currency = EXCHANGE_CURRENCY,
  required = false,
}: SettlementExtensionOptions): AgentExtension {
  const exchangeUrls = Object.keys(accountIds);
  return {
    uri: SETTLEMENT_EXTENSION_URI,
    description: 'Payment held in escrow: released when the task completes, else refunded.',
    required,
    params: {
      exchangeUrls,
      preferredExchange: exchangeUrls[0],
      accountIds,
      currency,
      pricing: Object.fromEntries(
        Object.entries(pricing).map(([skill, { baseTokens, model = 'per-request', unitSize }]) => [
          skill,
          { baseTokens, model, currency, ...(unitSize !== undefined && { unitSize }) },
        ]),
      ),
    },
  };
}
