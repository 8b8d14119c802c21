import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { SettlementError } from '../../rails/rail';
import { LostHoldError } from '../hold/obtain-hold';
import type { PaidPlan, UnpaidPlan } from '../plan/payment-plan';
import { withEarlierReceipt, type SettlementReceipt } from '../state/settlement-receipt';
import { labelsOf } from './call-params';
import type { Payment, PaymentDeps } from './payment';

interface UnpaidCall {
  /** The model id. */
  agent: string;
  deps: Pick<PaymentDeps, 'context' | 'options'>;
  /** What the same call was held for before. */
  earlier?: SettlementReceipt | undefined;
  params: LanguageModelV4CallOptions;
}

/** Nothing is to be paid for the call. */
export function freePayment(
  params: LanguageModelV4CallOptions,
  reason: 'FREE' | 'NO_HOLD' | 'IN_USE' = 'FREE',
): Payment {
  return withoutHold(params, { status: 'unsettled', reason });
}

/**
 * Nothing could be held.
 *
 * @throws what stood in the way, when the agent, or `onHoldFailure`, does not let the call go on; what is
 * no SettlementError.
 */
export function paymentWithoutHold(
  error: unknown,
  { plan: { isRequired }, ...call }: UnpaidCall & { plan: PaidPlan },
): Payment {
  const isLost = error instanceof LostHoldError;
  const failure = isLost ? error.error : error;
  if (!SettlementError.isInstance(failure)) throw error;
  return unpaidPayment(
    { type: 'unpaid', reason: failure.code, error: failure, isRequired },
    { ...call, ...(isLost && { lost: error.taskId }) },
  );
}

/** @throws SettlementError `PAYMENT_REQUIRED`, or the plan's. */
export function unpaidPayment(
  { error, isRequired, reason }: UnpaidPlan,
  {
    agent,
    deps: { context, options },
    earlier,
    lost,
    params,
  }: UnpaidCall & {
    /** Of a hold that may stand all the same. */
    lost?: string;
  },
): Payment {
  const receipt: SettlementReceipt =
    lost === undefined
      ? { status: 'unsettled', reason }
      : { status: 'unknown', reason, taskId: lost };
  if (isRequired) {
    throw new SettlementError({
      ...error,
      code: 'PAYMENT_REQUIRED',
      message: `Agent "${agent}" requires payment, and nothing could be held: ${error.message}`,
      cause: error,
    });
  }
  if (options.onHoldFailure === 'throw' && reason !== 'DISABLED') throw error;
  const labels = labelsOf(params);
  const event = { agent, receipt, error, ...(labels !== undefined && { labels }) };
  context.events.emit('unsettled', event);
  const undone =
    lost === undefined ? '' : ` Tokens may be held for task ${lost}: they are given back.`;
  const message = `This call goes on unpaid: ${error.message}${undone}`;
  const payment = withoutHold(params, withEarlierReceipt(receipt, earlier));
  payment.warnings.push({ type: 'other', message });
  return payment;
}

function withoutHold(params: LanguageModelV4CallOptions, receipt: SettlementReceipt): Payment {
  return {
    params,
    isAnswered: false,
    warnings: [],
    mark: async (metadata) => metadata,
    settle: async () => receipt,
  };
}
