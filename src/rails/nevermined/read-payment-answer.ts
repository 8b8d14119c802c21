import { z } from 'zod/v4';
import type { AgentAnswer, Proof } from '../rail';
import { X402_METADATA } from './schemas';

/** What an agent says became of a payment. */
export type PaymentReport =
  | {
      type: 'charged';
      /** Whole credits. Undefined where it was money, or the agent does not say how many. */
      credits: number | undefined;
      /** Undefined where it only says what it used: nobody was shown a payment. */
      proof: Proof[] | undefined;
    }
  | { type: 'not-charged' }
  /** It says that somebody is to take it later. */
  | { type: 'deferred' }
  /** It says nothing, or nothing that makes sense. */
  | { type: 'silent' };

/**
 * Reads what became of a payment out of what an agent attached to its answer: a receipt, else the
 * transaction it names, else what it says it used. Receipts of another payer are none.
 */
export function readPaymentReport(
  answer: AgentAnswer | undefined,
  { payer, network }: { payer: string; network: string },
): PaymentReport {
  // An HTTP 402: nothing was begun.
  if (answer?.headers !== undefined) return { type: 'not-charged' };
  const said = answerSchema.safeParse(answer?.metadata).data;
  if (said === undefined) return { type: 'silent' };
  const used = said.creditsUsed;
  const receipt = said.receipts
    .filter((entry) => (entry.payer ?? payer).toLowerCase() === payer.toLowerCase())
    // They are appended: the last one is this message's.
    .at(-1);
  if (receipt !== undefined) return reportOf(receipt, used, network);
  const isUnpaid = said.status === 'payment-failed' || said.status === 'payment-required';
  if (isUnpaid) return { type: 'not-charged' };
  if (said.settlement === 'deferred') return { type: 'deferred' };
  if (used === 0) return { type: 'not-charged' };
  if (said.txHash) {
    const proof: Proof = { transaction: said.txHash, network, confirmedBy: 'agent' };
    return { type: 'charged', credits: used, proof: [proof] };
  }
  return used === undefined
    ? { type: 'silent' }
    : { type: 'charged', credits: used, proof: undefined };
}

type Receipt = z.output<typeof receiptSchema>;

/**
 * A settlement that takes no credits is one of money (pay-as-you-go), unless nothing was used. It names
 * its order, or a transaction.
 */
function reportOf(
  { success, creditsRedeemed = 0, orderTx, transaction, network }: Receipt,
  used: number | undefined,
  ownNetwork: string,
): PaymentReport {
  const named = transaction || orderTx;
  const isCharged = success && (creditsRedeemed > 0 || (Boolean(named) && used !== 0));
  if (!isCharged) return { type: 'not-charged' };
  return {
    type: 'charged',
    credits: creditsRedeemed || used,
    proof: named
      ? [{ transaction: named, network: network || ownNetwork, confirmedBy: 'agent' }]
      : undefined,
  };
}

/** A number or its text. Fractions, and what no number can keep, are nothing that anybody took. */
const credits = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,16}$/)
      .transform(Number),
  ])
  .pipe(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER))
  .optional()
  .catch(undefined);

const text = z.string().max(200).nullish().catch(undefined);

const receiptSchema = z.object({
  success: z.boolean(),
  payer: text,
  transaction: text,
  network: text,
  creditsRedeemed: credits,
  orderTx: text,
});

const answerSchema = z
  .object({
    // An array in a2a-x402; one object from Nevermined's Python.
    [X402_METADATA.receipts]: z
      .union([z.array(receiptSchema.optional().catch(undefined)), receiptSchema])
      .optional()
      .catch(undefined),
    [X402_METADATA.status]: text,
    [X402_METADATA.settlement]: text,
    creditsUsed: credits,
    txHash: text,
  })
  .transform((said) => {
    const receipts = said[X402_METADATA.receipts] ?? [];
    return {
      receipts: (Array.isArray(receipts) ? receipts : [receipts]).filter((it) => it !== undefined),
      status: said[X402_METADATA.status] ?? undefined,
      settlement: said[X402_METADATA.settlement] ?? undefined,
      creditsUsed: said.creditsUsed,
      txHash: said.txHash ?? undefined,
    };
  });

/** Credits that an agent says it used. */
export function readReportedUse(metadata: unknown): number | undefined {
  return answerSchema.safeParse(metadata).data?.creditsUsed;
}
