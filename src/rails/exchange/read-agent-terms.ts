import { isRecord } from '@ai-sdk/provider-utils';
import { EXCHANGE_CURRENCY } from '../../internal/exchange-currency';
import type { AgentTerms, SkillTerms } from '../rail';
import { shownExchangeUrl } from './exchange-url';
import {
  canonicalExchangeUrl,
  extendedAgentCardSchema,
  MAX_ESCROW_AMOUNT,
  settlementExtensionSchema,
  type SettlementExtensionParams,
  skillPriceSchema,
} from './schemas';

/**
 * Reads payee and price from the settlement extension of an agent card, in each of its three published shapes
 * (a2a-se 3.1). The card is untrusted: invalid values are ignored.
 *
 * - Payee: the account at `exchangeUrl`, in any spelling of that URL; else `accountId`, unless the card names
 *   only other exchanges.
 * - Price: that of `skill`; without a skill, or for a skill without a price, the highest price, so that the
 *   hold covers any work of the agent, and all prices if they differ. A price that no escrow can hold is
 *   ignored.
 *
 * @returns undefined for a card without the extension.
 */
export function readAgentTerms(
  agentCard: unknown,
  { exchangeUrl, skill }: { exchangeUrl: string; skill?: string | undefined },
): AgentTerms<number> | undefined {
  const card = extendedAgentCardSchema.safeParse(agentCard);
  const extension = card.data?.capabilities.extensions
    .map((entry) => settlementExtensionSchema.safeParse(entry))
    .find(({ success }) => success)?.data;
  if (extension === undefined) {
    return undefined;
  }
  const { params, required } = extension;
  const prices = readPrices(params?.pricing);
  const asked = skill !== undefined && Object.hasOwn(prices, skill) ? prices[skill] : undefined;
  const { currency, ...price } = asked ?? highest(Object.values(prices)) ?? {};
  const listed = card.data?.skills.map(({ id }) => id).filter(Boolean) ?? [];
  const skills = [...new Set([...listed, ...Object.keys(prices)])];
  return {
    ...readPayee(params, exchangeUrl),
    ...price,
    currency: currency ?? params?.currency ?? EXCHANGE_CURRENCY,
    skills: skills.length > 0 ? skills : undefined,
    prices: asked === undefined && differ(Object.values(prices)) ? prices : undefined,
    required,
  };
}

/** An account on another exchange is not used: the same id may belong to someone else here. */
function readPayee(
  params: SettlementExtensionParams | undefined,
  exchangeUrl: string,
): Pick<AgentTerms, 'payee' | 'elsewhere'> {
  const { accountId, accountIds = {}, exchangeUrls = [] } = params ?? {};
  const ours = canonicalExchangeUrl(exchangeUrl);
  const accounts = Object.entries(accountIds).flatMap(([url, id]) =>
    typeof id === 'string' && id !== '' ? [{ url, id }] : [],
  );
  // The other fields next to an `accountId` name its exchange.
  const named = [params?.exchangeUrl, params?.preferredExchange, ...exchangeUrls]
    .filter((url) => url !== undefined)
    .filter((url) => URL.canParse(url.trim()));
  const isOurs = ({ url }: { url: string }) => canonicalExchangeUrl(url) === ours;
  const isHere = named.length === 0 || named.some((url) => isOurs({ url }));
  const payee = accounts.find(isOurs)?.id ?? (isHere && accountId);
  if (payee) return { payee };
  const urls = [...accounts.map(({ url }) => url), ...(accountId ? named : [])];
  const elsewhere = [...new Set(urls.map(shownExchangeUrl))].filter(
    (url) => url.length < 100 && URL.canParse(url),
  );
  return { payee: undefined, ...(elsewhere.length > 0 && { elsewhere: elsewhere.slice(0, 3) }) };
}

type Price = SkillTerms<number> & { currency?: string | undefined };

function readPrices(pricing: Record<string, unknown> = {}): Record<string, Price> {
  const { skills, common } = splitPricing(pricing);
  const toPrice = (entry: unknown): Price => {
    const price = skillPriceSchema.safeParse(entry).data;
    return {
      amount: toAmount(price?.baseTokens),
      pricingModel: price?.model ?? common.model,
      unitSize: price?.unitSize,
      currency: price?.currency ?? common.currency,
    };
  };
  return Object.fromEntries(
    Object.entries(skills).map(([skill, entry]) => [skill, toPrice(entry)]),
  );
}

function highest(prices: Price[]): Price | undefined {
  return prices.reduce<Price | undefined>(
    (most, price) =>
      most === undefined || (price.amount ?? -1) > (most.amount ?? -1) ? price : most,
    undefined,
  );
}

function differ(prices: Price[]): boolean {
  const texts = prices.map(({ amount, pricingModel, unitSize }) =>
    JSON.stringify([amount, pricingModel, unitSize]),
  );
  return new Set(texts).size > 1;
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
