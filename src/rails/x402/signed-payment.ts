import * as z from 'zod/v4';
import { toHex } from '../../internal/to-hex';
import { SettlementError } from '../rail';
import { PERMIT2_PROXIES } from './permit-use';
import { eip3009PayloadSchema, isSameAddress, permit2PayloadSchema } from './schemas';
import type { X402Offer } from './x402-offer';

/** The data of a signed payment, without the signature. */
export interface SignedPayment {
  /** Identifies the payment among all payments of this payer. */
  nonce: string;
  /** Undefined on networks whose payments this package cannot parse. */
  from: string | undefined;
  /** How the chain tracks the nonce. */
  method: 'eip3009' | 'permit2' | 'unknown';
  /** Seconds since 1970; from then on it is not valid. */
  validBefore: number;
}

const acceptedSchema = z.looseObject({
  x402Version: z.literal(2),
  accepted: z.looseObject({
    scheme: z.string(),
    network: z.string(),
    amount: z.string(),
    asset: z.string(),
    payTo: z.string(),
  }),
  payload: z.record(z.string(), z.json()),
});

const payloadV1Schema = z.looseObject({
  x402Version: z.literal(1),
  scheme: z.string(),
  network: z.string(),
  payload: z.record(z.string(), z.json()),
});

/**
 * Compares the payment that the payer's client signed with the requested, limited and approved one. If it
 * differs, it is not sent: a bug, or an extension of that client, would otherwise pay something else.
 *
 * @throws SettlementError `VALIDATION`; nothing was sent.
 */
export async function readSignedPayment(
  payment: unknown,
  offer: X402Offer,
  { now }: { now: number },
): Promise<SignedPayment> {
  const { requirements, version } = offer;
  const payload = version === 1 ? readV1(payment, offer) : readV2(payment, offer);
  const signed = readAuthorization(payload);
  if (signed === undefined) {
    if (offer.network.startsWith('eip155:')) throw refuse('its format is not known');
    const digest = await sha256(JSON.stringify(payload));
    const validBefore = Math.floor(now / 1000) + requirements.maxTimeoutSeconds;
    return { nonce: digest, from: undefined, method: 'unknown', validBefore };
  }
  const { spender, to, token, value, ...payer } = signed;
  const isEscrowed = requirements.scheme === 'auth-capture';
  // An escrowed payment goes to the escrow's collector, and its nonce is the hash that contains the payee.
  if (!isEscrowed && !isSameAddress(to, requirements.payTo)) throw refuse('another payee');
  if (token !== undefined && !isSameAddress(token, requirements.asset)) {
    throw refuse('another asset');
  }
  // Another contract could use it for any payee.
  if (
    spender !== undefined &&
    !isSameAddress(spender, PERMIT2_PROXIES[requirements.scheme] ?? '')
  ) {
    throw refuse('another spender');
  }
  if (BigInt(value) > BigInt(requirements.amount)) throw refuse('a higher amount');
  const seconds = Math.floor(now / 1000);
  if (payer.validBefore <= seconds) throw refuse('it has expired');
  if (payer.validBefore > seconds + requirements.maxTimeoutSeconds + CLOCK_SKEW_SECONDS) {
    throw refuse('it is valid for longer than requested');
  }
  return payer;
}

/** The signer's clock may differ. */
const CLOCK_SKEW_SECONDS = 900;

function readV2(payment: unknown, { requirements }: X402Offer) {
  const parsed = acceptedSchema.safeParse(payment);
  if (!parsed.success) throw refuse('it is not a payment of x402 version 2');
  const { accepted, payload } = parsed.data;
  if (
    accepted.scheme !== requirements.scheme ||
    accepted.network !== requirements.network ||
    accepted.amount !== requirements.amount ||
    accepted.asset !== requirements.asset ||
    accepted.payTo !== requirements.payTo
  ) {
    throw refuse('another offer');
  }
  return payload;
}

function readV1(payment: unknown, { requirements }: X402Offer) {
  const parsed = payloadV1Schema.safeParse(payment);
  if (!parsed.success) throw refuse('it is not a payment of x402 version 1');
  const { scheme, network, payload } = parsed.data;
  if (scheme !== requirements.scheme || network !== requirements.network) {
    throw refuse('another offer');
  }
  return payload;
}

function readAuthorization(payload: unknown) {
  const plain = eip3009PayloadSchema.safeParse(payload);
  if (plain.success) {
    const { from, to, value, validBefore, nonce } = plain.data.authorization;
    const method = 'eip3009' as const;
    const others = { token: undefined, spender: undefined };
    return { nonce, from, method, validBefore: Number(validBefore), to, value, ...others };
  }
  const permit = permit2PayloadSchema.safeParse(payload);
  if (!permit.success) return undefined;
  const { from, permitted, nonce, deadline, spender, witness } = permit.data.permit2Authorization;
  const method = 'permit2' as const;
  const { token, amount: value } = permitted;
  const { to } = witness;
  return { nonce, from, method, validBefore: Number(deadline), to, value, token, spender };
}

function refuse(what: string): SettlementError {
  return new SettlementError({
    code: 'VALIDATION',
    message: `The payment signed by the x402 client does not match the offer: ${what}. Nothing was sent.`,
    isDispatched: false,
  });
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return toHex(new Uint8Array(digest));
}
