import type { JSONObject } from '@ai-sdk/provider';
import { convertBase64ToUint8Array } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import {
  eip3009PayloadSchema,
  isSameAddress,
  permit2PayloadSchema,
  toNetwork,
  X402_METADATA,
  X402_PAYMENT_HEADERS,
} from '../../rails/x402/schemas';
import type { PaidRequest } from './accepted-payment';
import type { X402Payment, X402Requirements } from './x402-resource-server';

/** A received payment, of either x402 version. */
export type ReadX402 = z.output<typeof paymentSchema>;

/** The payment of a request, from its message or its headers. */
export function readPayment({ headers, message }: PaidRequest): ReadX402 | undefined {
  const inBand: unknown = message.metadata?.[X402_METADATA.payload];
  const payment = paymentSchema.safeParse(
    inBand ?? fromHeader(headers[X402_PAYMENT_HEADERS[2]] ?? headers[X402_PAYMENT_HEADERS[1]]),
  ).data;
  // The payment is forwarded to the facilitator unchanged.
  const isShort = payment !== undefined && JSON.stringify(payment).length <= mostChars;
  return isShort ? payment : undefined;
}

/** Restores the agent's own notes of a payment. */
export function recallPayment(storedPayment: JSONObject): X402Notes | undefined {
  return notesSchema.safeParse(storedPayment).data;
}

/** The payment for the facilitator. A version 1 payment is combined with the offer that the agent matched. */
export function toV2(read: ReadX402, accepted: X402Requirements): X402Payment {
  if (read.x402Version === 2) return read;
  return { x402Version: 2, accepted, payload: read.payload };
}

/** The signed data, of any form. Not trusted before a facilitator has verified it. */
export interface SignedX402 {
  /** The payer's nonce, in a canonical form: identical for all encodings of the same payment. */
  id: string;
  expiresAt: Date;
  from: string;
  /** In the asset's smallest unit. */
  value: bigint;
  /** Undefined if the signature is for the asset's own contract. */
  asset: string | undefined;
  to: string;
}

/**
 * Reads the signed data. Undefined without the nonce of one payer, and for ambiguous data: it could be used
 * repeatedly.
 */
export function readSigned(read: ReadX402): SignedX402 | undefined {
  const { payload } = read;
  // A signature is the same payment in both versions.
  const network = read.x402Version === 1 ? toNetwork(read.network) : read.accepted.network;
  const transfer = eip3009PayloadSchema.safeParse(payload).data?.authorization;
  const permit = permit2PayloadSchema.safeParse(payload).data?.permit2Authorization;
  // A facilitator reads one of these fields, regardless of others.
  if ('authorization' in payload === 'permit2Authorization' in payload) return undefined;
  if (transfer !== undefined) {
    const { from, nonce, to, validBefore, value } = transfer;
    return {
      id: idOf(network, from, nonce),
      expiresAt: secondsToDate(validBefore),
      from,
      to,
      value: BigInt(value),
      asset: undefined,
    };
  }
  if (permit === undefined) return undefined;
  const { deadline, from, nonce, permitted, witness } = permit;
  return {
    id: idOf(network, from, BigInt(nonce).toString()),
    expiresAt: secondsToDate(deadline),
    from,
    to: witness.to,
    value: BigInt(permitted.amount),
    asset: permitted.token,
  };
}

/** Why the signed data does not match an offer, as far as this can be checked without a facilitator. */
export function mismatchOf(
  { asset, expiresAt, to, value }: SignedX402,
  wanted: X402Requirements,
  now: number,
): { reason: string; message: string } | undefined {
  if (value < BigInt(wanted.amount)) {
    return { reason: 'INVALID_AMOUNT', message: 'The amount is less than the price.' };
  }
  // With `auth-capture` the payee is part of the nonce, and the tokens go to the escrow's collector.
  const isDirect = wanted.scheme !== 'auth-capture';
  if (isDirect && !isSameAddress(to, wanted.payTo)) {
    return { reason: 'PAYMENT_MISMATCH', message: 'The payment is for another payee.' };
  }
  if (asset !== undefined && !isSameAddress(asset, wanted.asset)) {
    return { reason: 'PAYMENT_MISMATCH', message: 'The payment uses another asset.' };
  }
  // Not "at or before now": a comparison with an invalid date is always false.
  if (!(expiresAt.getTime() > now)) {
    return { reason: 'EXPIRED_PAYMENT', message: 'The payment has expired.' };
  }
  return undefined;
}

function idOf(...facts: string[]): string {
  return facts.join(':').toLowerCase();
}

/** A date has a smaller range than the number of seconds. */
function secondsToDate(seconds: string): Date {
  return new Date(Math.min(Number(seconds) * 1000, 8.64e15));
}

function fromHeader(header: string | undefined): unknown {
  if (header === undefined || header.length > mostChars) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(convertBase64ToUint8Array(header)));
  } catch {
    return undefined;
  }
}

const mostChars = 65_536;

const requirementsSchema = z.looseObject({
  scheme: z.string().max(100),
  network: z
    .templateLiteral([z.string(), ':', z.string()])
    .refine((network) => network.length <= 100),
  asset: z.string().max(200),
  amount: z.string().max(100),
  payTo: z.string().max(200),
  maxTimeoutSeconds: z.number(),
  extra: z.record(z.string(), z.unknown()),
});

const payload = z.record(z.string(), z.unknown());

const paymentSchema = z.discriminatedUnion('x402Version', [
  z.looseObject({ x402Version: z.literal(2), accepted: requirementsSchema, payload }),
  z.object({
    x402Version: z.literal(1),
    // In version 1, payments of other schemes cannot be identified.
    scheme: z.literal('exact'),
    network: z.string().max(100),
    payload,
  }),
]);

const json = z.record(z.string(), z.json());

/** The agent's own notes of the payment that a task started with. */
const notesSchema = z.object({
  payment: paymentSchema,
  /** What was locked or captured for it, and the offer used. */
  locked: z
    .object({
      wanted: z.object({ requirements: requirementsSchema, decimals: z.int().min(0) }),
      begun: json,
    })
    .optional(),
});

export type X402Notes = z.output<typeof notesSchema>;
