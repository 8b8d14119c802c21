import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { toHex } from '../../internal/to-hex';
import { SettlementError } from '../rail';
import type { EscrowNotes } from './escrow-notes';
import type { EscrowTerms } from './escrow-terms';
import {
  bindSalt,
  chainIdOf,
  hashPaymentInfo,
  type PaymentInfo,
  ZERO_ADDRESS,
} from './payment-info';
import { bytes32, eip3009PayloadSchema, isSameAddress } from './schemas';
import type { X402Offer } from './x402-offer';
import type { X402AuthCapture } from './auth-capture-options';
import type { TypedDataSigner } from './x402-payer';

/** Signs a payment to the escrow's collector, for the configured escrow. */
export async function signEscrowPayment(
  { network, required, requirements }: X402Offer,
  terms: EscrowTerms,
  {
    account,
    authCapture,
    now,
  }: { account: TypedDataSigner; authCapture: X402AuthCapture; now: number },
): Promise<JSONObject> {
  const saltNonce = randomBytes32();
  const isBound = terms.receiverAuthorizer !== ZERO_ADDRESS;
  const salt = isBound ? await bindSalt({ ...terms, policy: ZERO_ADDRESS }, saltNonce) : saltNonce;
  const preApprovalExpiry = Math.floor(now / 1000) + requirements.maxTimeoutSeconds;
  const payer = account.address;
  const info = infoOf({ requirements, terms, payer, preApprovalExpiry, salt });
  const chainId = chainIdOf(network);
  const { nonce } = await hashPaymentInfo(info, { chainId, escrow: authCapture.escrow });
  const authorization = {
    from: account.address,
    to: authCapture.collector,
    value: requirements.amount,
    validAfter: '0',
    validBefore: String(preApprovalExpiry),
    nonce,
  };
  const signature = await account.signTypedData({
    domain: { ...terms.domain, chainId, verifyingContract: requirements.asset },
    types: { ReceiveWithAuthorization: RECEIVE_WITH_AUTHORIZATION },
    primaryType: 'ReceiveWithAuthorization',
    message: {
      ...authorization,
      value: BigInt(requirements.amount),
      validAfter: 0n,
      validBefore: BigInt(preApprovalExpiry),
    },
  });
  const { accepts, extensions, resource } = requiredSchema.parse(required);
  const payload = { authorization, signature, salt, ...(isBound && { saltNonce }) };
  return {
    x402Version: 2,
    ...(resource !== undefined && { resource }),
    ...(extensions !== undefined && { extensions }),
    accepted: accepts[0],
    payload,
  };
}

/**
 * Recomputes the signed data from the offer alone, and compares: the nonce is the hash of all of it, including
 * the payee, the deadlines and the authorizer.
 *
 * @throws SettlementError `VALIDATION`; nothing was sent.
 */
export async function readEscrowPayment(
  payment: JSONObject,
  { network, requirements }: X402Offer,
  terms: EscrowTerms,
  { authCapture, payer }: { authCapture: X402AuthCapture; payer: string },
): Promise<EscrowNotes> {
  const parsed = payloadSchema.safeParse(payment['payload']).data;
  if (parsed === undefined) throw refuse('its format is not known');
  const { authorization, salt, saltNonce } = parsed;
  const { from, nonce, to, validBefore, value } = authorization;
  if (!isSameAddress(from, payer)) throw refuse('another payer');
  if (!isSameAddress(to, authCapture.collector)) throw refuse('another collector');
  if (value !== requirements.amount) throw refuse('another amount');
  const preApprovalExpiry = Number(validBefore);
  if (preApprovalExpiry > terms.captureDeadline) throw refuse('it can be collected for too long');
  if (terms.receiverAuthorizer !== ZERO_ADDRESS) {
    const bound = saltNonce && (await bindSalt({ ...terms, policy: ZERO_ADDRESS }, saltNonce));
    if (bound !== salt) throw refuse('another authorizer');
  }
  const info = infoOf({ requirements, terms, payer, preApprovalExpiry, salt });
  const escrow = authCapture.escrow;
  const hashes = await hashPaymentInfo(info, { chainId: chainIdOf(network), escrow });
  if (hashes.nonce !== nonce) throw refuse('another payee, escrow or deadline');
  const { maxTimeoutSeconds } = requirements;
  const { operatorType } = terms;
  return {
    address: escrow,
    hash: hashes.hash,
    info,
    ...(terms.isPayers &&
      saltNonce !== undefined && {
        consent: {
          saltNonce,
          maxTimeoutSeconds,
          ...(operatorType !== undefined && { operatorType }),
        },
      }),
  };
}

const RECEIVE_WITH_AUTHORIZATION = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
];

const payloadSchema = eip3009PayloadSchema.extend({ salt: bytes32, saltNonce: bytes32.optional() });

const requiredSchema = z.looseObject({
  accepts: z.tuple([z.record(z.string(), z.json())]),
  resource: z.json().optional(),
  extensions: z.json().optional(),
});

function infoOf({
  payer,
  preApprovalExpiry,
  requirements,
  salt,
  terms,
}: {
  payer: string;
  preApprovalExpiry: number;
  requirements: X402Offer['requirements'];
  salt: string;
  terms: EscrowTerms;
}): PaymentInfo {
  return {
    operator: terms.operator,
    payer,
    receiver: requirements.payTo,
    token: requirements.asset,
    maxAmount: requirements.amount,
    preApprovalExpiry,
    authorizationExpiry: terms.captureDeadline,
    refundExpiry: terms.refundDeadline,
    minFeeBps: terms.minFeeBps,
    maxFeeBps: terms.maxFeeBps,
    feeReceiver: terms.feeRecipient,
    salt,
  };
}

function randomBytes32(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return `0x${toHex(bytes)}`;
}

function refuse(what: string): SettlementError {
  return new SettlementError({
    code: 'VALIDATION',
    message: `The payment signed for the escrow does not match the offer: ${what}. Nothing was sent.`,
    isDispatched: false,
  });
}
