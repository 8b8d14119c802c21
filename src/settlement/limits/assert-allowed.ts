import { SettlementError, type Amount, type HoldRequest } from '../../rails/rail';
import { isSameAgent } from '../core/agent-settings';

/** What a call would hold, for whoever has to agree to it. */
export interface PaymentQuote {
  /** The model id. */
  agent: string;
  /** The payee's account. */
  payee: string;
  /** Without the fee: whole tokens, or a decimal text in currencies with decimals. */
  amount: Amount;
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
  const { amount, payee, taskType, ttlMinutes } = request;
  if (options.approve === undefined) return;
  const quote = { agent, payee, amount, ttlMinutes, ...(taskType !== undefined && { taskType }) };
  if (!(await options.approve(quote))) {
    throw refusal('NOT_APPROVED', agent, amount, '`approve` said no');
  }
}

/** @throws SettlementError `NOT_ALLOWED`. */
export function assertListed(
  agent: string,
  { amount, payee }: HoldRequest,
  { allow }: ApprovalOptions,
): void {
  if (allow?.agents !== undefined && !allow.agents.some((listed) => isSameAgent(listed, agent))) {
    throw refusal('NOT_ALLOWED', agent, amount, 'it is not in allow.agents');
  }
  if (allow?.payees !== undefined && !allow.payees.includes(payee)) {
    throw refusal('NOT_ALLOWED', agent, amount, `payee ${payee} is not in allow.payees`);
  }
}

function refusal(
  code: 'NOT_ALLOWED' | 'NOT_APPROVED',
  agent: string,
  amount: Amount,
  why: string,
): SettlementError {
  return new SettlementError({
    code,
    message: `The call of agent "${agent}" for ${amount} tokens was not sent: ${why}.`,
  });
}
