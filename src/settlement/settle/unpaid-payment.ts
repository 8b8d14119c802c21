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
  /** The earlier hold of the same call. */
  earlier?: SettlementReceipt | undefined;
  params: LanguageModelV4CallOptions;
}

/** A call that needs no payment. */
export function freePayment(
  params: LanguageModelV4CallOptions,
  reason: 'FREE' | 'NO_HOLD' | 'IN_USE' = 'FREE',
): Payment {
  return withoutHold(params, { status: 'unsettled', reason });
}

/**
 * A call whose hold could not be made.
 *
 * @throws the error of the hold, if the agent or `onHoldFailure` does not allow the call without payment; and
 * any error that is not a SettlementError.
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

/** @throws SettlementError `PAYMENT_REQUIRED`, or the error of the plan. */
export function unpaidPayment(
  { error, isRequired, reason }: UnpaidPlan,
  {
    agent,
    deps: { context, options },
    earlier,
    lost,
    params,
  }: UnpaidCall & {
    /** The task id of a hold that may exist. */
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
    lost === undefined ? '' : ` Tokens may be held for task ${lost}; they will be refunded.`;
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
