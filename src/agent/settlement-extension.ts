import type { AgentExtension } from '@a2a-js/sdk';
import { EXCHANGE_CURRENCY } from '../internal/exchange-currency';
import { SETTLEMENT_EXTENSION_URI } from '../rails/exchange/schemas';

/** The price of one skill (a2a-se, Pricing). */
export interface SkillPrice {
  /** Whole tokens, excluding the exchange's fee: per request, per unit or per minute. */
  baseTokens: number;
  /** Default: `per-request`. */
  model?: 'per-request' | 'per-unit' | 'per-minute' | 'negotiable' | undefined;
  /** For `per-unit`: the number of units that `baseTokens` buys. The exchange's default is 1000. */
  unitSize?: number | undefined;
}

export interface SettlementExtensionOptions {
  /** The agent's account id by exchange URL. The first exchange is preferred. */
  accountIds: Record<string, string>;
  /** Prices by skill id. */
  pricing: Record<string, SkillPrice>;
  /** Default: `ATE`, the exchange's token. */
  currency?: string | undefined;
  /** Reject requests that do not name the extension. Default: `false`. */
  required?: boolean | undefined;
}

/**
 * The agent card entry with the agent's exchanges, accounts and prices (a2a-se, AgentCard extension). Add it
 * to `capabilities.extensions`.
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
    description: 'Payment held in escrow: released when the task completes, otherwise refunded.',
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
