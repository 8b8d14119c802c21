import * as z from 'zod/v4';
import type { AgentAnswer, Proof } from '../rail';
import { X402_METADATA } from './schemas';

/** The outcome of a payment as reported by the agent. */
export type PaymentReport =
  | {
      type: 'charged';
      /** Whole credits. Undefined if the payment was money, or if the reported number is invalid. */
      credits: number | undefined;
      /** Undefined if the agent reports only its usage, which proves no payment. */
      proof: Proof[] | undefined;
    }
  | { type: 'not-charged' }
  /** The agent reports that the payment is captured later. */
  | { type: 'deferred' }
  /** The agent reports nothing, or nothing valid. */
  | { type: 'silent' };

/**
 * Reads the outcome of a payment from an agent's response: a receipt, otherwise the transaction that it
 * names, otherwise its reported usage. Receipts of another payer are ignored.
 */
export function readPaymentReport(
  answer: AgentAnswer | undefined,
  { payer, network }: { payer: string; network: string },
): PaymentReport {
  const isBegun = answer?.state !== undefined || answer?.metadata !== undefined;
  // HTTP 402: no work was started, unless it is the response to a later task query.
  if (answer?.headers !== undefined && !isBegun) return { type: 'not-charged' };
  const said = answerSchema.safeParse(answer?.metadata).data;
  if (said === undefined) return { type: 'silent' };
  const { transaction, used } = said;
  const receipt = said.receipts
    .filter((entry) => (entry.payer ?? payer).toLowerCase() === payer.toLowerCase())
    // Receipts are appended: the last one belongs to this message.
    .at(-1);
  const told = receipt && reportOf(receipt, used, network);
  if (told?.type === 'charged') return told;
  const isUnpaid = said.status === 'payment-failed' || said.status === 'payment-required';
  // A response with a transaction means that something was captured, whatever else it says.
  if ((isUnpaid || told) && transaction === undefined) return { type: 'not-charged' };
  if (said.settlement === 'deferred') return { type: 'deferred' };
  if (used === 0) return { type: 'not-charged' };
  return transaction === undefined && used === undefined
    ? { type: 'silent' }
    : { type: 'charged', credits: countOf(used), proof: proofOf(transaction, network) };
}

type Receipt = z.output<typeof receiptSchema>;

/**
 * A settlement without credits is a money payment (pay-as-you-go), unless nothing was used. It names its
 * order or a transaction.
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

/** Undefined: the agent reports none. */
type Credits = number | 'unreadable' | undefined;

/** The proof that an agent names. The text is undefined if it cannot be shown. */
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

/** A number or its string form. Fractions and numbers without an exact value are unreadable, but not zero. */
const credits = z
  .unknown()
  .optional()
  .transform((value): Credits =>
    value === undefined || value === null
      ? undefined
      : (count.safeParse(value).data ?? 'unreadable'),
  );

/** Shown to people and programs: neither white space nor control characters. */
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
    // An array in a2a-x402; one object from Nevermined's Python package.
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

/** The reported credit usage. Undefined if it is missing or invalid. */
export function readReportedUse(metadata: unknown): number | undefined {
  return countOf(answerSchema.safeParse(metadata).data?.used);
}
