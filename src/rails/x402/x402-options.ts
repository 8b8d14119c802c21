import type { X402Asset } from './assets';
import type { X402AuthCapture } from './auth-capture-options';
import type { CancelAuthorization } from './cancel-authorization';
import type { X402Ledger } from './ledger';
import type { X402Account, X402Client } from './x402-payer';

export interface X402Options {
  /**
   * Signs the payments: an `x402Client` of `@x402/core` with the schemes and networks you registered, or
   * an account of viem, for which `@x402/core` and `@x402/evm` are loaded.
   */
  client: X402Client | X402Account;
  /**
   * Where the chain is read: a JSON-RPC URL or a public client of viem, or one of them by network
   * (`{ 'eip155:8453': … }`). What became of a payment is then the chain's word (`confirmedBy: 'ledger'`),
   * and nothing is signed on an EVM chain that it does not read.
   * Default: none, and it is the agent's (`confirmedBy: 'agent'`).
   */
  ledger?: X402Ledger | Readonly<Record<`${string}:${string}`, X402Ledger>> | undefined;
  /** Assets besides the stablecoins that are known (those of `@x402/evm`): what they are, and count. */
  assets?: readonly X402Asset[] | undefined;
  /**
   * Which schemes may be used, the preferred first. Default: `['exact', 'upto']`, with `authCapture`
   * `'auth-capture'` before them.
   */
  schemes?: readonly string[] | undefined;
  /** Which networks may be used, in CAIP-2. Default: all that one of the assets is on. */
  networks?: readonly string[] | undefined;
  /** The longest time for which a signature may be good. Default: 86400 seconds. */
  maxValidSeconds?: number | undefined;
  /**
   * Voids a signed payment on the chain when it is to come back and was not taken, instead of waiting
   * until it is worth nothing. Only with a `ledger`, and for tokens of EIP-3009. It costs whoever sends
   * it some gas. Default: none.
   */
  cancel?: CancelAuthorization | undefined;
  /**
   * Payments that an escrow holds until the payer releases or refunds them. Experimental. Default: none, and
   * nothing is signed for an escrow.
   */
  authCapture?: X402AuthCapture | undefined;
  /** Reaches the JSON-RPC of a `ledger` that is a URL, and an `authCapture.relay`. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** Milliseconds, for one request to a `ledger` (default: 15000), and for a relay, `cancel` and `reclaim` (default: 75000). */
  timeoutMs?: number | undefined;
}
