import type { PaymentState } from './payment-state';

type Hex = `0x${string}`;

/** The data that voids a signed payment (EIP-3009, `cancelAuthorization`). */
export interface AuthorizationToCancel {
  /** CAIP-2. */
  network: string;
  /** The token's contract. */
  asset: Hex;
  /** The signer of the payment. */
  authorizer: Hex;
  nonce: Hex;
  /**
   * To be signed by the authorizer: `cancelAuthorization(authorizer, nonce, signature)` takes the signature.
   */
  typedData: {
    domain: { name: string; version: string; chainId: number; verifyingContract: Hex };
    types: {
      CancelAuthorization: [
        { name: 'authorizer'; type: 'address' },
        { name: 'nonce'; type: 'bytes32' },
      ];
    };
    primaryType: 'CancelAuthorization';
    message: { authorizer: Hex; nonce: Hex };
  };
}

/** Sends the cancellation, and resolves when it is on the chain. The result is verified on the chain. */
export type CancelAuthorization = (
  authorization: AuthorizationToCancel,
  options: { abortSignal?: AbortSignal | undefined },
) => Promise<unknown>;

/** Undefined for payments that cannot be canceled in this way. */
export function authorizationToCancel(state: PaymentState): AuthorizationToCancel | undefined {
  const { domain, from, method, network } = state;
  if (method !== 'eip3009' || from === undefined || domain === undefined) return undefined;
  const asset = toHex(state.asset);
  const message = { authorizer: toHex(from), nonce: toHex(state.nonce) };
  const chainId = Number(network.slice('eip155:'.length));
  return {
    network,
    asset,
    ...message,
    typedData: {
      domain: { ...domain, chainId, verifyingContract: asset },
      types: {
        CancelAuthorization: [
          { name: 'authorizer', type: 'address' },
          { name: 'nonce', type: 'bytes32' },
        ],
      },
      primaryType: 'CancelAuthorization',
      message,
    },
  };
}

/** The stored notes of a payment were validated as hex when they were read. */
function toHex(text: string): Hex {
  return `0x${text.slice(2)}`;
}
