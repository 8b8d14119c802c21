import type { PaymentState } from './payment-state';

/** What makes a signed payment void (EIP-3009, `cancelAuthorization`). */
export interface AuthorizationToCancel {
  /** CAIP-2. */
  network: string;
  /** The token's contract. */
  asset: string;
  /** Who signed the payment. */
  authorizer: string;
  nonce: string;
  /** For the authorizer to sign: `cancelAuthorization(authorizer, nonce, signature)` takes the signature. */
  typedData: {
    domain: { name: string; version: string; chainId: number; verifyingContract: string };
    types: { CancelAuthorization: { name: string; type: string }[] };
    primaryType: 'CancelAuthorization';
    message: { authorizer: string; nonce: string };
  };
}

/** Sends the cancellation, and ends when it is on the chain. That it is, is looked up. */
export type CancelAuthorization = (
  authorization: AuthorizationToCancel,
  options: { abortSignal?: AbortSignal | undefined },
) => Promise<unknown>;

/** Undefined for what cannot be canceled so. */
export function authorizationToCancel(state: PaymentState): AuthorizationToCancel | undefined {
  const { asset, domain, from, method, network, nonce } = state;
  if (method !== 'eip3009' || from === undefined || domain === undefined) return undefined;
  const message = { authorizer: from, nonce };
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
