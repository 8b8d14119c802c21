import type { JSONObject } from '@ai-sdk/provider';
import { delay } from '@ai-sdk/provider-utils';
import { z } from 'zod/v4';
import { fromAtomic, toAtomic } from '../../internal/decimal';
import {
  type AgentAnswer,
  type CallOptions,
  type Hold,
  type RecordedHold,
  SettlementError,
  type SettlementRail,
} from '../rail';
import { authorizationToCancel } from './cancel-authorization';
import { createLedgers } from './ledgers';
import { type PaymentFate, readPaymentFate } from './payment-fate';
import { findReceipt } from './payment-receipts';
import { type PaymentState, readPaymentState } from './payment-state';
import { X402_EXTENSION_URIS, X402_METADATA, X402_PAYMENT_HEADERS } from './schemas';
import { type PaymentEvidence, settleDelivered, settleReturned } from './settle-payment';
import { isSameAddress, readSignedPayment } from './signed-payment';
import { chooseOffer, encode, readOffer, type X402Offer } from './x402-offer';
import type { X402Options } from './x402-options';
import { createPayer, isAccount } from './x402-payer';

/**
 * Pays agents that ask for x402, in stablecoins: over A2A by the a2a-x402 extension, and over HTTP 402.
 *
 * The agent takes the payment by what was signed for it, once, until the signature ends. Nothing is set
 * aside, and nothing can be called back but by a cancellation on the chain (`cancel`). With a `ledger`,
 * receipts say what the chain says.
 *
 * The signature goes to the agent alone: no journal, log, error or receipt has it.
 */
export function x402(options: X402Options): SettlementRail {
  const choice = {
    schemes: options.schemes ?? [
      'exact',
      'upto',
      ...(isAccount(options.client) ? [] : ['auth-capture']),
    ],
    networks: options.networks,
    assets: options.assets ?? [],
    maxValidSeconds: options.maxValidSeconds ?? 86_400,
  };
  const ledgers = createLedgers(options);
  let created: ReturnType<typeof createPayer> | undefined;
  const payer = () => (created ??= createPayer(options.client));
  /** What was signed, by its nonce, until it is settled or over. It is nowhere else. */
  const signed = new Map<string, { payment: JSONObject; validBefore: number }>();

  const evidenceOf = async (
    hold: Hold,
    answer: AgentAnswer | undefined,
    abortSignal: AbortSignal | undefined,
    { mayCancel = false } = {},
  ): Promise<PaymentEvidence> => {
    const state = stateOf(hold);
    const receipt = findReceipt(answer, state);
    const chain = await ledgers.of(state, abortSignal);
    const read = async (): Promise<PaymentFate | undefined> =>
      chain && readPaymentFate(chain, state, { named: receipt?.transaction, abortSignal });
    let fate = await read();
    if (isOpen(fate) && mayCancel && (await cancel(state, abortSignal))) fate = await read();
    // A node may be some blocks behind the one that the agent asked.
    for (const ms of receipt === undefined ? [] : LAG_MS) {
      if (!isOpen(fate)) break;
      await delay(ms, { ...(abortSignal !== undefined && { abortSignal }) });
      fate = await read();
    }
    return { state, fate, receipt, isAnswered: answer !== undefined, now: Date.now() };
  };

  /** Undone or not, the chain is asked again. */
  const cancel = async (state: PaymentState, abortSignal: AbortSignal | undefined) => {
    const authorization = authorizationToCancel(state);
    if (options.cancel === undefined || authorization === undefined) return false;
    await options.cancel(authorization, { abortSignal }).catch(() => undefined);
    return true;
  };

  const forget = (hold: Hold) => {
    signed.delete(hold.escrowId);
    const now = Date.now() / 1000;
    for (const [nonce, { validBefore }] of signed) if (validBefore <= now) signed.delete(nonce);
  };

  const look = async (hold: Hold, { abortSignal }: CallOptions = {}): Promise<RecordedHold> => {
    const evidence = await evidenceOf(hold, undefined, abortSignal);
    const { fate, state } = evidence;
    const { address } = payer();
    const isOurs =
      address === undefined || state.from === undefined || isSameAddress(address, state.from);
    if (fate === undefined) throw noLedger(state);
    if (fate.type === 'unused') {
      return { hold, isOurs, state: fate.isOver ? { type: 'lapsed' } : { type: 'held' } };
    }
    const settled = settleDelivered(evidence);
    if (settled.status === 'pending') return { hold, isOurs, state: { type: 'held' } };
    return { hold, isOurs, state: { type: 'settled', settled } };
  };

  return {
    name: 'x402',
    capabilities: { capturedBy: 'agent', partialRelease: false },

    assertConfigured() {
      payer();
    },

    terms: (agentCard) => readTerms(agentCard),

    challenge(answer, { hasLimit }) {
      const offer = chooseOffer(answer, choice, hasLimit);
      if (offer === undefined) return undefined;
      const { currency, requirements, required, via } = offer;
      const { code, decimals } = currency;
      return {
        payee: requirements.payTo,
        amount: fromAtomic(BigInt(requirements.amount), decimals),
        currency: { code, decimals },
        offer: { via, required },
      };
    },

    async hold(request, { abortSignal } = {}) {
      const offer = request.challenge && readOffer(request.challenge.offer, choice);
      if (offer === undefined) throw notAsked();
      const { currency, network, requirements, required } = offer;
      assertAgreed(request, offer);
      const [payment, block] = await Promise.all([
        payer().sign(required),
        ledgers.head(network, abortSignal),
      ]);
      abortSignal?.throwIfAborted();
      const facts = await readSignedPayment(payment, offer, { now: Date.now() });
      signed.set(facts.nonce, { payment, validBefore: facts.validBefore });
      const { decimals, code } = currency;
      const { amount, asset, payTo, scheme } = requirements;
      const state: PaymentState = {
        ...facts,
        version: offer.version,
        via: offer.via,
        scheme,
        network,
        asset,
        decimals,
        payTo,
        amount,
        block,
        domain: domainSchema.safeParse(requirements.extra).data,
      };
      return {
        rail: 'x402',
        taskId: request.taskId,
        escrowId: facts.nonce,
        payee: payTo,
        amount: fromAtomic(BigInt(amount), decimals),
        fee: fromAtomic(0n, decimals),
        currency: code,
        decimals,
        exchangeUrl: network,
        expiresAt: new Date(facts.validBefore * 1000),
        // An agent that speaks x402 over HTTP asks with each request.
        ...(offer.via === 'http' && { pays: 'message' }),
        // Members that are undefined are nothing that JSON could keep.
        state: z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(state))),
      };
    },

    async release(hold, { answer, abortSignal } = {}) {
      forget(hold);
      return settleDelivered(await evidenceOf(hold, answer, abortSignal));
    },

    async refund(hold, { answer, reason, abortSignal } = {}) {
      // Another process may have sent it before it died.
      const isAtHand = signed.has(hold.escrowId);
      forget(hold);
      // What was signed is forgotten, and nobody else has seen it.
      if (isAtHand && reason !== undefined && UNSENT.has(reason)) {
        return { status: 'refunded', returned: hold.amount };
      }
      // One whose agent's last word is not known may have been delivered for.
      const mayCancel = answer !== undefined;
      return settleReturned(await evidenceOf(hold, answer, abortSignal, { mayCancel }));
    },

    ...(options.ledger !== undefined && {
      look,
      balance: ({ abortSignal } = {}) =>
        ledgers.balances(payer().address, choice.assets, abortSignal),
    }),

    decorate(hold, { isFirst = true } = {}) {
      const { version, via } = stateOf(hold);
      const extensions = [...X402_EXTENSION_URIS];
      // A task is paid once: what its later messages carry is the conversation.
      if (!isFirst) return { metadata: {}, extensions };
      const payment = signed.get(hold.escrowId)?.payment;
      if (payment === undefined) throw notAtHand(hold);
      if (via === 'http') {
        return {
          metadata: {},
          extensions,
          headers: { [X402_PAYMENT_HEADERS[version]]: encode(payment) },
        };
      }
      const metadata = {
        [X402_METADATA.status]: 'payment-submitted',
        [X402_METADATA.payload]: payment,
      };
      return { metadata, extensions };
    },

    decorateOffer: () => ({ metadata: {}, extensions: [...X402_EXTENSION_URIS] }),
  };
}

/** Of a hold that its agent has not seen. */
const UNSENT = new Set(['not-dispatched', 'unreachable']);

/** How long a chain's node is waited for that does not know yet what the agent says happened. */
const LAG_MS = [250, 500, 1000];

const domainSchema = z.object({ name: z.string().max(200), version: z.string().max(50) });

const cardSchema = z.looseObject({
  capabilities: z.looseObject({
    extensions: z.array(z.looseObject({ uri: z.string(), required: z.boolean().nullish() })),
  }),
});

function readTerms(agentCard: unknown) {
  const { extensions = [] } = cardSchema.safeParse(agentCard).data?.capabilities ?? {};
  const uris: readonly string[] = X402_EXTENSION_URIS;
  const declared = extensions.filter(({ uri }) => uris.includes(uri));
  if (declared.length === 0) return undefined;
  return { isAsked: true, required: declared.some(({ required }) => required === true) };
}

function isOpen(fate: PaymentFate | undefined): boolean {
  return fate?.type === 'unused' && !fate.isOver;
}

function assertAgreed(
  { amount, payee }: { amount: string | number; payee: string },
  { currency, requirements }: X402Offer,
): void {
  const isAgreed =
    payee === requirements.payTo &&
    toAtomic(amount, currency.decimals) === BigInt(requirements.amount);
  if (isAgreed) return;
  throw new SettlementError({
    code: 'INVALID_AMOUNT',
    message: 'An x402 agent is paid what it asks for, or not at all. Nothing was signed.',
    isDispatched: false,
  });
}

function stateOf({ escrowId, state }: Hold): PaymentState {
  const read = readPaymentState(state);
  if (read !== undefined) return read;
  throw new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `Nothing is known of payment ${escrowId}: its notes are missing, or of another version.`,
    escrowId,
  });
}

function notAsked(): SettlementError {
  return new SettlementError({
    code: 'NO_PAYEE',
    message: 'An x402 agent says itself whom it wants paid, and how much. It did not.',
    isDispatched: false,
  });
}

function notAtHand({ escrowId }: Hold): SettlementError {
  return new SettlementError({
    code: 'NOT_FOUND',
    message: `Payment ${escrowId} was signed by another process, or is over. Nothing was sent.`,
    escrowId,
    isDispatched: false,
  });
}

function noLedger({ network, nonce }: PaymentState): SettlementError {
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `Payment ${nonce} is on ${network}, which the \`ledger\` of \`x402\` does not read.`,
    escrowId: nonce,
  });
}
