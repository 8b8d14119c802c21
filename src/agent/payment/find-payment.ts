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
  /** The task that goes on was paid by a message before, maybe with this payment. */
  waiting: OpenSale | undefined;
}

/**
 * The payment that a message bears, or the one that its task was begun with. What is locked for the task
 * already comes first: whoever pays again does not pay twice.
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

/** The payment that was waiting, as it can be used again. */
export function recall(
  { rail, storedPayment }: OpenSale,
  accepts: readonly AcceptedPayment[],
): Pick<FoundPayment, 'accept' | 'claim'> | undefined {
  const accept = accepts.find((one) => one.rail === rail);
  const claim = storedPayment && accept?.recall?.(storedPayment);
  return claim && accept && { accept, claim };
}
