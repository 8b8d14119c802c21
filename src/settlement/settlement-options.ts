import type { SettlementRail } from '../rails/rail';

/** What one agent is paid, when its card is not to be asked or does not say. */
export interface SettlementAgentOptions {
  /** The payee's account on the exchange. Default: from the agent card. */
  accountId?: string;
  /** Whole tokens a call. Default: the card's price, else the option of the same name. */
  tokensPerCall?: number;
  /** Minutes until an unsettled hold lapses. */
  ttlMinutes?: number;
  /** A label on the exchange's ledger, readable by others. Default: the skill asked for. */
  taskType?: string;
  /** The attestation the exchange must demand of the payee. */
  requiredAttestationLevel?: 'self_declared' | 'signed' | 'verifiable';
}

export interface SettlementOptions {
  /** Who moves the money. Default: the A2A Settlement Exchange, configured by the environment. */
  rail?: SettlementRail;
  /**
   * Settings by model id. Models of the `a2a` provider are settled whether or not they are listed;
   * any other model is settled only when listed.
   */
  agents?: Record<string, SettlementAgentOptions>;
  /** Whole tokens a call, where neither `agents` nor the card says. Default: `A2A_DEFAULT_TOKENS_PER_CALL`, else 10. */
  tokensPerCall?: number;
  /** Minutes until an unsettled hold lapses. Default: `A2A_DEFAULT_TTL_MINUTES`, else 60. */
  ttlMinutes?: number;
  /** Default: `A2A_SETTLEMENT_ENABLED`, else `true`. When `false`, calls go on unpaid and say so. */
  enabled?: boolean;
  /**
   * When nothing can be held: `proceed` lets the call go on unpaid, with a warning and an `unsettled`
   * event; `throw` throws before the agent sees anything. A card that requires payment always throws.
   * Default: `proceed`.
   */
  onHoldFailure?: 'proceed' | 'throw';
  /**
   * Milliseconds a result waits for its receipt. After that it says `pending` and the settlement goes
   * on by itself. Default: 2000.
   */
  receiptTimeoutMs?: number;
  /**
   * Keeps the runtime alive until a promise ends: Next.js `after`, Vercel's or Cloudflare's
   * `waitUntil`. When given, no result waits for its settlement.
   */
  waitUntil?: (promise: Promise<unknown>) => void;
}

/** What callers get after the default rail is in its place. */
export type ResolvedSettlementOptions = SettlementOptions & { rail: SettlementRail };
