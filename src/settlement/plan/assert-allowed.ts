import { SettlementError, type Amount, type HoldRequest } from '../../rails/rail';
import { isSameAgent } from '../state/agent-settings';
import { isSamePayee } from '../state/is-same-payee';

/** The payment of a call, as passed to `approve`. */
export interface PaymentQuote {
  /** The model id. */
  agent: string;
  /** The payee's account. */
  payee: string;
  /** Excluding the fee: whole tokens, or a decimal string in currencies with decimals. */
  amount: Amount;
  /** The currency's code. Undefined for the exchange's tokens. */
  currency?: string;
  /** Minutes until the hold expires. */
  ttlMinutes: number;
  /** The requested skill, or the configured task type. */
  taskType?: string;
}

export interface ApprovalOptions {
  /** The agents and payees that may be paid. Default: any agent, any payee. */
  allow?: { agents?: string[]; payees?: string[] };
  /** Called before each hold, for example to ask a person. `false` stops the call. */
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
    const why = '`approve` returned nothing; return true to approve';
    throw refusal('NOT_APPROVED', agent, request, why);
  }
  if (!isApproved) throw refusal('NOT_APPROVED', agent, request, '`approve` returned false');
}

/**
 * @param request without a payee as long as the payee is not known.
 * @throws SettlementError `NOT_ALLOWED`.
 */
export function assertListed(
  agent: string,
  request: Partial<HoldRequest>,
  { allow }: ApprovalOptions,
): void {
  if (allow?.agents !== undefined && !allow.agents.some((listed) => isSameAgent(listed, agent))) {
    throw refusal('NOT_ALLOWED', agent, request, 'the agent is not in allow.agents');
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
