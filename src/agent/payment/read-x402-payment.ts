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

/** A payment as it came, in the words of either version. */
export type ReadX402 = z.output<typeof paymentSchema>;

/** The payment of a request: in its message, or in its headers. */
export function readPayment({ headers, message }: PaidRequest): ReadX402 | undefined {
  const inBand: unknown = message.metadata?.[X402_METADATA.payload];
  const payment = paymentSchema.safeParse(
    inBand ?? fromHeader(headers[X402_PAYMENT_HEADERS[2]] ?? headers[X402_PAYMENT_HEADERS[1]]),
  ).data;
  // It goes to the facilitator as it came.
  const isShort = payment !== undefined && JSON.stringify(payment).length <= mostChars;
  return isShort ? payment : undefined;
}

/** The agent's own notes of a payment. */
export function recallPayment(storedPayment: JSONObject): X402Notes | undefined {
  return notesSchema.safeParse(storedPayment).data;
}

/** As the facilitator is asked about it: the one of version 1 is for an offer that is found by the agent. */
export function toV2(read: ReadX402, accepted: X402Requirements): X402Payment {
  if (read.x402Version === 2) return read;
  return { x402Version: 2, accepted, payload: read.payload };
}

/** What a payer has signed, whichever way. Nothing of it is true before a facilitator says so. */
export interface SignedX402 {
  /** What makes it one and the same payment, however it is written: its payer's nonce. */
  id: string;
  expiresAt: Date;
  from: string;
  /** In the asset's smallest unit. */
  value: bigint;
  /** Undefined where the contract of the asset itself takes the signature. */
  asset: string | undefined;
  to: string;
}

/**
 * Reads what was signed. Undefined for what has no nonce of one payer, and for what could be read in two
 * ways: it could pay again and again.
 */
export function readSigned(read: ReadX402): SignedX402 | undefined {
  const { payload } = read;
  // One signature is one payment in the words of both versions.
  const network = read.x402Version === 1 ? toNetwork(read.network) : read.accepted.network;
  const transfer = eip3009PayloadSchema.safeParse(payload).data?.authorization;
  const permit = permit2PayloadSchema.safeParse(payload).data?.permit2Authorization;
  // A facilitator looks for one of these words, whatever stands beside it.
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

/** Why what was signed is not for an offer, as far as can be seen without a facilitator. */
export function mismatchOf(
  { asset, expiresAt, to, value }: SignedX402,
  wanted: X402Requirements,
  now: number,
): { reason: string; message: string } | undefined {
  if (value < BigInt(wanted.amount)) {
    return { reason: 'INVALID_AMOUNT', message: 'It is for less than what was asked for.' };
  }
  // There the payee is in the nonce, and the tokens go to the escrow's collector.
  const isDirect = wanted.scheme !== 'auth-capture';
  if (isDirect && !isSameAddress(to, wanted.payTo)) {
    return { reason: 'PAYMENT_MISMATCH', message: 'It is for another payee.' };
  }
  if (asset !== undefined && !isSameAddress(asset, wanted.asset)) {
    return { reason: 'PAYMENT_MISMATCH', message: 'It is of another asset.' };
  }
  // Not "at or before now": what is no time is no end.
  if (!(expiresAt.getTime() > now)) {
    return { reason: 'EXPIRED_PAYMENT', message: 'Its time is over.' };
  }
  return undefined;
}

function idOf(...facts: string[]): string {
  return facts.join(':').toLowerCase();
}

/** A date has an end that seconds have not. */
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
    // Other schemes have nothing of one payment in what version 1 says of them.
    scheme: z.literal('exact'),
    network: z.string().max(100),
    payload,
  }),
]);

const json = z.record(z.string(), z.json());

/** The agent's own notes of the payment that a task was begun with. */
const notesSchema = z.object({
  payment: paymentSchema,
  /** What was locked or taken for it, and by which offer. */
  locked: z
    .object({
      wanted: z.object({ requirements: requirementsSchema, decimals: z.int().min(0) }),
      begun: json,
    })
    .optional(),
});

export type X402Notes = z.output<typeof notesSchema>;
