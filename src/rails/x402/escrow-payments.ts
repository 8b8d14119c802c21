import type { JSONObject } from '@ai-sdk/provider';
import { toAtomic } from '../../internal/decimal';
import { type AgentAnswer, type Hold, SettlementError } from '../rail';
import { attempt, CANCEL_MS, cancelPayment, type Payments } from './agent-payments';
import { awaitChain } from './await-chain';
import { readEscrowFate, type EscrowFate } from './escrow-fate';
import type { EscrowNotes } from './escrow-notes';
import { reclaimTransaction } from './escrow-reclaim';
import { createRelay } from './escrow-relay';
import type { EscrowTerms } from './escrow-terms';
import type { createLedgers } from './ledgers';
import { findReceipt } from './payment-receipts';
import { stateOf } from './payment-state';
import { isSameAddress } from './schemas';
import { type EscrowPayment, refundEscrow, releaseEscrow, settledEscrow } from './settle-escrow';
import { noLedger } from './settle-payment';
import { readEscrowPayment, signEscrowPayment } from './sign-escrow-payment';
import type { X402Offer } from './x402-offer';
import type { X402Options } from './x402-options';
import type { TypedDataSigner, X402Payer } from './x402-payer';

export interface EscrowPayments extends Payments {
  /** @throws SettlementError `NOT_CONFIGURED`, `VALIDATION`; nothing was sent. */
  sign(
    offer: X402Offer,
    terms: EscrowTerms,
    options: { payer: X402Payer; abortSignal: AbortSignal | undefined },
  ): Promise<{ payment: JSONObject; escrow: EscrowNotes }>;
}

/** Payments that are held by an escrow (`auth-capture`). Their outcome is read only from the chain. */
export function createEscrowPayments(
  options: X402Options,
  ledgers: ReturnType<typeof createLedgers>,
  signer: () => TypedDataSigner,
): EscrowPayments {
  const { authCapture } = options;
  const relay = authCapture?.relay && createRelay(authCapture.relay, options);

  const paymentOf = async (
    hold: Hold,
    abortSignal: AbortSignal | undefined,
  ): Promise<EscrowPayment> => {
    const state = stateOf(hold);
    const { escrow } = state;
    const chain = await ledgers.of(state, abortSignal);
    if (escrow === undefined || chain === undefined) throw noLedger(state);
    // Its address is from a journal, and the transaction is the payer's own, so it must be the configured
    // escrow.
    const reclaim = isConfigured(escrow) ? authCapture?.reclaim : undefined;
    const { timeoutMs = CANCEL_MS } = options;
    return {
      state,
      escrow,
      read: () => readEscrowFate(chain, state, escrow, abortSignal),
      consenting: () => consentingTo(escrow),
      cancel: options.cancel && (() => cancelPayment(options, state, abortSignal)),
      reclaim:
        reclaim &&
        (() => {
          const transaction = reclaimTransaction(state.network, escrow);
          const send = (signal: AbortSignal) => reclaim(transaction, { abortSignal: signal });
          return attempt(send, { timeoutMs, abortSignal });
        }),
      abortSignal,
    };
  };

  const isConfigured = ({ address }: EscrowNotes) =>
    authCapture !== undefined && isSameAddress(address, authCapture.escrow);

  /** Only for an operator that is still trusted, and with the payer's own key. */
  const consentingTo = (escrow: EscrowNotes) => {
    const { info } = escrow;
    const account = signer();
    const isKnown = authCapture?.operators?.some((known) => isSameAddress(known, info.operator));
    const isOwn = isConfigured(escrow) && isSameAddress(account.address, info.payer);
    if (isKnown === true && isOwn && relay) {
      return { account, relay };
    }
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        "This payment is released and refunded with the payer's signature. Configure `x402` with the account that made the payment, and the same `authCapture` (`escrow`, `operators`, `relay`).",
    });
  };

  const readWith = (
    { abortSignal, read, state }: EscrowPayment,
    answer: AgentAnswer | undefined,
  ): Promise<EscrowFate> => {
    const isNamed = findReceipt(answer, state) !== undefined;
    return awaitChain(read, (fate) => !isNamed || fate.type !== 'unused' || fate.isOver, {
      abortSignal,
    });
  };

  return {
    async sign(offer, terms, { abortSignal, payer }) {
      const { network } = offer;
      const chain = await ledgers.of({ method: 'eip3009', network }, abortSignal);
      if (chain === undefined || authCapture === undefined) {
        throw new SettlementError({
          code: 'NOT_CONFIGURED',
          message: `\`auth-capture\` requires a \`ledger\` of \`x402\` for ${network}, because the state of an escrow is read from its chain. Nothing was signed.`,
          isDispatched: false,
        });
      }
      const account = signer();
      const payment = payer.isAccount
        ? await signEscrowPayment(offer, terms, { account, authCapture, now: Date.now() })
        : await payer.sign(offer.required);
      const known = { authCapture, payer: account.address };
      return { payment, escrow: await readEscrowPayment(payment, offer, terms, known) };
    },

    async release(hold, { abortSignal, amount, answer }) {
      const payment = await paymentOf(hold, abortSignal);
      const fate = await readWith(payment, answer);
      const { decimals } = payment.state;
      const wanted = toAtomic(amount ?? hold.amount, decimals);
      return releaseEscrow(payment, { fate, wanted });
    },

    async refund(hold, { abortSignal, answer, isUnreached }) {
      const { cancel, ...payment } = await paymentOf(hold, abortSignal);
      // If the agent's last status is not known, it may have delivered.
      const mayCancel = answer !== undefined || isUnreached;
      const fate = await readWith({ ...payment, cancel }, answer);
      return refundEscrow({ ...payment, cancel: mayCancel ? cancel : undefined }, { fate });
    },

    async look(hold, { abortSignal }) {
      const state = stateOf(hold);
      const chain = await ledgers.of(state, abortSignal);
      if (state.escrow === undefined || chain === undefined) throw noLedger(state);
      const fate = await readEscrowFate(chain, state, state.escrow, abortSignal);
      const settled = settledEscrow({ state, escrow: state.escrow }, fate);
      if (settled !== undefined) return { type: 'settled', settled };
      // An escrowed payment does not move without a transaction.
      return fate.type === 'unused' && fate.isOver ? { type: 'lapsed' } : { type: 'held' };
    },
  };
}
