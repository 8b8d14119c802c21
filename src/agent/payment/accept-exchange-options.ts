import * as z from 'zod/v4';
import {
  assertOptions,
  flag,
  number,
  oneOf,
  optionsOf,
  type ShapeOf,
} from '../../internal/option-schemas';
import { MAX_ESCROW_AMOUNT } from '../../rails/exchange/schemas';
import type { SkillPrice } from '../settlement-extension';
import {
  exchangeAccountShape,
  requiredOfExchange,
  type VerifyEscrowOptions,
  verifyEscrowShape,
} from '../verify-escrow-options';

/** The agent's account on one exchange. */
export type ExchangeAccount = Pick<VerifyEscrowOptions, 'exchangeUrl' | 'apiKey' | 'accountId'>;

/** The options of `acceptExchange`, with either `price` or `pricing`. */
export type AcceptExchangeOptions = Omit<VerifyEscrowOptions, 'bindings' | 'price'> & {
  /** Accounts on other exchanges that are also accepted. The card prefers the first account. */
  exchanges?: readonly ExchangeAccount[] | undefined;
  /** Whether requests that do not name the extension are refused. Default: `true`. */
  required?: boolean | undefined;
} & (
    | {
        /**
         * The price of a message, in whole tokens, excluding the fee; or a function, if the card should state
         * no price.
         */
        price: VerifyEscrowOptions['price'];
        pricing?: undefined;
      }
    | {
        /**
         * Prices by skill id, used for both the card and the verification of payments. A message names its
         * skill (`metadata.skillId`); without a known skill, it costs as much as the most expensive one. For
         * `per-unit` and `per-minute`, at least one unit must be held. A skill with 0 tokens needs no escrow.
         */
        pricing: Record<string, SkillPrice>;
        /** Computes the price of skills whose pricing model is `negotiable`. */
        price?: Exclude<VerifyEscrowOptions['price'], number> | undefined;
      }
  );

/** @throws InvalidArgumentError naming each unknown or invalid option. */
export function assertAcceptExchangeOptions(options: AcceptExchangeOptions): void {
  const { bindings: _, ...shape } = verifyEscrowShape();
  const account = optionsOf<ExchangeAccount>(exchangeAccountShape(), [...requiredOfExchange]);
  const skillPrice = optionsOf<SkillPrice>(
    {
      baseTokens: number(
        `whole tokens between 0 and ${MAX_ESCROW_AMOUNT}`,
        (value) => Number.isInteger(value) && value >= 0 && value <= MAX_ESCROW_AMOUNT,
      ),
      model: oneOf('per-request', 'per-unit', 'per-minute', 'negotiable'),
      unitSize: number('a number > 0', (value) => value > 0),
    },
    ['baseTokens'],
    'a price such as { baseTokens: 10 }',
  );
  const schema = optionsOf<AcceptExchangeOptions>(
    {
      ...shape,
      pricing: z.record(z.string(), skillPrice, 'must be an object of prices by skill id'),
      exchanges: z.array(account, 'must be a list of accounts'),
      required: flag,
    } satisfies ShapeOf<AcceptExchangeOptions>,
    [...requiredOfExchange],
  );
  assertOptions(schema, options, { before: 'acceptExchange: ' });
}
