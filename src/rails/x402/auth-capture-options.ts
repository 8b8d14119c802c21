import type { ReclaimPayment } from './escrow-reclaim';
import type { RelayLifecycle } from './escrow-relay';
import type { X402Account } from './x402-payer';

/**
 * Payments that are held by an escrow contract (`auth-capture`). Experimental: the scheme and its contracts'
 * addresses still change, so nothing is signed for an escrow that is not listed here. Requires viem, and a
 * `ledger`.
 *
 * The payer releases and refunds if the offer names the payer as `receiverAuthorizer`, and one of `operators`
 * as `captureAuthorizer`. Otherwise the seller does, and the outcome is read from the chain.
 */
export interface X402AuthCapture {
  /**
   * The address of the escrow contract (version 1.1 of base/commerce-payments, or one with the same interface).
   */
  escrow: string;
  /** The address of its collector of EIP-3009 payments, which the payer's signature transfers the tokens to. */
  collector: string;
  /**
   * Operator contracts that capture and void only with the signature of the `receiverAuthorizer`
   * (`operatorType: "policy"` without a policy). The payer relies on this: read their code. Default: none, and
   * offers that name the payer as `receiverAuthorizer` are refused.
   */
  operators?: readonly string[] | undefined;
  /**
   * Sends the payer's signed consent to the chain, and pays the gas: a facilitator's URL, whose `/settle` is
   * called, or a function. It can withhold the consent, but not change it. Default: none, and offers that name
   * the payer as `receiverAuthorizer` are refused. An address from an agent's response is never called.
   */
  relay?: string | RelayLifecycle | undefined;
  /** Signs the payer's consent if `client` is an `x402Client`. Default: `client`, if it is an account. */
  account?: X402Account | undefined;
  /**
   * Sends the transaction that reclaims a payment from the escrow after its capture deadline. Only the payer
   * can send it, and pays the gas. Called if the payment must be refunded then, and the relay has not done it.
   * Default: none, and such a payment stays unresolved.
   */
  reclaim?: ReclaimPayment | undefined;
  /** The longest time for which an offer may hold a payment, in seconds. Default: 604800, a week. */
  maxHoldSeconds?: number | undefined;
}
