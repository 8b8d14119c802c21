import type { JSONObject } from '@ai-sdk/provider';
import { convertBase64ToUint8Array } from '@ai-sdk/provider-utils';
import { z } from 'zod/v4';
import {
  eip3009PayloadSchema,
  permit2PayloadSchema,
  X402_METADATA,
  X402_PAYMENT_HEADERS,
} from '../../rails/x402/schemas';
import type { PaidRequest, PaymentClaim } from './accepted-payment';
import type { X402Payment } from './x402-resource-server';

/** The payment of a request: in its message, or in its headers. */
export function readPayment({ headers, message }: PaidRequest): X402Payment | undefined {
  const inBand: unknown = message.metadata?.[X402_METADATA.payload];
  return paymentSchema.safeParse(inBand ?? fromHeader(headers[X402_PAYMENT_HEADERS[2]])).data;
}

/** A payment that was kept. */
export function recallPayment(kept: JSONObject): X402Payment | undefined {
  return paymentSchema.safeParse(kept).data;
}

/**
 * What makes a payment one and the same, however it is written: its payer's nonce. Undefined for what has
 * none: it could pay again and again.
 */
export function onceOf({
  accepted,
  payload,
}: X402Payment): Pick<PaymentClaim, 'expiresAt' | 'id'> | undefined {
  const { network } = accepted;
  const transfer = eip3009PayloadSchema.safeParse(payload).data?.authorization;
  if (transfer !== undefined) {
    const { from, nonce, validBefore } = transfer;
    return { id: idOf(network, from, nonce), expiresAt: secondsToDate(validBefore) };
  }
  const permit = permit2PayloadSchema.safeParse(payload).data?.permit2Authorization;
  if (permit === undefined) return undefined;
  const { deadline, from, nonce } = permit;
  return { id: idOf(network, from, BigInt(nonce).toString()), expiresAt: secondsToDate(deadline) };
}

function idOf(...facts: string[]): string {
  return facts.join(':').toLowerCase();
}

function secondsToDate(seconds: string): Date {
  return new Date(Number(seconds) * 1000);
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

const paymentSchema = z.looseObject({
  x402Version: z.literal(2),
  accepted: z.looseObject({
    scheme: z.string(),
    network: z.templateLiteral([z.string(), ':', z.string()]),
    asset: z.string(),
    amount: z.string(),
    payTo: z.string(),
    maxTimeoutSeconds: z.number(),
    extra: z.record(z.string(), z.unknown()),
  }),
  payload: z.record(z.string(), z.unknown()),
});
