import type { RequestContext } from '@a2a-js/sdk/server';
import { requestHeaders } from '../../internal/request-headers';
import { agentUrl } from '../payment-headers';
import type { AcceptedPayment, PaidRequest, PaymentClaim } from './accepted-payment';
import type { OpenSale, SaleRecords } from './sale-records';

/** The payment of a message. */
export interface FoundPayment {
  accept: AcceptedPayment;
  claim: PaymentClaim;
  /** The task that goes on was paid by a message before, maybe with this payment. */
  kept: OpenSale | undefined;
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
  const kept = request.task === undefined ? undefined : await records.kept(request.taskId);
  const before = kept && recall(kept, accepts);
  if (kept?.isSecured === true && before !== undefined) return { ...before, kept };
  for (const accept of accepts) {
    const claim = accept.read(paid);
    if (claim === undefined) continue;
    if (kept === undefined || claim.isFree !== true) return { accept, claim, kept };
  }
  return before && { ...before, kept };
}

export function paidRequest({ context, taskId, userMessage }: RequestContext): PaidRequest {
  const headers = requestHeaders(context);
  return { message: userMessage, taskId, headers, url: agentUrl(context) };
}

/** The payment that was kept, as it can be used again. */
export function recall(
  { payment, rail }: OpenSale,
  accepts: readonly AcceptedPayment[],
): Pick<FoundPayment, 'accept' | 'claim'> | undefined {
  const accept = accepts.find((one) => one.rail === rail);
  const claim = payment && accept?.recall?.(payment);
  return claim && accept && { accept, claim };
}
