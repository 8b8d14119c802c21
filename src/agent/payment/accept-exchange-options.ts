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

/** `price`, or `pricing`. */
export type AcceptExchangeOptions = Omit<VerifyEscrowOptions, 'bindings' | 'price'> & {
  /** Accounts on other exchanges that are taken too. The card prefers the first one. */
  exchanges?: readonly ExchangeAccount[] | undefined;
  /** Whether callers that do not know the extension are refused. Default: `true`. */
  required?: boolean | undefined;
} & (
    | {
        /**
         * What a message costs, in whole tokens, without the fee; or a function, where the card is to name no
         * price.
         */
        price: VerifyEscrowOptions['price'];
        pricing?: undefined;
      }
    | {
        /**
         * Prices by skill id: those of the card, and those that messages are held to. A message names its skill
         * (`metadata.skillId`); one that names none, or another, costs as much as the dearest. Of `per-unit`
         * and `per-minute` one unit has to be held. A skill for 0 tokens is worked for without an escrow.
         */
        pricing: Record<string, SkillPrice>;
        /** Computes the price of skills whose price is `negotiable`. */
        price?: Exclude<VerifyEscrowOptions['price'], number> | undefined;
      }
  );

/** @throws InvalidArgumentError naming each option that does not exist, or is not what it should be. */
export function assertAcceptExchangeOptions(options: AcceptExchangeOptions): void {
  const { bindings: _, ...shape } = verifyEscrowShape();
  const account = optionsOf<ExchangeAccount>(exchangeAccountShape(), [...requiredOfExchange]);
  const skillPrice = optionsOf<SkillPrice>(
    {
      baseTokens: number(
        `whole tokens from 0 to ${MAX_ESCROW_AMOUNT}`,
        (value) => Number.isInteger(value) && value >= 0 && value <= MAX_ESCROW_AMOUNT,
      ),
      model: oneOf('per-request', 'per-unit', 'per-minute', 'negotiable'),
      unitSize: number('a number above 0', (value) => value > 0),
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
