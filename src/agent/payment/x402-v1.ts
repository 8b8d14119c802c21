import type { JSONObject } from '@ai-sdk/provider';
import { z } from 'zod/v4';
import { toNetworkName, X402_EXTENSION_URIS } from '../../rails/x402/schemas';
import type { PaidRequest } from './accepted-payment';

/** Whether a caller understands version 1 of x402 only, as a2a-x402 v0.1 has it. */
export function speaksV1(request: PaidRequest): boolean {
  const [v2, v1] = X402_EXTENSION_URIS;
  const named = namedExtensions(request);
  return named.has(v1) && !named.has(v2);
}

/** What a caller says that it knows. The SDK is told of more: who pays in a header need not say it. */
export function namedExtensions({ headers }: PaidRequest): Set<string> {
  const named = extensionHeaders.flatMap((name) => (headers[name] ?? '').split(','));
  return new Set(named.map((uri) => uri.trim()));
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
