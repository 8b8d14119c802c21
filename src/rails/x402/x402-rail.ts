import * as z from 'zod/v4';
import { fromAtomic, toAtomic } from '../../internal/decimal';
import {
  type CallOptions,
  type Hold,
  type RecordedHold,
  SettlementError,
  type SettlementRail,
} from '../rail';
import { createAgentPayments } from './agent-payments';
import type { EscrowPayments } from './escrow-payments';
import { readEscrowTerms } from './escrow-terms';
import { assertX402Options } from './assert-x402-options';
import { createLedgers } from './ledgers';
import { type PaymentState, readPaymentState, stateOf } from './payment-state';
import {
  address,
  isSameAddress,
  X402_EXTENSION_URIS,
  X402_METADATA,
  X402_PAYMENT_HEADERS,
  type X402Requirements,
} from './schemas';
import { readSignedPayment } from './signed-payment';
import { createSignedPayments } from './signed-payments';
import { chooseOffer, encode, readOffer, type X402Offer } from './x402-offer';
import type { X402Options } from './x402-options';
import { createPayer, readSigner } from './x402-payer';

/**
 * Pays agents that ask for x402, in stablecoins: over A2A with the a2a-x402 extension, and over HTTP 402.
 *
 * The agent captures the payment with the signature, once, until the signature expires. Nothing is set aside,
 * and the payment can only be revoked by a cancellation on the chain (`cancel`). With a `ledger`, receipts
 * contain the state on the chain. With `authCapture` (experimental) an escrow holds the payment, and `release`
 * and `refund` move it.
 *
 * The signature is sent to the agent only: it is in no journal, log, error or receipt.
 *
 * @throws SettlementError `NOT_CONFIGURED` for an incomplete `authCapture`.
 */
export function x402(options: X402Options): SettlementRail {
  assertX402Options(options);
  assertAuthCapture(options);
  const ledgers = createLedgers(options);
  const choice = {
    schemes: options.schemes ?? [
      ...(options.authCapture === undefined ? [] : ['auth-capture']),
      'exact',
      'upto',
    ],
    networks: options.networks,
    assets: options.assets ?? [],
    reads: (network: string) => ledgers.reads(network),
    maxValidSeconds: options.maxValidSeconds ?? 86_400,
    readEscrow: (requirements: X402Requirements, version: 1 | 2) => {
      const { authCapture } = options;
      const known = authCapture && { authCapture, payer: signer().address };
      return readEscrowTerms(requirements, { known, now: Date.now(), version });
    },
  };
  const signer = () => readSigner(options.authCapture?.account ?? options.client);
  const plain = createAgentPayments(options, ledgers);
  let loading: Promise<EscrowPayments> | undefined;
  /** Loaded before a hold is made in this process; another process loads it to settle. */
  const escrows = () => {
    loading ??= import('./escrow-payments').then(({ createEscrowPayments }) =>
      createEscrowPayments(options, ledgers, signer),
    );
    loading.catch(() => {
      loading = undefined;
    });
    return loading;
  };
  let created: ReturnType<typeof createPayer> | undefined;
  const payer = () => (created ??= createPayer(options.client));
  const signed = createSignedPayments();

  /** Selected by who captures the payment. */
  const paymentsOf = async (hold: Hold) => (stateOf(hold).escrow === undefined ? plain : escrows());

  const look = async (hold: Hold, { abortSignal }: CallOptions = {}): Promise<RecordedHold> => {
    const { from } = stateOf(hold);
    const { address: own = options.authCapture && signer().address } = payer();
    const isOurs = own === undefined || from === undefined || isSameAddress(own, from);
    const payments = await paymentsOf(hold);
    return { hold, isOurs, state: await payments.look(hold, { abortSignal }) };
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
      // Throws if no signer is configured, before the agent is asked.
      payer();
      await ledgers.assertRead(network, abortSignal);
      const signedAt = Math.floor(Date.now() / 1000);
      const sign = async () =>
        offer.escrow === undefined
          ? { payment: await payer().sign(required), escrow: undefined }
          : (await escrows()).sign(offer, offer.escrow, { payer: payer(), abortSignal });
      const [{ payment, escrow }, block] = await Promise.all([
        sign(),
        ledgers.head(network, abortSignal),
      ]);
      abortSignal?.throwIfAborted();
      const facts = await readSignedPayment(payment, offer, { now: Date.now() });
      const escrowId = escrow?.hash ?? facts.nonce;
      signed.keep(escrowId, { payment, validBefore: facts.validBefore });
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
        signedAt,
        block,
        domain: domainSchema.safeParse(requirements.extra).data,
        escrow,
      };
      return {
        rail: 'x402',
        taskId: request.taskId,
        escrowId,
        payee: payTo,
        amount: fromAtomic(BigInt(amount), decimals),
        fee: fromAtomic(0n, decimals),
        currency: code,
        decimals,
        exchangeUrl: network,
        expiresAt: new Date((escrow?.info.authorizationExpiry ?? facts.validBefore) * 1000),
        // An agent that uses x402 over HTTP asks with each request.
        ...(offer.via === 'http' && { pays: 'message' }),
        // Undefined fields are not valid in JSON.
        state: z.record(z.string(), z.json()).parse(JSON.parse(JSON.stringify(state))),
      };
    },

    async release(hold, { amount, answer, abortSignal } = {}) {
      signed.forget(hold.escrowId);
      const payments = await paymentsOf(hold);
      return payments.release(hold, { amount, answer, abortSignal });
    },

    async refund(hold, { answer, reason, abortSignal } = {}) {
      const found = signed.find(hold.escrowId);
      const isUnreached = found !== undefined && reason === 'unreachable';
      // A connection error does not prove that the agent has no payment. A payment that was never in a message
      // is dropped here: nobody else has seen it.
      const isUnsent = isUnreached && !found.isHandedOut;
      if (isUnsent || (found !== undefined && reason === 'not-dispatched')) {
        signed.forget(hold.escrowId);
        return { status: 'refunded', returned: hold.amount };
      }
      const payments = await paymentsOf(hold);
      const settled = await payments.refund(hold, { answer, isUnreached, abortSignal });
      // Not earlier: a failed operation is retried with the same data.
      signed.forget(hold.escrowId);
      return settled;
    },

    capabilitiesOf({ state }) {
      const isPayers = readPaymentState(state)?.escrow?.consent !== undefined;
      return { capturedBy: isPayers ? 'payer' : 'agent', partialRelease: isPayers };
    },

    ...(options.ledger !== undefined && {
      look,
      balance: ({ abortSignal } = {}) =>
        ledgers.balances(payer().address, choice.assets, abortSignal),
    }),

    decorate(hold, { isFirst = true } = {}) {
      const { version, via } = stateOf(hold);
      const extensions = [...X402_EXTENSION_URIS];
      // A task is paid once: its later messages only continue the conversation.
      if (!isFirst) return { metadata: {}, extensions };
      const payment = signed.handOut(hold.escrowId);
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

    decorateOffer() {
      ledgers.prepare();
      return {
        // An agent can name the payer as authorizer of captures only if it knows the payer before it asks.
        metadata:
          options.authCapture === undefined ? {} : { [X402_METADATA.payer]: signer().address },
        extensions: [...X402_EXTENSION_URIS],
      };
    },
  };
}

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

/** Missing options are reported on creation, and not at an agent's offer. */
function assertAuthCapture({ authCapture, client, ledger }: X402Options): void {
  if (authCapture === undefined) return;
  readSigner(authCapture.account ?? client);
  const { collector, escrow, operators = [] } = authCapture;
  const isNamed = [escrow, collector, ...operators].every((one) => address.safeParse(one).success);
  if (isNamed && ledger !== undefined) return;
  throw new SettlementError({
    code: 'NOT_CONFIGURED',
    message: isNamed
      ? '`authCapture` of `x402` requires a `ledger`: the state of an escrow is read from the chain.'
      : '`authCapture` of `x402` requires contract addresses (0x and 40 hex digits): `escrow`, `collector` and `operators`.',
  });
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
    message: 'An x402 agent can only be paid the amount that it asks for. Nothing was signed.',
    isDispatched: false,
  });
}

function notAsked(): SettlementError {
  return new SettlementError({
    code: 'NO_PAYEE',
    message: 'The x402 agent named no payee and no amount.',
    isDispatched: false,
  });
}

function notAtHand({ escrowId }: Hold): SettlementError {
  return new SettlementError({
    code: 'NOT_FOUND',
    message: `Payment ${escrowId} was signed by another process, or has expired. Nothing was sent.`,
    escrowId,
    isDispatched: false,
  });
}
