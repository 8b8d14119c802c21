import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { toNetworkName, X402_EXTENSION_URIS } from '../../rails/x402/schemas';
import type { PaidRequest } from './accepted-payment';

/** Whether a client supports only version 1 of x402, as of a2a-x402 v0.1. */
export function speaksV1(request: PaidRequest): boolean {
  const [v2, v1] = X402_EXTENSION_URIS;
  const named = namedExtensions(request);
  return named.has(v1) && !named.has(v2);
}

/** The extensions that a client names. The SDK's list also contains those implied by a payment header. */
export function namedExtensions({ headers }: PaidRequest): Set<string> {
  const named = extensionHeaders.flatMap((name) => (headers[name] ?? '').split(','));
  return new Set(named.map((uri) => uri.trim()));
}

/** The offers in the format of version 1. Undefined if no offer can be expressed in it. */
export function toV1Required(
  offers: readonly JSONObject[],
  { error, url }: { error: string; url: string | undefined },
): JSONObject | undefined {
  const terms = { description: error, resource: url ?? unknownResource };
  // Readers of version 1 refuse a list with entries of another version.
  const accepts = offers.map((offer) => toV1Offer(offer, terms)).filter((one) => one !== undefined);
  return accepts.length === 0 ? undefined : { x402Version: 1, error, accepts };
}

/** Version 1 requires a resource, and only `createAgentHandler` knows the agent's URL. */
const unknownResource = 'urn:a2a:agent';

/**
 * An offer in the format of version 1. Undefined if it cannot be expressed: schemes other than `exact`,
 * networks without a version 1 name, and Nevermined's offers.
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
