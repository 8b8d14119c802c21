import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import { SettlementError } from '../../rails/rail';
import type { SettlementReceipt } from '../state/settlement-receipt';
import { LostHoldError } from '../hold/obtain-hold';
import type { Arrangement } from './settlement-middleware';
import type { Arranging } from './arranging';
import type { PaidPlan, UnpaidPlan } from '../plan/payment-plan';
import { labelsOf } from './call-params';

type Unpaying = Pick<Arranging, 'context' | 'options'>;

/** Nothing is to be paid for the call. */
export function arrangeFree(
  params: LanguageModelV4CallOptions,
  reason: 'FREE' | 'NO_HOLD' | 'IN_USE' = 'FREE',
): Arrangement {
  const settle = async (): Promise<SettlementReceipt> => ({ status: 'unsettled', reason });
  return { params, warnings: [], settle, mark: async (metadata) => metadata };
}

/**
 * Nothing could be held.
 *
 * @throws what stood in the way, when the agent, or `onHoldFailure`, does not let the call go on; what is
 * no SettlementError.
 */
export function arrangeWithout(
  error: unknown,
  {
    agent,
    arranging,
    params,
    plan: { isRequired },
  }: {
    agent: string;
    arranging: Unpaying;
    params: LanguageModelV4CallOptions;
    plan: PaidPlan;
  },
): Arrangement {
  const isLost = error instanceof LostHoldError;
  const failure = isLost ? error.error : error;
  if (!SettlementError.isInstance(failure)) throw error;
  return arrangeUnpaid(
    { type: 'unpaid', reason: failure.code, error: failure, isRequired },
    { agent, arranging, params, ...(isLost && { lost: error.taskId }) },
  );
}

/** @throws SettlementError `PAYMENT_REQUIRED`, or the plan's. */
export function arrangeUnpaid(
  { error, isRequired, reason }: UnpaidPlan,
  {
    agent,
    arranging: { context, options },
    lost,
    params,
  }: {
    agent: string;
    arranging: Unpaying;
    /** Of a hold that may stand all the same. */
    lost?: string;
    params: LanguageModelV4CallOptions;
  },
): Arrangement {
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
  return {
    params,
    warnings: [{ type: 'other', message: `This call goes on unpaid: ${error.message}${undone}` }],
    settle: async () => receipt,
    mark: async (metadata) => metadata,
  };
}
