import type { AgentExtension } from '@a2a-js/sdk';
import { InvalidArgumentError } from '@ai-sdk/provider';
import { redactCause } from '../../internal/redact-cause';
import { toJsonObject } from '../../internal/to-json';
import { address, X402_EXTENSION_URIS, X402_METADATA } from '../../rails/x402/schemas';
import type {
  AcceptedPayment,
  PaidRequest,
  PaymentClaim,
  PaymentVerdict,
} from './accepted-payment';
import { assertAcceptX402Options } from './assert-accept-x402-options';
import {
  mismatchOf,
  type ReadX402,
  readPayment,
  readSigned,
  recallPayment,
  type SignedX402,
  toV2,
  type X402Notes,
} from './read-x402-payment';
import { inWords, saidReason } from './said-by-backend';
import { createX402Offers, type MadeOffer, within } from './x402-offers';
import type { X402Offer, X402Requirements, X402ResourceServer } from './x402-resource-server';
import { beginX402Sale, secretsOf } from './x402-sale';

export interface AcceptX402Options {
  /** Your own `x402ResourceServer`, with its schemes and facilitator. */
  server: X402ResourceServer;
  /** The accepted payments, one offer each. */
  offers: readonly X402Offer[];
  /** Whether requests that do not name a2a-x402 are refused. Default: `true`. */
  required?: boolean | undefined;
  /**
   * The timeout of each facilitator request in milliseconds. Default: 60 seconds, because it waits for a
   * chain.
   */
  timeoutMs?: number | undefined;
  now?: (() => Date) | undefined;
}

/**
 * Accepts x402 payments through the a2a-x402 extension, with your own `x402ResourceServer` of
 * `@x402/core/server`, its schemes and its facilitator.
 *
 * With a scheme that locks or captures the money before the work, output is streamed during the work
 * (`auth-capture`: the unused part is returned, or everything if the work fails). With settlement after the
 * work (usually `exact`, and `upto`), output is sent once it is paid.
 *
 * @throws InvalidArgumentError without an offer; and naming each unknown or invalid option.
 *
 * @example
 * ```ts
 * const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitatorUrl })).register(
 *   'eip155:8453',
 *   new ExactEvmScheme(),
 * );
 * const x402 = acceptX402({
 *   server,
 *   offers: [{ scheme: 'exact', network: 'eip155:8453', payTo: '0x…', price: '$0.25' }],
 * });
 * ```
 */
export function acceptX402(options: AcceptX402Options): AcceptedPayment {
  assertAcceptX402Options(options);
  const { now = () => new Date(), offers, required = true, server, timeoutMs = 60_000 } = options;
  if (offers.length === 0) {
    throw new InvalidArgumentError({
      argument: 'offers',
      message: 'acceptX402: `offers` must contain at least one offer.',
    });
  }
  const made = createX402Offers({ now: () => now().getTime(), offers, server, timeoutMs });

  const verify = async (read: ReadX402, signed: SignedX402): Promise<X402Verdict> => {
    let refused = refusal('NETWORK_MISMATCH', 'The payment matches none of the offers.');
    // Version 1 does not name the asset: the facilitator finds it by verifying the signature.
    for (const wanted of await made.find(read, signed.from)) {
      const { requirements } = wanted;
      const mismatch = mismatchOf(signed, requirements, now().getTime());
      if (mismatch !== undefined) {
        refused = refusal(mismatch.reason, mismatch.message);
        continue;
      }
      const payment = toV2(read, requirements);
      const verdict = await within(timeoutMs, () => server.verifyPayment(payment, requirements));
      if (verdict.isValid === true) return { wanted };
      const secrets = secretsOf(payment);
      const reason = saidReason(verdict.invalidReason, { fallback: 'INVALID_SIGNATURE', secrets });
      refused = refusal(reason, `The facilitator refused the payment: ${inWords(reason)}.`);
    }
    return refused;
  };

  const claimOf = (
    read: ReadX402,
    signed: SignedX402,
    locked: X402Notes['locked'],
  ): PaymentClaim => {
    return {
      id: signed.id,
      expiresAt: signed.expiresAt,
      async verify({ beforeLock } = {}) {
        try {
          // A locked payment is not verified again: its signature has been used.
          const verdict = locked ?? (await verify(read, signed));
          if ('verified' in verdict) return verdict;
          const { wanted } = verdict;
          const payer = signed.from;
          const { begun } = locked ?? {};
          const { requirements } = wanted;
          const payment = toV2(read, requirements);
          // Receipts use the payment's own name of the network.
          const network = read.x402Version === 1 ? read.network : requirements.network;
          const asked = { ...wanted, network, payment, payer, server, timeoutMs, begun };
          const result = await beginX402Sale({
            ...asked,
            beforeLock: async () =>
              beforeLock?.({
                storedPayment: toJsonObject({ payment: read, locked: { wanted, begun: {} } }),
                expiresAt: lockEnd(signed, requirements, now()),
              }),
          });
          if ('refused' in result) {
            const { mayBeLocked, refused } = result;
            const { reason = 'SETTLEMENT_FAILED' } = refused;
            return {
              ...refusal(reason, `The payment could not be captured: ${inWords(reason)}.`),
              mayBeLocked,
            };
          }
          const taken = result.begun === undefined ? undefined : { wanted, begun: result.begun };
          return {
            verified: true,
            sale: { ...result.sale, storedPayment: toJsonObject({ payment: read, locked: taken }) },
          };
        } catch (error) {
          const refused = refusal(
            'FACILITATOR_UNAVAILABLE',
            'The payment could not be verified: the facilitator could not be reached.',
          );
          return { ...refused, error: withoutPayment(error, read) };
        }
      },
    };
  };

  return {
    rail: 'x402',
    extensions: () =>
      X402_EXTENSION_URIS.map((uri, index): AgentExtension => ({
        uri,
        description: 'Payment by x402.',
        // A client that names the older extension is assumed to support the newer one.
        required: required && index === 0,
        params: undefined,
      })),
    async offers(request?: PaidRequest) {
      const current = await made.current(payerOf(request));
      return current.map(({ requirements }) => toJsonObject(requirements));
    },
    read(request) {
      const payment = readPayment(request);
      const signed = payment && readSigned(payment);
      if (payment === undefined) return undefined;
      return signed === undefined ? unreadable(request) : claimOf(payment, signed, undefined);
    },
    recall(storedPayment) {
      const notes = recallPayment(storedPayment);
      const signed = notes && readSigned(notes.payment);
      return notes && signed && claimOf(notes.payment, signed, notes.locked);
    },
  };
}

type X402Verdict = { wanted: MadeOffer } | Extract<PaymentVerdict, { verified: false }>;

/** The payer that an unpaid message announces. */
function payerOf(request: PaidRequest | undefined): string | undefined {
  return address.safeParse(request?.message.metadata?.[X402_METADATA.payer]).data;
}

/** The time until which a current offer may be locked. A payer may sign for any time. */
function lockEnd(
  { expiresAt }: SignedX402,
  { maxTimeoutSeconds }: X402Requirements,
  now: Date,
): Date {
  return new Date(Math.min(expiresAt.getTime(), now.getTime() + maxTimeoutSeconds * 1000));
}

/** A refusal, and not a new request for payment: the client would send the same payment again. */
function unreadable({ message, taskId }: PaidRequest): PaymentClaim {
  return {
    id: `unreadable:${taskId}:${message.messageId}`,
    expiresAt: new Date(),
    verify: async () => refusal('INVALID_PAYLOAD', 'The format of the payment is unknown.'),
  };
}

function refusal(reason: string, message: string) {
  return { verified: false as const, reason, message };
}

/** A facilitator's error message may contain the payment. */
function withoutPayment(error: unknown, payment: ReadX402): Error | undefined {
  const secrets = secretsOf(payment);
  const fallback = 'The error message contains the payment and was removed.';
  return redactCause(error, (said) => saidReason(said, { fallback, secrets }));
}
