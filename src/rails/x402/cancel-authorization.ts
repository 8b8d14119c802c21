import type { PaymentState } from './payment-state';

type Hex = `0x${string}`;

/** What makes a signed payment void (EIP-3009, `cancelAuthorization`). */
export interface AuthorizationToCancel {
  /** CAIP-2. */
  network: string;
  /** The token's contract. */
  asset: Hex;
  /** Who signed the payment. */
  authorizer: Hex;
  nonce: Hex;
  /** For the authorizer to sign: `cancelAuthorization(authorizer, nonce, signature)` takes the signature. */
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

/** Sends the cancellation, and ends when it is on the chain. That it is, is looked up. */
export type CancelAuthorization = (
  authorization: AuthorizationToCancel,
  options: { abortSignal?: AbortSignal | undefined },
) => Promise<unknown>;

/** Undefined for what cannot be canceled so. */
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

/** What stands for it in the notes of a payment was read as one. */
function toHex(text: string): Hex {
  return `0x${text.slice(2)}`;
}
