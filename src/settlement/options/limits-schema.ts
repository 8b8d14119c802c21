import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { EXCHANGE_CURRENCY } from '../../internal/exchange-currency';
import { isAmount } from '../../internal/is-amount';
import type { Amount } from '../../rails/rail';
import {
  limitNames,
  type CurrencyLimits,
  type SpendingLimitOptions,
} from '../plan/currency-limits';
import { number, optionsOf } from '../../internal/option-schemas';

/** The plain limits, and the limits of other currencies by their codes. */
export function limitsSchema(): z.ZodType<SpendingLimitOptions> {
  const limit = number(
    'a whole number >= 0, or Infinity',
    (value) => value >= 0 && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY),
  );
  const amount = z.custom<Amount>(
    (value) => value === Number.POSITIVE_INFINITY || isAmount(value),
    'must be a number >= 0 such as 0.5, a decimal string such as "0.25", or Infinity',
  );
  const bare = limitsOf<number>(limit, limit);
  const ofCurrency = limitsOf<Amount>(amount, limit).refine(
    ({ perCall, perConversation, perWindow }) =>
      (perCall ?? perConversation ?? perWindow) !== undefined,
    'must set at least one of perCall, perConversation or perWindow',
  );
  return z.custom<SpendingLimitOptions>().superRefine((given, context) => {
    const { currencies, others } = split(given);
    const checked: [string[], z.ZodSafeParseResult<unknown>][] = [
      [[], bare.safeParse(others)],
      ...Object.entries(currencies).map(([code, own]): (typeof checked)[number] => [
        [code],
        ofCurrency.safeParse(own),
      ]),
    ];
    const tokens = Object.keys(currencies).find((code) => code.toUpperCase() === EXCHANGE_CURRENCY);
    if (tokens !== undefined) {
      context.addIssue({
        code: 'custom',
        message:
          "is not a limit: the exchange's tokens are limited by the plain limits, for example { perCall: 50 }",
        path: [tokens],
      });
    }
    for (const [path, { error }] of checked) {
      for (const issue of error?.issues ?? []) {
        context.addIssue({
          code: 'custom',
          message: issue.message,
          path: [...path, ...issue.path],
        });
      }
    }
  });
}

function limitsOf<AMOUNT extends Amount>(amount: z.ZodType<AMOUNT>, count: z.ZodType<number>) {
  const minutes = number('a number > 0', (value) => value > 0 && Number.isFinite(value));
  return optionsOf<CurrencyLimits<AMOUNT>>(
    {
      perCall: amount,
      perConversation: amount,
      perWindow: optionsOf<Required<CurrencyLimits<AMOUNT>>['perWindow']>(
        { amount, minutes },
        ['amount', 'minutes'],
        'an object with both of: amount, minutes',
      ),
      concurrent: count,
    },
    [],
    'an object with any of: perCall, perConversation, perWindow, concurrent, for example { perCall: 50 }',
  );
}

/** An object whose name is not a limit holds the limits of a currency. */
function split(given: unknown): { others: unknown; currencies: Record<string, unknown> } {
  if (!isRecord(given)) return { others: given, currencies: {} };
  const isCurrency = ([name, value]: [string, unknown]) =>
    isRecord(value) && limitNames.every((limit) => limit !== name);
  const entries = Object.entries(given);
  return {
    others: Object.fromEntries(entries.filter((entry) => !isCurrency(entry))),
    currencies: Object.fromEntries(entries.filter(isCurrency)),
  };
}
