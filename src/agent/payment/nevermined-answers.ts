import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { type AccessToken, X402_METADATA } from '../../rails/nevermined/schemas';
import type { SaleOutcome } from './accepted-payment';
import { saidName, saidReason } from './said-by-backend';

const maybe = z.string().nullish().catch(undefined);

/** The response of Nevermined's backend about an access token. */
export const neverminedAnswerSchema = z.looseObject({
  isValid: z.boolean().optional(),
  invalidReason: maybe,
  success: z.boolean().optional(),
  errorReason: maybe,
  transaction: maybe,
  orderTx: maybe,
  creditsRedeemed: z
    .union([z.int().min(0).transform(String), z.string().regex(/^\d{1,16}$/)])
    .nullish()
    .catch(undefined),
  payer: maybe,
  planId: maybe,
  agentId: maybe,
});

type Answer = z.output<typeof neverminedAnswerSchema>;

/** The token in question. */
interface Asked {
  agentId: string;
  token: AccessToken;
  /** As sent in the header. */
  text: string;
}

/** Whether the response is about another payment. */
function isOfAnother({ agentId, payer, planId }: Answer, asked: Asked): boolean {
  const { accepted, payload } = asked.token.token;
  const { from } = payload.authorization;
  return (
    (payer ?? from).toLowerCase() !== from.toLowerCase() ||
    (planId ?? accepted.planId) !== accepted.planId ||
    (agentId ?? asked.agentId) !== asked.agentId
  );
}

/** Why nothing was redeemed. A settlement without credits and without a payment counts as none. */
function settleProblem(answer: Answer, used: number): string | undefined {
  const { creditsRedeemed, errorReason, orderTx, success, transaction } = answer;
  if (success !== true) return errorReason ?? 'SETTLEMENT_FAILED';
  const isNothing = creditsRedeemed === '0' && !transaction && !orderTx;
  return isNothing && used > 0 ? 'NOTHING_TAKEN' : undefined;
}

/** Why a token is not valid. Undefined if it is valid. */
export function readVerdict(answer: Answer, asked: Asked): string | undefined {
  if (answer.isValid === true && !isOfAnother(answer, asked)) return undefined;
  return said(answer.invalidReason, 'INVALID_TOKEN', asked);
}

/** The redeemed amount, at most the requested amount, whatever the response says. */
export function readSettlement(answer: Answer, asked: Asked & { used: number }): SaleOutcome {
  const { used } = asked;
  const { accepted, payload } = asked.token.token;
  const { creditsRedeemed } = answer;
  const { network } = accepted;
  const orderTx = saidName(answer.orderTx);
  const transaction = saidName(answer.transaction) ?? orderTx;
  const reason = isOfAnother(answer, asked) ? 'UNEXPECTED_ANSWER' : settleProblem(answer, used);
  if (reason !== undefined) {
    const errorReason = said(reason, 'SETTLEMENT_FAILED', asked);
    const receipt = { success: false, network, transaction: '', errorReason };
    const metadata = { [X402_METADATA.receipts]: [receipt] };
    return { status: 'unsettled', reason: errorReason, metadata };
  }
  // For plans where each settlement is an order, the backend counts no credits.
  const redeemed = Math.min(Number(creditsRedeemed ?? used), used);
  const charged = redeemed || used;
  const receipt: JSONObject = {
    success: true,
    network,
    transaction: transaction ?? '',
    payer: payload.authorization.from,
    ...(creditsRedeemed != null && { creditsRedeemed: String(redeemed) }),
    ...(orderTx !== undefined && { orderTx }),
  };
  return {
    status: 'settled',
    amount: charged,
    ...(transaction !== undefined && { transaction }),
    metadata: {
      [X402_METADATA.status]: 'payment-completed',
      [X402_METADATA.receipts]: [receipt],
      creditsUsed: used,
      creditsCharged: charged,
      ...(transaction !== undefined && { txHash: transaction }),
    },
  };
}

function said(reason: string | null | undefined, fallback: string, { text, token }: Asked): string {
  return saidReason(reason, { fallback, secrets: [text, token.token.payload.signature] });
}
