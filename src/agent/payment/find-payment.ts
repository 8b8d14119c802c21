import type { RequestContext } from '@a2a-js/sdk/server';
import { requestHeaders } from '../../internal/request-headers';
import { agentUrl } from '../payment-headers';
import type { AcceptedPayment, PaidRequest, PaymentClaim } from './accepted-payment';
import type { OpenSale } from './open-sale';
import type { SaleRecords } from './sale-records';

/** The payment of a message. */
export interface FoundPayment {
  accept: AcceptedPayment;
  claim: PaymentClaim;
  /** The payment of an earlier message of the task, possibly the same one. */
  waiting: OpenSale | undefined;
}

/**
 * The payment of a message, or the payment that its task started with. A payment that is already locked for
 * the task is preferred, so that a client that pays again does not pay twice.
 */
export async function findPayment(
  request: RequestContext,
  { accepts, records }: { accepts: readonly AcceptedPayment[]; records: SaleRecords },
): Promise<FoundPayment | undefined> {
  const paid = paidRequest(request);
  const waiting = request.task === undefined ? undefined : await records.waiting(request.taskId);
  const before = waiting && recall(waiting, accepts);
  if (waiting?.isLocked === true && before !== undefined) return { ...before, waiting };
  for (const accept of accepts) {
    const claim = accept.read(paid);
    if (claim === undefined) continue;
    if (waiting === undefined || claim.isFree !== true) return { accept, claim, waiting };
  }
  return before && { ...before, waiting };
}

export function paidRequest({ context, taskId, userMessage }: RequestContext): PaidRequest {
  const headers = requestHeaders(context);
  return { message: userMessage, taskId, headers, url: agentUrl(context) };
}

/** Restores a waiting payment for use in a new turn. */
export function recall(
  { rail, storedPayment }: OpenSale,
  accepts: readonly AcceptedPayment[],
): Pick<FoundPayment, 'accept' | 'claim'> | undefined {
  const accept = accepts.find((one) => one.rail === rail);
  const claim = storedPayment && accept?.recall?.(storedPayment);
  return claim && accept && { accept, claim };
}
