import type { X402Asset } from './assets';
import type { X402AuthCapture } from './auth-capture-options';
import type { CancelAuthorization } from './cancel-authorization';
import type { X402Ledger } from './ledger';
import type { X402Account, X402Client } from './x402-payer';

export interface X402Options {
  /**
   * Signs the payments: an `x402Client` of `@x402/core` with your registered schemes and networks, or a viem
   * account, for which `@x402/core` and `@x402/evm` are loaded.
   */
  client: X402Client | X402Account;
  /**
   * Reads the chain: a JSON-RPC URL or a viem public client, or one of them by network (`{ 'eip155:8453': …
   * }`). Payment outcomes are then verified on the chain (`confirmedBy: 'ledger'`), and nothing is signed on
   * an EVM chain that it does not read. Default: none; outcomes are as reported by the agent (`confirmedBy:
   * 'agent'`).
   */
  ledger?: X402Ledger | Readonly<Record<`${string}:${string}`, X402Ledger>> | undefined;
  /**
   * Assets in addition to the known stablecoins (those of `@x402/evm`), with their currency code and
   * decimals.
   */
  assets?: readonly X402Asset[] | undefined;
  /**
   * The allowed schemes, in order of preference. Default: `['exact', 'upto']`, preceded by `'auth-capture'`
   * if `authCapture` is given.
   */
  schemes?: readonly string[] | undefined;
  /** The allowed networks, as CAIP-2 ids. Default: all networks of the known assets. */
  networks?: readonly string[] | undefined;
  /** The maximum validity of a signature, in seconds. Default: 86400. */
  maxValidSeconds?: number | undefined;
  /**
   * Voids a signed payment on the chain if it must be refunded and was not captured, instead of waiting for
   * its expiry. Requires a `ledger`, and a token with EIP-3009. The sender pays the gas. Default: none.
   */
  cancel?: CancelAuthorization | undefined;
  /**
   * Payments that an escrow holds until the payer releases or refunds them. Experimental. Default: none;
   * nothing is signed for an escrow.
   */
  authCapture?: X402AuthCapture | undefined;
  /**
   * Used for the JSON-RPC of a `ledger` that is a URL, and for an `authCapture.relay`. Default: the global
   * `fetch`.
   */
  fetch?: typeof globalThis.fetch | undefined;
  /**
   * The timeout in milliseconds of one request to a `ledger` (default: 15000), and of a relay, `cancel` and
   * `reclaim` (default: 75000).
   */
  timeoutMs?: number | undefined;
}
