import * as z from 'zod/v4';
import { SettlementError } from '../rail';
import { word } from './abi-word';
import { address, bytes32 } from './schemas';

/** A payment in the escrow contract. All fields together identify it. */
export const paymentInfoSchema = z.object({
  /** The only address that can call the escrow for it. */
  operator: address,
  payer: address,
  receiver: address,
  token: address,
  /** In the smallest unit; the contract stores 120 bits. */
  maxAmount: z
    .string()
    .regex(/^\d{1,37}$/)
    .refine((text) => BigInt(text) < 2n ** 120n),
  /** The end of the time in which it can be collected. In seconds since 1970, as the next two. */
  preApprovalExpiry: z
    .int()
    .min(0)
    .max(2 ** 48),
  /** The end of the time in which it can be captured; from then on the payer can reclaim it. */
  authorizationExpiry: z
    .int()
    .min(0)
    .max(2 ** 48),
  refundExpiry: z
    .int()
    .min(0)
    .max(2 ** 48),
  minFeeBps: z.int().min(0).max(10_000),
  maxFeeBps: z.int().min(0).max(10_000),
  feeReceiver: address,
  salt: bytes32,
});

export type PaymentInfo = z.output<typeof paymentInfoSchema>;

export function chainIdOf(network: string): number {
  return Number(network.slice('eip155:'.length));
}

export const ZERO_ADDRESS = `0x${'0'.repeat(40)}`;

/** The payment as ABI arguments. They have a fixed size, so they are concatenated. */
export function encodePaymentInfo(info: PaymentInfo): string {
  return [
    word(info.operator),
    word(info.payer),
    word(info.receiver),
    word(info.token),
    word(BigInt(info.maxAmount)),
    word(info.preApprovalExpiry),
    word(info.authorizationExpiry),
    word(info.refundExpiry),
    word(info.minFeeBps),
    word(info.maxFeeBps),
    word(info.feeReceiver),
    word(info.salt),
  ].join('');
}

export interface PaymentHashes {
  /** The payment's hash in the escrow contract (`getHash`). */
  hash: string;
  /** The nonce of the payer's signature: the hash without the payer. */
  nonce: string;
}

/** @throws SettlementError `NOT_CONFIGURED` without viem. */
export async function hashPaymentInfo(
  info: PaymentInfo,
  { chainId, escrow }: { chainId: number; escrow: string },
): Promise<PaymentHashes> {
  const keccak256 = await loadKeccak256();
  const hashOf = (one: PaymentInfo) => {
    const inner = keccak256(`0x${PAYMENT_INFO_TYPEHASH}${encodePaymentInfo(one)}`);
    return keccak256(`0x${word(chainId)}${word(escrow)}${word(inner)}`);
  };
  return { hash: hashOf(info), nonce: hashOf({ ...info, payer: ZERO_ADDRESS }) };
}

/** The salt that commits the payer's signature to the authorizer of captures, besides the payment. */
export async function bindSalt(
  { policy, receiverAuthorizer }: { policy: string; receiverAuthorizer: string },
  saltNonce: string,
): Promise<string> {
  const keccak256 = await loadKeccak256();
  return keccak256(
    `0x${SALT_BINDING_TYPEHASH}${word(receiverAuthorizer)}${word(policy)}${word(saltNonce)}`,
  );
}

/** `PaymentInfo(address operator,address payer,address receiver,address token,uint120 maxAmount,…)` */
const PAYMENT_INFO_TYPEHASH = 'ae68ac7ce30c86ece8196b61a7c486d8f0061f575037fbd34e7fe4e2820c6591';
/** `x402AuthCaptureSaltBinding(address receiverAuthorizer,address policy,uint256 saltNonce)` */
const SALT_BINDING_TYPEHASH = '8a2a7e41a0bda000ded071ff38b79401d2603e1826516ff2635b11fe9e30877f';

async function loadKeccak256(): Promise<(hex: `0x${string}`) => string> {
  try {
    const { keccak256 } = await import('viem/utils');
    return (hex) => keccak256(hex);
  } catch {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message: '`auth-capture` of x402 requires viem: npm install viem. Nothing was signed.',
      isDispatched: false,
    });
  }
}
