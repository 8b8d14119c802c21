import type { JSONObject } from '@ai-sdk/provider';
import { z } from 'zod/v4';
import { toNetworkName, X402_EXTENSION_URIS, X402_PAYMENT_HEADERS } from '../../rails/x402/schemas';
import type { PaidRequest } from './accepted-payment';

/** Whether a caller understands version 1 of x402 only, as a2a-x402 v0.1 has it. */
export function speaksV1({ headers, message }: PaidRequest): boolean {
  const [v2, v1] = X402_EXTENSION_URIS;
  const named = new Set([
    ...message.extensions,
    ...extensionHeaders
      .flatMap((name) => (headers[name] ?? '').split(','))
      .map((uri) => uri.trim()),
  ]);
  return (
    !named.has(v2) &&
    headers[X402_PAYMENT_HEADERS[2]] === undefined &&
    (named.has(v1) || headers[X402_PAYMENT_HEADERS[1]] !== undefined)
  );
}

/**
 * An offer in the words of version 1. Undefined for what it has no words for: schemes but `exact`, networks
 * that it does not name, Nevermined's offers.
 */
export function toV1Offer(
  offer: JSONObject,
  { description, resource }: { description: string; resource: string },
): JSONObject | undefined {
  const known = offerSchema.safeParse(offer).data;
  const network = known && toNetworkName(known.network);
  if (known === undefined || network === undefined) return undefined;
  const { amount, asset, extra, maxTimeoutSeconds, payTo, scheme } = known;
  return {
    scheme,
    network,
    maxAmountRequired: amount,
    resource,
    description,
    mimeType: 'application/json',
    payTo,
    maxTimeoutSeconds,
    asset,
    extra,
  };
}

const extensionHeaders = ['a2a-extensions', 'x-a2a-extensions'];

const offerSchema = z.object({
  scheme: z.literal('exact'),
  network: z.string(),
  amount: z.string(),
  asset: z.string(),
  payTo: z.string(),
  maxTimeoutSeconds: z.number(),
  extra: z.record(z.string(), z.json()),
});
