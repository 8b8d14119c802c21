export interface ExchangeRailOptions {
  /** Default: `A2A_EXCHANGE_URL`, else `https://sandbox.a2a-settlement.org`. */
  exchangeUrl?: string | undefined;
  /** The payer's key. Default: `A2A_PAYER_API_KEY`, else `A2A_API_KEY`. */
  apiKey?: string | undefined;
  /** Reaches every request. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** For one request. Default: 15000. */
  timeoutMs?: number | undefined;
  /** Signs requests, for exchanges that demand it. Default: `false`. */
  signRequests?: boolean | undefined;
}
