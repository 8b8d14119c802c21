import { SettlementError, type Amount, type HoldRequest } from '../../rails/rail';
import { isSameAgent } from '../state/agent-settings';
import { isSamePayee } from '../state/is-same-payee';

/** What a call would hold, for whoever has to agree to it. */
export interface PaymentQuote {
  /** The model id. */
  agent: string;
  /** The payee's account. */
  payee: string;
  /** Without the fee: whole tokens, or a decimal text in currencies with decimals. */
  amount: Amount;
  /** The currency's code. Left out for the exchange's tokens. */
  currency?: string;
  /** Minutes until the hold lapses. */
  ttlMinutes: number;
  /** The skill asked for, or the task type configured. */
  taskType?: string;
}

export interface ApprovalOptions {
  /** Who may be paid at all. Default: any agent, any payee. */
  allow?: { agents?: string[]; payees?: string[] };
  /** Asked before each hold, for example of a person. `false` stops the call. */
  approve?: (quote: PaymentQuote) => boolean | Promise<boolean>;
}

/** @throws SettlementError `NOT_ALLOWED` or `NOT_APPROVED`: nothing was held. */
export async function assertAllowed(
  agent: string,
  request: HoldRequest,
  options: ApprovalOptions,
): Promise<void> {
  assertListed(agent, request, options);
  const { amount, currency, payee, taskType, ttlMinutes } = request;
  if (options.approve === undefined) return;
  const quote: PaymentQuote = {
    agent,
    payee,
    amount,
    ttlMinutes,
    ...(currency !== undefined && { currency: currency.code }),
    ...(taskType !== undefined && { taskType }),
  };
  const isApproved: unknown = await options.approve(quote);
  if (isApproved === undefined) {
    const why = '`approve` returned nothing; true lets it through';
    throw refusal('NOT_APPROVED', agent, request, why);
  }
  if (!isApproved) throw refusal('NOT_APPROVED', agent, request, '`approve` said no');
}

/**
 * @param request without a payee as long as it is not known who that is.
 * @throws SettlementError `NOT_ALLOWED`.
 */
export function assertListed(
  agent: string,
  request: Partial<HoldRequest>,
  { allow }: ApprovalOptions,
): void {
  if (allow?.agents !== undefined && !allow.agents.some((listed) => isSameAgent(listed, agent))) {
    throw refusal('NOT_ALLOWED', agent, request, 'it is not in allow.agents');
  }
  const { payee } = request;
  if (payee === undefined || allow?.payees === undefined) return;
  if (!allow.payees.some((listed) => isSamePayee(listed, payee))) {
    throw refusal('NOT_ALLOWED', agent, request, `payee ${payee} is not in allow.payees`);
  }
}

function refusal(
  code: 'NOT_ALLOWED' | 'NOT_APPROVED',
  agent: string,
  { amount, currency }: Partial<HoldRequest>,
  why: string,
): SettlementError {
  const price = amount === undefined ? '' : ` for ${amount} ${currency?.code ?? 'tokens'}`;
  return new SettlementError({
    code,
    message: `The call of agent "${agent}"${price} was not sent: ${why}.`,
  });
}
