import * as z from 'zod/v4';
import type { AgentAnswer, Proof } from '../rail';
import { X402_METADATA } from './schemas';

/** What an agent says became of a payment. */
export type PaymentReport =
  | {
      type: 'charged';
      /**
       * Whole credits. Undefined where it was money, or the agent does not say how many in a way that
       * can be read.
       */
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
  const isBegun = answer?.state !== undefined || answer?.metadata !== undefined;
  // An HTTP 402: nothing was begun, unless it came to a later look at the task.
  if (answer?.headers !== undefined && !isBegun) return { type: 'not-charged' };
  const said = answerSchema.safeParse(answer?.metadata).data;
  if (said === undefined) return { type: 'silent' };
  const { transaction, used } = said;
  const receipt = said.receipts
    .filter((entry) => (entry.payer ?? payer).toLowerCase() === payer.toLowerCase())
    // They are appended: the last one is this message's.
    .at(-1);
  const told = receipt && reportOf(receipt, used, network);
  if (told?.type === 'charged') return told;
  const isUnpaid = said.status === 'payment-failed' || said.status === 'payment-required';
  // Who names a transaction has taken something, whatever else it says.
  if ((isUnpaid || told) && transaction === undefined) return { type: 'not-charged' };
  if (said.settlement === 'deferred') return { type: 'deferred' };
  if (used === 0) return { type: 'not-charged' };
  return transaction === undefined && used === undefined
    ? { type: 'silent' }
    : { type: 'charged', credits: countOf(used), proof: proofOf(transaction, network) };
}

type Receipt = z.output<typeof receiptSchema>;

/**
 * A settlement that takes no credits is one of money (pay-as-you-go), unless nothing was used. It names
 * its order, or a transaction.
 */
function reportOf(
  { success, creditsRedeemed = 0, orderTx, transaction = orderTx, network }: Receipt,
  used: Credits,
  ownNetwork: string,
): PaymentReport {
  const isNamed = transaction !== undefined && used !== 0;
  const isCharged = success && (creditsRedeemed !== 0 || isNamed);
  if (!isCharged) return { type: 'not-charged' };
  return {
    type: 'charged',
    credits: countOf(creditsRedeemed) || countOf(used) || undefined,
    proof: proofOf(transaction, network?.text ?? ownNetwork),
  };
}

function countOf(credits: Credits): number | undefined {
  return credits === 'unreadable' ? undefined : credits;
}

function proofOf(named: Named | undefined, network: string): Proof[] | undefined {
  return named?.text === undefined
    ? undefined
    : [{ transaction: named.text, network, confirmedBy: 'agent' }];
}

/** Undefined: the agent says nothing of them. */
type Credits = number | 'unreadable' | undefined;

/** What an agent names. The text is missing where there is none that could be shown. */
interface Named {
  text: string | undefined;
}

const count = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,16}$/)
      .transform(Number),
  ])
  .pipe(z.number().int().min(0).max(Number.MAX_SAFE_INTEGER));

/** A number or its text. Fractions, and what no number can keep, may be anything but nothing. */
const credits = z
  .unknown()
  .optional()
  .transform((value): Credits =>
    value === undefined || value === null
      ? undefined
      : (count.safeParse(value).data ?? 'unreadable'),
  );

/** People and programs get to see it: it has neither white space nor control characters. */
const shown = z.string().regex(/^[!-~]{1,200}$/);

const named = z
  .unknown()
  .optional()
  .transform((value): Named | undefined =>
    value === undefined || value === null || value === ''
      ? undefined
      : { text: shown.safeParse(value).data },
  );

const text = z.string().max(200).nullish().catch(undefined);

const receiptSchema = z.object({
  success: z.boolean(),
  payer: text,
  transaction: named,
  network: named,
  creditsRedeemed: credits,
  orderTx: named,
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
    txHash: named,
  })
  .transform((said) => {
    const receipts = said[X402_METADATA.receipts] ?? [];
    return {
      receipts: (Array.isArray(receipts) ? receipts : [receipts]).filter((it) => it !== undefined),
      status: said[X402_METADATA.status] ?? undefined,
      settlement: said[X402_METADATA.settlement] ?? undefined,
      used: said.creditsUsed,
      transaction: said.txHash,
    };
  });

/** Credits that an agent says it used. Undefined where it does not, or they cannot be read. */
export function readReportedUse(metadata: unknown): number | undefined {
  return countOf(answerSchema.safeParse(metadata).data?.used);
}
