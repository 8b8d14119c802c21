import type { JSONObject } from '@ai-sdk/provider';
import { type Amount, fromAtomic, toAmountUp, toAtomic } from '../../internal/decimal';
import {
  findAsset,
  isSameAddress,
  settlementReceiptSchema,
  X402_METADATA,
} from '../../rails/x402/schemas';
import type { Sale, SaleOutcome } from './accepted-payment';
import { saidName, saidReason } from './said-by-backend';
import { type MadeOffer, within } from './x402-offers';
import type { X402Payment, X402Requirements, X402ResourceServer } from './x402-resource-server';

interface X402SaleOptions extends MadeOffer {
  server: X402ResourceServer;
  payment: X402Payment;
  payer: string;
  /** The network name of the payment: in its own version, not that of the offer. */
  network: string;
  timeoutMs: number;
  /** What was captured or locked for it earlier, on this or another machine. */
  begun?: JSONObject | undefined;
  /** Called before money is locked that may have to be refunded. */
  beforeLock?: (() => Promise<void>) | undefined;
}

/** What is published and stored about a payment that was captured or locked before the work. */
export type BegunX402 =
  | { sale: Sale; begun: JSONObject | undefined }
  | { refused: SaleOutcome; mayBeLocked: boolean };

/**
 * Locks or captures the money if the scheme does so before the work.
 *
 * @throws only what `beforeLock` throws.
 */
export async function beginX402Sale(options: X402SaleOptions): Promise<BegunX402> {
  const { decimals, payer, payment, requirements, server, timeoutMs } = options;
  const flow = server.getPaymentFlow(payment, requirements);
  const isLocked = flow !== 'authorization';
  /** The payer captures: the agent has nothing to do. */
  const isPayers = isSameAddress(String(requirements.extra['receiverAuthorizer'] ?? ''), payer);
  const secrets = secretsOf(payment);

  const settleAt = async (phase: 'before-handler' | 'after-handler', part?: string) => {
    const overrides = part === undefined ? undefined : { amount: part };
    const ask = async () => {
      const answer = await within(timeoutMs, () =>
        server.settlePayment(payment, requirements, undefined, undefined, overrides, phase),
      ).catch(() => unanswered);
      return readSettlement(answer, { ...options, most: part ?? requirements.amount, secrets });
    };
    const first = await ask();
    if (first.reason !== NO_ANSWER || !isOnce(flow, requirements)) return first;
    const second = await ask();
    // "Already used" can result from the first attempt, so the outcome stays unknown.
    return second.status === 'settled' ? second : first;
  };

  /** Returns the locked money. Repeated once after a failure, since a refund is idempotent. */
  const giveBack = async (tries = 2): Promise<X402Outcome | undefined> => {
    const cancel = () =>
      server
        .createPaymentCancellationDispatcher(payment, requirements, undefined, undefined, [
          'before-handler',
        ])
        .cancel({ reason: 'handler_failed' });
    const answer = (await within(timeoutMs, cancel).catch(() => unanswered)) ?? undefined;
    const back =
      answer === undefined ? undefined : readSettlement(answer, { ...options, most: '0', secrets });
    return back?.status === 'unsettled' && tries > 1 ? giveBack(tries - 1) : back;
  };

  let { begun } = options;
  if (isLocked && begun === undefined) {
    if (flow !== 'upfront') await options.beforeLock?.();
    const first = await settleAt('before-handler');
    if (first.status !== 'settled') {
      // It may still have been locked, or will be: chains are slow.
      const isUnsure = first.reason === NO_ANSWER && !isPayers;
      const back = isUnsure ? await giveBack(1) : undefined;
      return { refused: first, mayBeLocked: isUnsure && back?.status !== 'settled' };
    }
    begun = first.receipt;
  }
  const receipts = begun === undefined ? [] : [begun];

  const sale: Sale = {
    amount: fromAtomic(BigInt(requirements.amount), decimals),
    currency: currencyOf(requirements),
    payer,
    mayStream: isLocked,
    ...deadlineOf(requirements),
    acknowledgement: { [X402_METADATA.status]: 'payment-verified' },
    async settle({ used }) {
      const part = partOf(requirements, used, decimals);
      if (begun !== undefined && (flow === 'upfront' || isPayers)) {
        const amount = isPayers && part !== undefined ? BigInt(part) : BigInt(requirements.amount);
        return {
          status: isPayers ? 'owed' : 'settled',
          amount: fromAtomic(amount, decimals),
          ...transactionOf(begun),
          metadata: { ...completed(receipts), ...(part !== undefined && { creditsUsed: used }) },
        };
      }
      if (isLocked && part === '0') {
        const back = await giveBack();
        const all = completed([...receipts, ...listed(back)]);
        return { status: 'settled', amount: fromAtomic(0n, decimals), metadata: all };
      }
      const settled = await settleAt('after-handler', part);
      const all = { [X402_METADATA.receipts]: [...receipts, settled.receipt] };
      return settled.status === 'settled'
        ? { ...settled, metadata: { ...settled.metadata, ...all } }
        : settled;
    },
    async refund() {
      if (!isLocked || isPayers) return undefined;
      const back = await giveBack();
      if (back !== undefined) {
        const all = { [X402_METADATA.receipts]: [...receipts, ...listed(back)] };
        return {
          ...back,
          amount: fromAtomic(0n, decimals),
          metadata: { ...paymentFailed, ...all },
        };
      }
      if (flow !== 'upfront') return { status: 'unsettled', reason: 'NOT_VOIDED' };
      // Captured before the work, and this scheme has no refund.
      return {
        status: 'settled',
        reason: 'TAKEN_BEFORE_THE_WORK',
        amount: fromAtomic(BigInt(requirements.amount), decimals),
        ...transactionOf(begun),
        metadata: completed(receipts),
      };
    },
  };
  return { sale, begun };
}

/**
 * Whether the chain accepts the payment only once, however often it is sent: the signature has a nonce.
 * Captures have none: two partial captures capture twice.
 */
function isOnce(flow: string, { scheme }: X402Requirements): boolean {
  return flow === 'authorization' && (scheme === 'exact' || scheme === 'upto');
}

/** The time until which an escrow allows the capture, in seconds since 1970. */
function deadlineOf({ extra }: X402Requirements): Pick<Sale, 'expiresAt'> {
  const seconds = Number(extra['captureDeadline']);
  return seconds > 0 && seconds < 8.64e12 ? { expiresAt: new Date(seconds * 1000) } : {};
}

const NO_ANSWER = 'FACILITATOR_UNAVAILABLE';
const unanswered = { success: false, errorReason: NO_ANSWER };
const paymentFailed = { [X402_METADATA.status]: 'payment-failed' };

function completed(receipts: JSONObject[]): JSONObject {
  return { [X402_METADATA.status]: 'payment-completed', [X402_METADATA.receipts]: receipts };
}

interface X402Outcome extends SaleOutcome {
  receipt: JSONObject;
}

function listed(back: X402Outcome | undefined): JSONObject[] {
  return back === undefined ? [] : [back.receipt];
}

/**
 * The facilitator's settlement: whether it succeeded, and its transaction. All other fields come from the
 * agent's own data: no amount exceeds the requested one.
 */
function readSettlement(
  answer: object,
  {
    decimals,
    most,
    network,
    payer,
    requirements,
    secrets,
  }: Pick<X402SaleOptions, 'decimals' | 'network' | 'payer' | 'requirements'> & {
    most: string;
    secrets: string[];
  },
): X402Outcome {
  const said = settlementReceiptSchema.safeParse(answer).data;
  const transaction = saidName(said?.transaction);
  if (said?.success !== true) {
    const reason = saidReason(said?.['errorReason'], { fallback: 'SETTLEMENT_FAILED', secrets });
    const receipt = {
      success: false,
      transaction: transaction ?? '',
      network,
      errorReason: reason,
    };
    return {
      status: 'unsettled',
      reason,
      receipt,
      metadata: { ...paymentFailed, [X402_METADATA.receipts]: [receipt] },
    };
  }
  const settled = said.amount == null || BigInt(said.amount) > BigInt(most) ? most : said.amount;
  const receipt = {
    success: true,
    transaction: transaction ?? '',
    network,
    payer,
    // If it is the whole offer, the amount is in the offer.
    ...(settled !== requirements.amount && { amount: settled }),
  };
  return {
    status: 'settled',
    amount: fromAtomic(BigInt(settled), decimals),
    ...(transaction !== undefined && { transaction }),
    receipt,
    metadata: completed([receipt]),
  };
}

function transactionOf(receipt: JSONObject | undefined) {
  const transaction = saidName(receipt?.['transaction']);
  return transaction === undefined ? {} : { transaction };
}

/**
 * The part of the signed maximum that is captured, in the smallest unit, rounded up. Undefined: all of it,
 * also if `used` is invalid.
 */
export function partOf(
  { amount, scheme }: Pick<X402Requirements, 'amount' | 'scheme'>,
  used: Amount | undefined,
  decimals: number,
): string | undefined {
  if (used === undefined || scheme === 'exact') return undefined;
  try {
    const part = toAtomic(toAmountUp(used, decimals), decimals);
    return part < BigInt(amount) ? String(part) : undefined;
  } catch {
    return undefined;
  }
}

/** The currency as in the payer's receipts: a token may have another name of its own, such as `USD Coin`. */
function currencyOf({ asset, extra, network }: X402Requirements): string {
  const known = findAsset({ asset, network })?.code;
  return known ?? (typeof extra['name'] === 'string' ? extra['name'] : asset);
}

/** The parts of a payment that must never be disclosed. */
export function secretsOf({ payload }: Pick<X402Payment, 'payload'>): string[] {
  return Object.values(payload).filter((value) => typeof value === 'string');
}
