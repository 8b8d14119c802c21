import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
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

/** What is asked for, in the words of version 1. Undefined where none of the offers has such words. */
export function toV1Required(
  offers: readonly JSONObject[],
  { error, url }: { error: string; url: string | undefined },
): JSONObject | undefined {
  const terms = { description: error, resource: url ?? unknownResource };
  // Its readers refuse a list in which anything is not of version 1.
  const accepts = offers.map((offer) => toV1Offer(offer, terms)).filter((one) => one !== undefined);
  return accepts.length === 0 ? undefined : { x402Version: 1, error, accepts };
}

/** Version 1 has to name one, and only `createAgentHandler` knows where the agent is. */
const unknownResource = 'urn:a2a:agent';

/**
 * An offer in the words of version 1. Undefined for what it has no words for: schemes but `exact`, networks
 * that it does not name, Nevermined's offers.
 */
function toV1Offer(
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
