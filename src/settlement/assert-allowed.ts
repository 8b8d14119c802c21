import { SettlementError, type HoldRequest } from '../rails/rail';

/** What a call would hold, for whoever has to agree to it. */
export interface PaymentQuote {
  /** The model id. */
  agent: string;
  /** The payee's account. */
  payee: string;
  /** Whole tokens, without the fee. */
  amount: number;
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

/** @throws SettlementError `NOT_ALLOWED` or `NOT_APPROVED`: nothing was held, nothing was sent. */
export async function assertAllowed(
  agent: string,
  { amount, payee, taskType, ttlMinutes }: HoldRequest,
  { allow, approve }: ApprovalOptions,
): Promise<void> {
  const refuse = (code: 'NOT_ALLOWED' | 'NOT_APPROVED', why: string): never => {
    throw new SettlementError({
      code,
      message: `The call of agent "${agent}" for ${amount} tokens was not sent: ${why}.`,
    });
  };
  if (allow?.agents !== undefined && !allow.agents.includes(agent)) {
    refuse('NOT_ALLOWED', 'it is not in allow.agents');
  }
  if (allow?.payees !== undefined && !allow.payees.includes(payee)) {
    refuse('NOT_ALLOWED', `payee ${payee} is not in allow.payees`);
  }
  if (approve === undefined) return;
  const quote = { agent, payee, amount, ttlMinutes, ...(taskType !== undefined && { taskType }) };
  if (!(await approve(quote))) refuse('NOT_APPROVED', '`approve` said no');
}
