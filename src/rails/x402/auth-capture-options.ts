import type { ReclaimPayment } from './escrow-reclaim';
import type { RelayLifecycle } from './escrow-relay';
import type { X402Account } from './x402-payer';

/**
 * Payments that an escrow contract holds (`auth-capture`). Experimental: the scheme and its contracts'
 * addresses still change, so nothing is signed for an escrow that is not named here. Takes viem, and a
 * `ledger`.
 *
 * The payer releases and refunds where the offer names him as `receiverAuthorizer`, and one of `operators`
 * as `captureAuthorizer`. Else the seller does, and the chain shows it.
 */
export interface X402AuthCapture {
  /** The escrow's contract (version 1.1 of base/commerce-payments, or one of the same interface). */
  escrow: string;
  /** Its collector of EIP-3009 payments: to whom the payer's signature gives the tokens. */
  collector: string;
  /**
   * Contracts that capture and void nothing without the signature of the `receiverAuthorizer`
   * (`operatorType: "policy"` without a policy). That they do is what the payer relies on: read their code.
   * Default: none, and offers that name the payer as `receiverAuthorizer` are refused.
   */
  operators?: readonly string[] | undefined;
  /**
   * Who brings the payer's word on the chain, and pays the gas: a facilitator's URL, whose `/settle` is
   * called, or a function. It can withhold the word, and not change it. Default: none, and offers that name
   * the payer as `receiverAuthorizer` are refused. An address from an agent's answer is never called.
   */
  relay?: string | RelayLifecycle | undefined;
  /** Signs the payer's word where `client` is an `x402Client`. Default: `client`, where it is an account. */
  account?: X402Account | undefined;
  /**
   * Sends the transaction that takes a payment back from the escrow after its capture deadline. Only the
   * payer may send it, and pays the gas. Called when the money is to come back then, and the relay does not
   * bring it. Default: none, and such a payment stays unresolved.
   */
  reclaim?: ReclaimPayment | undefined;
  /** The longest time for which an offer may hold a payment. Default: 604800 seconds, a week. */
  maxHoldSeconds?: number | undefined;
}
