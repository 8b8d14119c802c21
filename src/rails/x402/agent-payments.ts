import { withDeadline } from '../../internal/with-deadline';
import type { AgentAnswer, CallOptions, Hold, HoldState, Pending, Settled } from '../rail';
import { awaitChain } from './await-chain';
import { authorizationToCancel } from './cancel-authorization';
import type { createLedgers } from './ledgers';
import { type PaymentFate, readPaymentFate } from './payment-fate';
import { createShownTransactions, findReceipt } from './payment-receipts';
import { type PaymentState, stateOf } from './payment-state';
import { noLedger, type PaymentEvidence, settleDelivered, settleReturned } from './settle-payment';
import type { X402Options } from './x402-options';

/** The operations on signed payments, and their outcomes. */
export interface Payments {
  release(
    hold: Hold,
    options: CallOptions & { amount?: Hold['amount'] | undefined; answer: AgentAnswer | undefined },
  ): Promise<Settled | Pending>;
  /** `isUnreached`: the payment was sent to the agent, but no response arrived. */
  refund(
    hold: Hold,
    options: CallOptions & { answer: AgentAnswer | undefined; isUnreached: boolean },
  ): Promise<Settled | Pending>;
  look(hold: Hold, options: CallOptions): Promise<HoldState>;
}

/** Payments that the agent captures with the signature: `exact` and `upto`. */
export function createAgentPayments(
  options: X402Options,
  ledgers: ReturnType<typeof createLedgers>,
): Payments {
  const shown = createShownTransactions();
  const evidenceOf = async (
    hold: Hold,
    answer: AgentAnswer | undefined,
    abortSignal: AbortSignal | undefined,
    { mayCancel = false } = {},
  ): Promise<PaymentEvidence> => {
    const state = stateOf(hold);
    const named = findReceipt(answer, state);
    const chain = await ledgers.of(state, abortSignal);
    const receipt = chain === undefined ? shown.claim(named, state) : named;
    const read = async (): Promise<PaymentFate | undefined> =>
      chain && readPaymentFate(chain, state, { named: receipt?.transaction, abortSignal });
    let fate = await read();
    if (isOpen(fate) && mayCancel && (await cancelPayment(options, state, abortSignal))) {
      fate = await read();
    }
    if (isOpen(fate) && receipt !== undefined) {
      fate = await awaitChain(read, (seen) => !isOpen(seen), { abortSignal });
    }
    return { state, fate, receipt, isAnswered: answer !== undefined, now: Date.now() };
  };

  return {
    async release(hold, { answer, abortSignal }) {
      return settleDelivered(await evidenceOf(hold, answer, abortSignal));
    },

    async refund(hold, { answer, isUnreached, abortSignal }) {
      // If the agent's last status is not known, it may have delivered.
      const mayCancel = answer !== undefined || isUnreached;
      return settleReturned(await evidenceOf(hold, answer, abortSignal, { mayCancel }));
    },

    async look(hold, { abortSignal }) {
      const evidence = await evidenceOf(hold, undefined, abortSignal);
      const { fate, state } = evidence;
      if (fate === undefined) throw noLedger(state);
      if (fate.type === 'unused') return fate.isOver ? { type: 'lapsed' } : { type: 'held' };
      const settled = settleDelivered(evidence);
      return settled.status === 'pending' ? { type: 'held' } : { type: 'settled', settled };
    },
  };
}

/**
 * The chain is queried again, whether or not the cancellation succeeded. False if no cancellation is
 * configured.
 */
export async function cancelPayment(
  { cancel, timeoutMs = CANCEL_MS }: X402Options,
  state: PaymentState,
  abortSignal: AbortSignal | undefined,
): Promise<boolean> {
  const authorization = authorizationToCancel(state);
  if (cancel === undefined || authorization === undefined) return false;
  await attempt((signal) => cancel(authorization, { abortSignal: signal }), {
    timeoutMs,
    abortSignal,
  });
  return true;
}

/** Runs the user's transaction, which may fail or never finish. Its result is looked up on the chain. */
export async function attempt(
  send: (signal: AbortSignal) => Promise<unknown>,
  { timeoutMs, abortSignal }: { timeoutMs: number; abortSignal: AbortSignal | undefined },
): Promise<void> {
  const error = () => new Error('The transaction did not finish.');
  const options = { timeoutMs, abortSignal, timeoutError: error, networkError: error };
  await withDeadline(options, send).catch(() => undefined);
}

/** A transaction is awaited for a minute, with a margin. */
export const CANCEL_MS = 75_000;

function isOpen(fate: PaymentFate | undefined): boolean {
  return fate?.type === 'unused' && !fate.isOver;
}
