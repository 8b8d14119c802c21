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
 * - Payee: the account at `exchangeUrl`, whichever way the card spells that URL; else `accountId`,
 *   unless the card says that it is on other exchanges only.
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
    ...readPayee(params, exchangeUrl),
    amount: price?.amount,
    pricingModel: price?.model,
    unitSize: price?.unitSize,
    currency: price?.currency ?? params?.currency ?? EXCHANGE_CURRENCY,
    required,
  };
}

/** An account elsewhere is no account: the same id may be somebody else's here. */
function readPayee(
  params: SettlementExtensionParams | undefined,
  exchangeUrl: string,
): Pick<AgentTerms, 'payee' | 'elsewhere'> {
  const { accountId, accountIds = {}, exchangeUrls = [] } = params ?? {};
  const ours = canonicalExchangeUrl(exchangeUrl);
  const accounts = Object.entries(accountIds).flatMap(([url, id]) =>
    typeof id === 'string' && id !== '' ? [{ url: canonicalExchangeUrl(url), id }] : [],
  );
  // What a card says beside an `accountId` is where that is.
  const named = [params?.exchangeUrl, params?.preferredExchange, ...exchangeUrls]
    .filter((url) => url !== undefined)
    .map(canonicalExchangeUrl)
    .filter((url) => URL.canParse(url));
  const isOurs = named.length === 0 || named.includes(ours);
  const payee = accounts.find(({ url }) => url === ours)?.id ?? (isOurs && accountId);
  if (payee) return { payee };
  const urls = [...accounts.map(({ url }) => url), ...(accountId ? named : [])];
  const elsewhere = [...new Set(urls)].filter((url) => url.length < 100 && URL.canParse(url));
  return { payee: undefined, ...(elsewhere.length > 0 && { elsewhere: elsewhere.slice(0, 3) }) };
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
