import { TaskState } from '@a2a-js/sdk';
import type { ExecutionEventBus, RequestContext } from '@a2a-js/sdk/server';
import type { JSONObject } from '@ai-sdk/provider';
import { X402_METADATA, X402_PAYMENT_HEADERS } from '../../rails/x402/schemas';
import { setPaymentRequired, setPaymentResponse } from '../payment-headers';
import type { AcceptedPayment, PaidRequest, SaleOutcome } from './accepted-payment';
import { paidRequest } from './find-payment';
import type { SaleBook } from './sale-book';
import { openTask, sayOf } from './task-events';
import { namedExtensions, speaksV1, toV1Required } from './x402-v1';

/** What a caller is told instead of an answer. */
export interface Refusal {
  state: TaskState;
  text?: string | undefined;
  metadata?: JSONObject | undefined;
}

/** What all ways to pay ask for, in one. */
interface Offers {
  /** In the words that the caller knows. Undefined: none of them can say it now, or has words for it. */
  required: JSONObject | undefined;
  /** In those of version 1 of x402, as far as it has any. */
  v1: JSONObject | undefined;
  /** What keeps some of them from saying it. */
  errors: unknown[];
}

export async function offersOf(
  accepts: readonly AcceptedPayment[],
  request: PaidRequest,
): Promise<Offers> {
  const asked = await Promise.allSettled(
    accepts.map(async (accept) => (await accept.offers?.(request)) ?? []),
  );
  // One that cannot say it now leaves the others.
  const all = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const errors = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const { url } = request;
  const v1 = toV1Required(all, { error: first, url });
  const resource = url === undefined ? {} : { resource: { url } };
  const v2 = { x402Version: 2, error: first, ...resource, accepts: all };
  const required = v1 !== undefined && speaksV1(request) ? v1 : v2;
  return { required: all.length === 0 ? undefined : required, v1, errors };
}

/** Asks an unpaid message for its payment: in the words of a2a-x402 where a way to pay has them. */
export async function challengeOf(
  { accepts, book }: { accepts: readonly AcceptedPayment[]; book: Pick<SaleBook, 'tell'> },
  request: PaidRequest,
): Promise<Refusal> {
  const { errors, required } = await offersOf(accepts, request);
  for (const error of errors) book.tell(error);
  if (required === undefined) {
    const isAway = accepts.some((accept) => accept.offers !== undefined);
    const text = isAway ? 'How to pay is not known now. Try again.' : first;
    return { state: TaskState.TASK_STATE_REJECTED, text: `Payment refused: ${text}` };
  }
  return {
    state: TaskState.TASK_STATE_INPUT_REQUIRED,
    text: first,
    metadata: { 'x402.payment.status': 'payment-required', 'x402.payment.required': required },
  };
}

/**
 * Has a payment that is no good answered with 402, as plain x402 has it: for who pays in a header, and
 * names no extension in whose words the task says it.
 */
export async function failOverHttp(
  accepts: readonly AcceptedPayment[],
  request: RequestContext,
  { metadata }: Refusal,
): Promise<void> {
  const paid = paidRequest(request);
  const isInHeader = Object.values(X402_PAYMENT_HEADERS).some((name) => name in paid.headers);
  const named = namedExtensions(paid);
  const own = accepts.flatMap((accept) => accept.extensions([]).map(({ uri }) => uri));
  if (!isInHeader || own.some((uri) => named.has(uri))) return;
  const { required, v1 } = await offersOf(accepts, paid);
  if (required === undefined) return;
  const error = metadata?.[X402_METADATA.error] ?? first;
  setPaymentRequired(request.context, { ...required, error }, v1);
  setPaymentResponse(request.context, metadata);
}

/** Says why a payment is no good. */
export function refusalOf(
  { offers }: Pick<AcceptedPayment, 'offers'>,
  { message, reason }: { reason: string; message: string },
): Refusal {
  const text = `Payment refused: ${message}`;
  if (offers === undefined) return { state: TaskState.TASK_STATE_REJECTED, text };
  return { state: TaskState.TASK_STATE_FAILED, text, metadata: failedBy(reason) };
}

/** Says that work is not shown, as it could not be paid. */
export function unsettledOf({ metadata, reason = 'SETTLEMENT_FAILED' }: SaleOutcome): Refusal {
  return {
    state: TaskState.TASK_STATE_FAILED,
    text: 'The payment could not be taken.',
    metadata: { ...failedBy(reason), ...metadata },
  };
}

export function refuse(
  request: RequestContext,
  bus: ExecutionEventBus,
  { state, ...said }: Refusal,
): void {
  bus.publish(openTask(request));
  bus.publish(sayOf(request, state, said));
}

const first = 'This agent is paid first.';

function failedBy(reason: string): JSONObject {
  return { 'x402.payment.status': 'payment-failed', 'x402.payment.error': reason };
}
