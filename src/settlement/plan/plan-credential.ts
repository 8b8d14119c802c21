import { compareAmounts, toAmount } from '../../internal/decimal';
import type {
  Amount,
  Currency,
  HoldRequest,
  PaymentChallenge,
  SettlementRail,
} from '../../rails/rail';
import { newTaskId } from '../state/task-id';
import { limitsInForce, type SpendingLimitOptions } from './currency-limits';
import { invalidPrice } from './resolve-price';
import { codeOf, type ChosenRail } from './choose-rail';
import type { PaymentQuoteResult } from './payment-plan';

interface Call {
  /** The model id. */
  agent: string;
  card: unknown;
  limits: SpendingLimitOptions;
  taskType: string | undefined;
  ttlMinutes: number;
}

/**
 * The amount of the credential on rails where the agent captures: the card's amount, else the limit per call.
 * The application's own prices are in tokens, and do not apply.
 *
 * @throws SettlementError `INVALID_AMOUNT`.
 */
export function quoteCredential(
  { isAsked, rail, terms }: ChosenRail,
  call: Call,
): PaymentQuoteResult {
  const requestFor = (challenge: PaymentChallenge) => requestForChallenge(challenge, call);
  if (isAsked) return { type: 'asked', requestFor };
  const currency = currencyOf(terms?.currency);
  const perCall = limitsInForce(call.limits, rail, terms && codeOf(terms))?.limits.perCall;
  const asked = terms?.amount ?? (perCall === Number.POSITIVE_INFINITY ? undefined : perCall);
  if (asked === undefined || terms?.payee === undefined) {
    throw invalidPrice(
      call.agent,
      `its card names no price, and there is no perCall limit for ${currency.code}`,
    );
  }
  const amount = amountIn(currency, asked, call);
  if (compareAmounts(amount, 0) === 0) return { type: 'free', isRequired: terms.required };
  assertHoldable(amount, rail, call);
  const request = { ...requestOf(call), payee: terms.payee, amount, currency };
  return { type: 'hold', metering: undefined, request, requestFor, warnings: [] };
}

function requestForChallenge(challenge: PaymentChallenge, call: Call): HoldRequest {
  const { currency, payee } = challenge;
  const amount = amountIn(currency, challenge.amount, call);
  return { ...requestOf(call), payee, amount, currency, challenge: { ...challenge, amount } };
}

function requestOf({ agent, card, taskType, ttlMinutes }: Call) {
  return {
    taskId: newTaskId(),
    ttlMinutes,
    taskType,
    ...(card !== undefined && { agent: { id: agent, card } }),
  };
}

function currencyOf(currency: Currency | string | undefined = 'tokens'): Currency {
  return typeof currency === 'object' ? currency : { code: currency, decimals: 0 };
}

function amountIn({ code, decimals }: Currency, amount: Amount, { agent }: Call): Amount {
  try {
    return toAmount(amount, decimals);
  } catch (error) {
    const why = error instanceof RangeError ? error.message : 'is none';
    throw invalidPrice(agent, `the amount it asks for, in ${code}, ${why}`);
  }
}

function assertHoldable(amount: Amount, { capabilities }: SettlementRail, { agent }: Call): void {
  const { maxAmount } = capabilities;
  if (maxAmount === undefined || compareAmounts(amount, maxAmount) <= 0) return;
  throw invalidPrice(agent, `it asks for ${amount}, and at most ${maxAmount} can be held`);
}
