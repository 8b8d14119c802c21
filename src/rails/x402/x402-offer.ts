import type { JSONObject } from '@ai-sdk/provider';
import { convertBase64ToUint8Array } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import { SettlementError } from '../rail';
import type { EscrowTerms } from './escrow-terms';
import { findAsset, type X402Asset } from './assets';
import { notRead } from './ledgers';
import { toNetwork } from './networks';
import {
  address,
  paymentRequiredSchema,
  readRequirements,
  X402_METADATA,
  type X402Requirements,
} from './schemas';

/** The selected offer of an agent. */
export interface X402Offer {
  version: 1 | 2;
  /** How the agent asked, which is how it expects the payment. */
  via: 'message' | 'http';
  /** CAIP-2, whatever the version. */
  network: string;
  requirements: X402Requirements;
  currency: X402Asset;
  /** For `auth-capture`. */
  escrow?: EscrowTerms | undefined;
  /** The request to the payer's client: the agent's own request, with this offer only. */
  required: JSONObject;
}

export interface OfferChoice {
  /** The allowed schemes. */
  schemes: readonly string[];
  /** Undefined: every network that the asset is known on. */
  networks: readonly string[] | undefined;
  assets: readonly X402Asset[];
  /** Whether a network has a ledger. Undefined: not known. Networks with a ledger are preferred. */
  reads: (network: string) => boolean | undefined;
  /** The maximum validity of a signature in seconds. */
  maxValidSeconds: number;
  /** The escrow terms of an `auth-capture` offer, or the reason why it must not be signed. */
  readEscrow: (requirements: X402Requirements, version: 1 | 2) => EscrowTerms | SettlementError;
}

/**
 * The first payable offer of an answer: in a currency with a limit, preferably on networks with a ledger, in
 * the order of `schemes`, then in the agent's. Undefined if it asks for nothing, or only for payments of other
 * systems, such as Nevermined's `nvm:*` offers.
 *
 * @throws SettlementError `NOT_CONFIGURED`, `LIMIT_EXCEEDED` or `VALIDATION` if no offer is payable because of
 * a scheme or a network that is not allowed, an unknown asset or escrow, a network without a ledger, its
 * duration, or invalid data.
 */
export function chooseOffer(
  answer: { state?: unknown; metadata?: unknown; headers?: Record<string, string> | undefined },
  choice: OfferChoice,
  hasLimit: (code: string) => boolean = () => true,
): X402Offer | undefined {
  const asked = readMessage(answer) ?? readHeader(answer.headers);
  if (asked === undefined) return undefined;
  const { via, required } = asked;
  const { x402Version: version, accepts } = required;
  let problem: SettlementError | undefined;
  const found: X402Offer[] = [];
  for (const offered of accepts) {
    const requirements = readRequirements(offered, version);
    if (requirements === undefined) {
      if (!isForeign(offered)) problem ??= unreadable('an offer that cannot be read');
      continue;
    }
    const network = toNetwork(requirements.network);
    if (!choice.schemes.includes(requirements.scheme)) {
      problem ??= notAllowed('schemes', requirements.scheme, choice.schemes);
      continue;
    }
    if (choice.networks !== undefined && !choice.networks.includes(network)) {
      problem ??= notAllowed('networks', network, choice.networks);
      continue;
    }
    if (!isPayee(requirements.payTo, network)) {
      problem ??= unreadable(`an offer whose payee is not an address of ${shown(network)}`);
      continue;
    }
    const currency = findAsset({ asset: requirements.asset, network }, choice.assets);
    if (currency === undefined) {
      problem ??= unknownAsset(requirements.asset, network);
      continue;
    }
    if (choice.reads(network) === false) {
      problem ??= notRead(network);
      continue;
    }
    if (requirements.maxTimeoutSeconds > choice.maxValidSeconds) {
      problem ??= tooLong(requirements.maxTimeoutSeconds, choice.maxValidSeconds);
      continue;
    }
    const escrow =
      requirements.scheme === 'auth-capture' ? choice.readEscrow(requirements, version) : undefined;
    if (SettlementError.isInstance(escrow)) {
      problem ??= escrow;
      continue;
    }
    const alone = { ...required, accepts: [offered] };
    found.push({ version, via, network, requirements, currency, escrow, required: alone });
  }
  const rank = ({ currency, escrow, network, requirements }: X402Offer) =>
    choice.schemes.indexOf(requirements.scheme) +
    // Among escrows, those that the payer can release are preferred.
    (escrow?.isPayers === false ? 0.5 : 0) +
    (choice.reads(network) === true ? 0 : choice.schemes.length) +
    (hasLimit(currency.code) ? 0 : 2 * choice.schemes.length);
  const [best] = found.toSorted((one, other) => rank(one) - rank(other));
  if (best !== undefined) return best;
  // Another rail may be able to pay the rest.
  if (problem !== undefined && !accepts.some(isForeign)) throw problem;
  return undefined;
}

/** Reads the stored offer of a challenge. */
export function readOffer(kept: JSONObject, choice: OfferChoice): X402Offer | undefined {
  const parsed = keptSchema.safeParse(kept);
  if (!parsed.success) return undefined;
  const { via, required } = parsed.data;
  return via === 'http'
    ? chooseOffer({ headers: { [REQUIRED_HEADER]: encode(required) } }, choice)
    : chooseOffer({ metadata: { [X402_METADATA.required]: required } }, choice);
}

const REQUIRED_HEADER = 'payment-required';

const keptSchema = z.object({
  via: z.enum(['message', 'http']),
  required: z.record(z.string(), z.json()),
});

const messageSchema = z.looseObject({
  [X402_METADATA.status]: z.literal('payment-required').optional(),
  [X402_METADATA.required]: z.unknown(),
});

/** A task that is over can no longer be paid. */
const overSchema = z.enum(['completed', 'failed', 'rejected', 'canceled']);

function readMessage({ state, metadata }: { state?: unknown; metadata?: unknown }) {
  if (overSchema.safeParse(state).success) return undefined;
  const parsed = messageSchema.safeParse(metadata);
  const required = read(parsed.data?.[X402_METADATA.required]);
  return required && { via: 'message' as const, required };
}

function readHeader(headers: Record<string, string> | undefined) {
  const required = read(decode(headers?.[REQUIRED_HEADER] ?? ''));
  return required && { via: 'http' as const, required };
}

/** Undefined fields, which a server in the same process may leave, do not exist in JSON. */
function read(required: unknown) {
  try {
    return paymentRequiredSchema.safeParse(JSON.parse(JSON.stringify(required))).data;
  } catch {
    return undefined;
  }
}

/** Nevermined's offers are in the same list. */
function isForeign(offer: Record<string, unknown>): boolean {
  return typeof offer['scheme'] === 'string' && offer['scheme'].startsWith('nvm:');
}

/** The payee is shown, logged and compared with `allow`. */
function isPayee(payTo: string, network: string): boolean {
  return network.startsWith('eip155:')
    ? address.safeParse(payTo).success
    : /^[!-~]{1,200}$/.test(payTo);
}

/** Decodes JSON in base64, as in x402 headers. Undefined for an invalid value. */
export function decode(text: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(convertBase64ToUint8Array(text)));
  } catch {
    return undefined;
  }
}

export function encode(value: unknown): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function unknownAsset(asset: string, network: string): SettlementError {
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `The agent asks for the asset ${shown(asset)} on ${shown(network)}, whose value is not known. To pay with it, add it: x402({ assets: [{ network: '${shown(network)}', asset: '${shown(asset)}', code: '…', decimals: … }] }).`,
    isDispatched: false,
  });
}

function unreadable(what: string): SettlementError {
  return new SettlementError({
    code: 'VALIDATION',
    message: `The agent asks for an x402 payment with ${what}. Nothing was signed.`,
    isDispatched: false,
  });
}

function notAllowed(
  option: 'networks' | 'schemes',
  asked: string,
  allowed: readonly string[],
): SettlementError {
  return new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `The agent asks for a payment by '${shown(asked)}', but \`${option}\` of \`x402\` allows ${allowed.map((one) => `'${one}'`).join(', ') || 'none'}. To pay this way, add it there. Nothing was signed.`,
    isDispatched: false,
  });
}

function tooLong(asked: number, most: number): SettlementError {
  return new SettlementError({
    code: 'LIMIT_EXCEEDED',
    message: `The agent asks for a signature that is valid for ${asked} seconds, but \`maxValidSeconds\` is ${most}.`,
    isDispatched: false,
  });
}

/** An agent's text, reduced to the characters of an address. */
function shown(text: string): string {
  return text.replaceAll(/[^\w:.-]/g, '?').slice(0, 100);
}
