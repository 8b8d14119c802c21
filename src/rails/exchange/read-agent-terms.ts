import { isRecord } from '@ai-sdk/provider-utils';
import type { AgentTerms } from '../rail';
import {
  canonicalExchangeUrl,
  EXCHANGE_CURRENCY,
  extendedAgentCardSchema,
  MAX_ESCROW_AMOUNT,
  settlementExtensionSchema,
  type SettlementExtensionParams,
  skillPriceSchema,
} from './schemas';

/**
 * Reads payee and price from the settlement extension of an agent card, in each of its three
 * published shapes (a2a-se 3.1). The card is untrusted: what makes no sense in it is ignored.
 *
 * - Payee: the account at `exchangeUrl`, whichever way the card spells that URL; else the only
 *   account; else `accountId`.
 * - Price: that of `skill`; without one, or for a skill that has no price, the highest, so that the
 *   hold covers whatever the agent does. A price that no escrow can hold is no price.
 *
 * @returns undefined for a card without the extension.
 */
export function readAgentTerms(
  agentCard: unknown,
  { exchangeUrl, skill }: { exchangeUrl: string; skill?: string | undefined },
): AgentTerms | undefined {
  const card = extendedAgentCardSchema.safeParse(agentCard);
  const extension = card.data?.capabilities.extensions
    .map((entry) => settlementExtensionSchema.safeParse(entry))
    .find(({ success }) => success)?.data;
  if (extension === undefined) {
    return undefined;
  }
  const { params, required } = extension;
  const price = readPrice(params?.pricing, skill);
  return {
    payee: readPayee(params, exchangeUrl),
    amount: price?.amount,
    pricingModel: price?.model,
    unitSize: price?.unitSize,
    currency: price?.currency ?? params?.currency ?? EXCHANGE_CURRENCY,
    required,
  };
}

function readPayee(
  params: SettlementExtensionParams | undefined,
  exchangeUrl: string,
): string | undefined {
  const accounts = Object.entries(params?.accountIds ?? {}).flatMap(([url, id]) =>
    typeof id === 'string' && id !== '' ? [{ url: canonicalExchangeUrl(url), id }] : [],
  );
  const ours = canonicalExchangeUrl(exchangeUrl);
  const account =
    accounts.find(({ url }) => url === ours) ?? (accounts.length === 1 ? accounts[0] : undefined);
  return account?.id ?? (params?.accountId || undefined);
}

interface Price {
  amount: number | undefined;
  model: string | undefined;
  unitSize: number | undefined;
  currency: string | undefined;
}

function readPrice(
  pricing: Record<string, unknown> | undefined,
  skill: string | undefined,
): Price | undefined {
  if (pricing === undefined) {
    return undefined;
  }
  const { skills, common } = splitPricing(pricing);
  const toPrice = (entry: unknown): Price => {
    const price = skillPriceSchema.safeParse(entry).data;
    return {
      amount: toAmount(price?.baseTokens),
      model: price?.model ?? common.model,
      unitSize: price?.unitSize,
      currency: price?.currency ?? common.currency,
    };
  };
  if (skill !== undefined && Object.hasOwn(skills, skill)) {
    return toPrice(skills[skill]);
  }
  return Object.values(skills)
    .map(toPrice)
    .reduce<Price | undefined>(
      (highest, price) =>
        highest === undefined || (price.amount ?? -1) > (highest.amount ?? -1) ? price : highest,
      undefined,
    );
}

/** The page at the extension's URI has `{ model, currency, skills }`, the specification skills only. */
function splitPricing(pricing: Record<string, unknown>) {
  const { model, currency, skills } = pricing;
  const ofPage = isRecord(skills) && !Object.hasOwn(skills, 'baseTokens');
  return {
    skills: ofPage ? skills : pricing,
    common: {
      model: ofPage && typeof model === 'string' ? model : undefined,
      currency: ofPage && typeof currency === 'string' ? currency : undefined,
    },
  };
}

function toAmount(baseTokens: number | undefined): number | undefined {
  return baseTokens !== undefined &&
    Number.isInteger(baseTokens) &&
    baseTokens >= 0 &&
    baseTokens <= MAX_ESCROW_AMOUNT
    ? baseTokens
    : undefined;
}
