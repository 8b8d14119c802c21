import * as z from 'zod/v4';
import { eip3009PayloadSchema, type X402Requirements } from '../../rails/x402/schemas';
import type { Authorization, Coin } from './coin';

/** The coin's EIP-712 domain and its address. */
export interface CoinPlace {
  network: string;
  chainId: number;
  address: string;
  name: string;
  version: string;
}

const paymentSchema = z.looseObject({
  x402Version: z.literal(2),
  accepted: z.looseObject({ scheme: z.string(), network: z.string() }),
  payload: z.looseObject({ signature: z.string().regex(/^0x[0-9a-fA-F]{130}$/) }),
});
const timesSchema = z.looseObject({ authorization: z.looseObject({ validAfter: z.string() }) });

type Verdict =
  | { isValid: true; payer: string; authorization: Authorization }
  | { isValid: false; invalidReason: string };

/** Verifies and settles payments of the scheme `exact` with one coin, as an x402 facilitator does. */
export function createFacilitator(coin: Coin, place: CoinPlace) {
  const judge = async (payment: unknown, asked: X402Requirements): Promise<Verdict> => {
    const refuse = (invalidReason: string) => ({ isValid: false as const, invalidReason });
    const parsed = paymentSchema.safeParse(payment);
    const signed = eip3009PayloadSchema.safeParse(parsed.data?.payload);
    const times = timesSchema.safeParse(parsed.data?.payload);
    if (!parsed.success || !signed.success || !times.success) return refuse('invalid_payload');
    const { accepted, payload } = parsed.data;
    if (accepted.scheme !== 'exact' || asked.scheme !== 'exact') return refuse('invalid_scheme');
    if (accepted.network !== place.network || asked.network !== place.network) {
      return refuse('invalid_network');
    }
    const { from, nonce, to, validBefore, value } = signed.data.authorization;
    const { validAfter } = times.data.authorization;
    const authorization = { from, to, value, validAfter, validBefore, nonce };
    if (to.toLowerCase() !== asked.payTo.toLowerCase()) {
      return refuse('invalid_exact_evm_payload_recipient_mismatch');
    }
    if (value !== asked.amount) {
      return refuse('invalid_exact_evm_payload_authorization_value_mismatch');
    }
    if (!(await isSigned(authorization, payload.signature, place))) {
      return refuse('invalid_exact_evm_payload_signature');
    }
    const problem = coin.problemOf(authorization);
    return problem === undefined ? { isValid: true, payer: from, authorization } : refuse(problem);
  };

  return {
    async verify(payment: unknown, asked: X402Requirements) {
      const { isValid, ...verdict } = await judge(payment, asked);
      return 'payer' in verdict ? { isValid, payer: verdict.payer } : { isValid, ...verdict };
    },

    async settle(payment: unknown, asked: X402Requirements) {
      const verdict = await judge(payment, asked);
      const transaction = verdict.isValid ? coin.transfer(verdict.authorization) : undefined;
      const { network } = place;
      if (verdict.isValid && transaction !== undefined) {
        return { success: true as const, transaction, network, payer: verdict.payer };
      }
      const errorReason = verdict.isValid ? 'invalid_transaction_state' : verdict.invalidReason;
      return { success: false as const, transaction: '', network, errorReason };
    },

    getSupported: () => ({
      kinds: [{ x402Version: 2, scheme: 'exact', network: place.network }],
      extensions: [],
      signers: {},
    }),
  };
}

export type Facilitator = ReturnType<typeof createFacilitator>;

/**
 * A signer has viem installed, so viem's own code recovers the signer.
 *
 * @throws Error without viem.
 */
async function isSigned(
  authorization: Authorization,
  signature: string,
  { address, chainId, name, version }: CoinPlace,
): Promise<boolean> {
  const { recoverTypedDataAddress } = await import('viem').catch(() => {
    throw new Error('To verify x402 payments the sandbox needs viem: npm install viem.');
  });
  const { from, nonce, to, validAfter, validBefore, value } = authorization;
  const signer = await recoverTypedDataAddress({
    domain: { name, version, chainId, verifyingContract: hexOf(address) },
    types: { TransferWithAuthorization },
    primaryType: 'TransferWithAuthorization',
    message: {
      from: hexOf(from),
      to: hexOf(to),
      value: BigInt(value),
      validAfter: BigInt(validAfter),
      validBefore: BigInt(validBefore),
      nonce: hexOf(nonce),
    },
    signature: hexOf(signature),
  }).catch(() => undefined);
  return signer?.toLowerCase() === from.toLowerCase();
}

function hexOf(text: string): `0x${string}` {
  return `0x${text.slice(2)}`;
}

const TransferWithAuthorization = [
  { name: 'from', type: 'address' },
  { name: 'to', type: 'address' },
  { name: 'value', type: 'uint256' },
  { name: 'validAfter', type: 'uint256' },
  { name: 'validBefore', type: 'uint256' },
  { name: 'nonce', type: 'bytes32' },
] as const;
