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

/** A response in place of an answer. */
export interface Refusal {
  state: TaskState;
  text?: string | undefined;
  metadata?: JSONObject | undefined;
}

/** The combined offers of all ways to pay. */
interface Offers {
  /** In the x402 version that the client supports. Undefined if no way to pay has offers now. */
  required: JSONObject | undefined;
  /** In version 1 of x402, for offers that version 1 can express. */
  v1: JSONObject | undefined;
  /** The errors of ways to pay whose offers are not available. */
  errors: unknown[];
}

export async function offersOf(
  accepts: readonly AcceptedPayment[],
  request: PaidRequest,
): Promise<Offers> {
  const asked = await Promise.allSettled(
    accepts.map(async (accept) => (await accept.offers?.(request)) ?? []),
  );
  // An unavailable way to pay does not affect the others.
  const all = asked.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const errors = asked.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  const { url } = request;
  const v1 = toV1Required(all, { error: first, url });
  const resource = url === undefined ? {} : { resource: { url } };
  const v2 = { x402Version: 2, error: first, ...resource, accepts: all };
  const required = v1 !== undefined && speaksV1(request) ? v1 : v2;
  return { required: all.length === 0 ? undefined : required, v1, errors };
}

/** Responds to an unpaid message with a payment request: as a2a-x402 if a way to pay supports it. */
export async function challengeOf(
  { accepts, book }: { accepts: readonly AcceptedPayment[]; book: Pick<SaleBook, 'tell'> },
  request: PaidRequest,
): Promise<Refusal> {
  const { errors, required } = await offersOf(accepts, request);
  for (const error of errors) book.tell(error);
  if (required === undefined) {
    const isAway = accepts.some((accept) => accept.offers !== undefined);
    const text = isAway ? 'The payment options are currently not available. Try again.' : first;
    return { state: TaskState.TASK_STATE_REJECTED, text: `Payment refused: ${text}` };
  }
  return {
    state: TaskState.TASK_STATE_INPUT_REQUIRED,
    text: first,
    metadata: { 'x402.payment.status': 'payment-required', 'x402.payment.required': required },
  };
}

/**
 * Responds to an invalid payment with HTTP 402, as plain x402 does: for clients that pay in a header and name
 * no extension, and so do not read the payment status of a task.
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

/** The status of a task whose payment is refused. */
export function refusalOf(
  { offers }: Pick<AcceptedPayment, 'offers'>,
  { message, reason }: { reason: string; message: string },
): Refusal {
  const text = `Payment refused: ${message}`;
  if (offers === undefined) return { state: TaskState.TASK_STATE_REJECTED, text };
  return { state: TaskState.TASK_STATE_FAILED, text, metadata: failedBy(reason) };
}

/** The status of a task whose output is withheld because the payment could not be captured. */
export function unsettledOf({ metadata, reason = 'SETTLEMENT_FAILED' }: SaleOutcome): Refusal {
  return {
    state: TaskState.TASK_STATE_FAILED,
    text: 'The payment could not be captured.',
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

const first = 'This agent requires payment.';

function failedBy(reason: string): JSONObject {
  return { 'x402.payment.status': 'payment-failed', 'x402.payment.error': reason };
}
