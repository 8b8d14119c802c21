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
  /** What may be paid: each is one offer. */
  offers: readonly X402Offer[];
  /** Whether callers that do not name a2a-x402 are refused. Default: `true`. */
  required?: boolean | undefined;
  /** For each answer of the facilitator, in milliseconds. Default: 60 seconds; it waits for a chain. */
  timeoutMs?: number | undefined;
  now?: (() => Date) | undefined;
}

/**
 * Takes payments of x402, by the a2a-x402 extension: with your own `x402ResourceServer` of
 * `@x402/core/server`, its schemes and its facilitator.
 *
 * A scheme that locks or takes the money before the work lets the agent show its work as it goes on
 * (`auth-capture`: what is not used is given back, all of it where the work fails). What is settled after the
 * work (`exact` as a rule, and `upto`) is shown when it is paid.
 *
 * @throws InvalidArgumentError without an offer; and naming each option that does not exist, or is not what it
 * should be.
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
      message: 'acceptX402: there is no offer to pay.',
    });
  }
  const made = createX402Offers({ now: () => now().getTime(), offers, server, timeoutMs });

  const verify = async (read: ReadX402, signed: SignedX402): Promise<X402Verdict> => {
    let refused = refusal('NETWORK_MISMATCH', 'It pays for none of what was asked for.');
    // Version 1 does not say of which asset it is: the facilitator knows by the signature.
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
      refused = refusal(reason, `The facilitator refused it: ${inWords(reason)}.`);
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
          // What was locked is not locked again: its signature is used up.
          const verdict = locked ?? (await verify(read, signed));
          if ('verified' in verdict) return verdict;
          const { wanted } = verdict;
          const payer = signed.from;
          const { begun } = locked ?? {};
          const { requirements } = wanted;
          const payment = toV2(read, requirements);
          // Receipts name it as the payment did.
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
              ...refusal(reason, `It could not be taken: ${inWords(reason)}.`),
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
            'It could not be verified: the facilitator could not be asked.',
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
        // Who names the older one is taken to know the newer one.
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

/** Who would pay, as a message says before it pays. */
function payerOf(request: PaidRequest | undefined): string | undefined {
  return address.safeParse(request?.message.metadata?.[X402_METADATA.payer]).data;
}

/** Until when what is asked for now may be locked. A payer may sign for any time. */
function lockEnd(
  { expiresAt }: SignedX402,
  { maxTimeoutSeconds }: X402Requirements,
  now: Date,
): Date {
  return new Date(Math.min(expiresAt.getTime(), now.getTime() + maxTimeoutSeconds * 1000));
}

/** Asked again, it would be sent again. */
function unreadable({ message, taskId }: PaidRequest): PaymentClaim {
  return {
    id: `unreadable:${taskId}:${message.messageId}`,
    expiresAt: new Date(),
    verify: async () => refusal('INVALID_PAYLOAD', 'Its form is not known.'),
  };
}

function refusal(reason: string, message: string) {
  return { verified: false as const, reason, message };
}

/** What a facilitator says of its failure may repeat what it was asked. */
function withoutPayment(error: unknown, payment: ReadX402): Error | undefined {
  const secrets = secretsOf(payment);
  const fallback = 'It repeats the payment.';
  return redactCause(error, (said) => saidReason(said, { fallback, secrets }));
}
