import { InvalidArgumentError } from '@ai-sdk/provider';
import { namedSkill } from '../../internal/named-skill';
import { MAX_ESCROW_AMOUNT } from '../../rails/exchange/schemas';
import type { SkillPrice } from '../settlement-extension';
import type { PaidMessage, VerifyEscrowOptions } from '../verify-escrow-options';

/** The prices for both the card and the verification. `of`: undefined if a function decides. */
export function skillPrices({
  price,
  pricing,
}: {
  price: VerifyEscrowOptions['price'] | undefined;
  pricing: Record<string, SkillPrice> | undefined;
}): {
  /** The prices for a card with these skills. */
  card(skillIds: readonly string[]): Record<string, SkillPrice>;
  of(message: PaidMessage): SkillPrice | undefined;
} {
  if (pricing === undefined) {
    if (price === undefined) throw misused('price', 'needs `price`, or `pricing`');
    if (typeof price === 'function') return { card: () => ({}), of: () => undefined };
    const all: SkillPrice = { baseTokens: whole(price) };
    return {
      card: (skillIds) => Object.fromEntries(skillIds.map((skillId) => [skillId, all])),
      of: () => all,
    };
  }
  const all = Object.values(pricing);
  const isNegotiable = all.some(({ model }) => model === 'negotiable');
  if (price !== undefined && !(isNegotiable && typeof price === 'function')) {
    throw misused('price', 'takes either `price` or `pricing`');
  }
  for (const { baseTokens } of all) whole(baseTokens);
  const dearest = all.toSorted((one, other) => other.baseTokens - one.baseTokens)[0];
  if (dearest === undefined) throw misused('pricing', 'needs at least one skill price');
  return {
    card: () => pricing,
    of(message) {
      const skillId = namedSkill(message) ?? '';
      // Without a known skill, the most expensive price applies.
      return Object.hasOwn(pricing, skillId) ? pricing[skillId] : dearest;
    },
  };
}

function whole(tokens: number): number {
  if (Number.isInteger(tokens) && tokens >= 0 && tokens <= MAX_ESCROW_AMOUNT) return tokens;
  throw misused('pricing', `takes prices in whole tokens between 0 and ${MAX_ESCROW_AMOUNT}`);
}

function misused(argument: string, problem: string): InvalidArgumentError {
  return new InvalidArgumentError({ argument, message: `acceptExchange ${problem}.` });
}
