import { SettlementError, type Amount, type HoldRequest } from '../../rails/rail';
import { isSameAgent } from '../state/agent-settings';
import { isSamePayee } from '../state/is-same-payee';
import { rulesFor, type RulesByLabel } from './rules-for';

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
  /** `providerOptions.settlement.labels` of the call. */
  labels?: Record<string, string>;
}

export interface ApprovalOptions {
  /**
   * The agents and payees that may be paid; an empty list allows none. Any other call throws `NOT_ALLOWED` before
   * anything is held or sent. Default: any agent, any payee.
   */
  allow?: { agents?: string[]; payees?: string[] };
  /**
   * Called before each hold, for example to ask a person. `false` throws `NOT_APPROVED` before anything is held or
   * sent. Errors thrown here are thrown to the caller. Default: every payment is approved.
   */
  approve?: (quote: PaymentQuote) => boolean | Promise<boolean>;
}

/** The options for all calls, and the labels of this one. */
type Approval = ApprovalOptions & {
  byLabel?: RulesByLabel<ApprovalOptions>;
  labels?: Record<string, string> | undefined;
};

/** @throws SettlementError `NOT_ALLOWED` or `NOT_APPROVED`: nothing was held. */
export async function assertAllowed(
  agent: string,
  request: HoldRequest,
  options: Approval,
): Promise<void> {
  assertListed(agent, request, options);
  for (const { approve, prefix } of approvals(options)) {
    if (approve !== undefined)
      await assertApproved(agent, request, { ...options, approve, prefix });
  }
}

async function assertApproved(
  agent: string,
  request: HoldRequest,
  {
    approve,
    labels,
    prefix,
  }: Pick<Required<ApprovalOptions>, 'approve'> & Pick<Approval, 'labels'> & { prefix: string },
): Promise<void> {
  const { amount, currency, payee, taskType, ttlMinutes } = request;
  const quote: PaymentQuote = {
    agent,
    payee,
    amount,
    ttlMinutes,
    ...(currency !== undefined && { currency: currency.code }),
    ...(taskType !== undefined && { taskType }),
    ...(labels !== undefined && { labels }),
  };
  const isApproved: unknown = await approve(quote);
  const name = `\`${prefix}approve\``;
  if (isApproved === undefined) {
    const why = `${name} returned nothing; return true to approve`;
    throw refusal('NOT_APPROVED', agent, request, why);
  }
  if (!isApproved) throw refusal('NOT_APPROVED', agent, request, `${name} returned false`);
}

/** The options for all calls, then those of the labels. `prefix` is their name in messages. */
function approvals({ byLabel, labels, ...common }: Approval) {
  const rules = rulesFor(byLabel, labels);
  return [
    { ...common, prefix: '' },
    ...rules.map(({ option, rule }) => ({ ...rule, prefix: `${option}.` })),
  ];
}

/**
 * @param request without a payee as long as the payee is not known.
 * @throws SettlementError `NOT_ALLOWED`.
 */
export function assertListed(
  agent: string,
  request: Partial<HoldRequest>,
  options: Approval,
): void {
  const { payee } = request;
  for (const { allow, prefix } of approvals(options)) {
    if (allow?.agents !== undefined && !allow.agents.some((listed) => isSameAgent(listed, agent))) {
      const why = `the agent is not in ${prefix}allow.agents`;
      throw refusal('NOT_ALLOWED', agent, request, why);
    }
    if (payee === undefined || allow?.payees === undefined) continue;
    if (!allow.payees.some((listed) => isSamePayee(listed, payee))) {
      const why = `payee ${payee} is not in ${prefix}allow.payees`;
      throw refusal('NOT_ALLOWED', agent, request, why);
    }
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
