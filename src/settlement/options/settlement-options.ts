import type { SettlementRail } from '../../rails/rail';
import type { WaitUntil } from '../../internal/keep-alive';
import type { JournalStorage } from '../state/journal-storage';
import type { ReceiptStore } from '../state/settlement-record';
import type { ApprovalOptions } from '../plan/assert-allowed';
import type { SpendingLimitOptions } from '../plan/currency-limits';
import type { PriceOptions } from '../plan/price';
import type { AgentFinder } from '../outcome/query-task';
import type { OnAbort } from '../outcome/decide-abort';
import type { DeliveryOptions } from '../outcome/judge-delivery';

/** What one agent is paid, when its card is not to be asked or does not say. */
export interface SettlementAgentOptions extends DeliveryOptions, PriceOptions {
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

/** Prices, `verify`, `meter` and `dispute` stand for agents that have none of their own in `agents`. */
export interface SettlementOptions extends ApprovalOptions, DeliveryOptions, PriceOptions {
  /** Who moves the money. Default: the A2A Settlement Exchange, configured by the environment. */
  rail?: SettlementRail;
  /**
   * Who move the money, where there are several: instead of `rail`. An agent is paid on the first of them,
   * in this order, that its card speaks of, that is configured, and that has a limit in its currency. An
   * agent that asks for its payment in its answer is paid on the first that can pay what it asks.
   */
  rails?: SettlementRail[];
  /**
   * The payer's key at the exchange, for the default rail: together with `rail` it is an error.
   * Default: `A2A_PAYER_API_KEY`, else `A2A_API_KEY`.
   */
  apiKey?: string | undefined;
  /**
   * The exchange, for the default rail: together with `rail` it is an error. Default:
   * `A2A_EXCHANGE_URL`, else `https://sandbox.a2a-settlement.org`.
   */
  exchangeUrl?: string | undefined;
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
   * The most that may be spent, in the exchange's tokens; other currencies by their codes:
   * `{ perCall: 50, USDC: { perCall: 0.5 } }`. Reserved before anything is held, in the journal's storage,
   * so that machines that share one share the limits. What exceeds them throws before anything is sent.
   * On rails whose agent captures, a currency without a limit is not paid in.
   */
  limits?: SpendingLimitOptions;
  /**
   * What becomes of the hold when a caller aborts and the agent, after it was asked to cancel, does
   * not say how the task ended. A task that is known to have completed is paid, one that was canceled
   * is not, whatever is set here.
   *
   * - `refund`: all of it comes back.
   * - `release`: all of it is paid.
   * - `partial`: paid is what `meter`, or a price by units or minutes, makes of the answer as far as it
   *   came; refunded where neither is set.
   *
   * Default: `refund`.
   */
  onAbort?: OnAbort;
  /**
   * Milliseconds a result waits for its receipt. After that it says `pending` and the settlement goes
   * on by itself. Default: 2000.
   */
  receiptTimeoutMs?: number;
  /**
   * Keeps the runtime alive until a promise ends: Next.js `after`, Vercel's or Cloudflare's
   * `waitUntil`. When given, no result waits for its settlement; where it throws, as `after` does
   * outside of a request, results wait as if it were not given.
   */
  waitUntil?: WaitUntil;
  /**
   * What is kept of a stream for a reader who is behind. The agent's stream is read on while there is
   * room; then the reader is waited for, never beyond the time in which the rest of the answer can
   * still come before its hold lapses, or before `totalMs` of its model: five minutes before that, or
   * half of the time where that is short. Then the content is dropped, the reader gets a
   * `SettlementError` with the code `NOT_READ`, and the stream is read to its end to settle the hold.
   * What `verify` and `meter` are to see is kept besides. Calls for which nothing is held keep nothing.
   *
   * - `maxBytes`: how much is kept. A character counts as two bytes. Default: 4194304 (4 MiB).
   * - `maxWaitMs`: milliseconds that a reader is waited for at a time. Default: as long as said above.
   *   Set it where functions are stopped earlier, as serverless ones are.
   */
  buffer?: { maxBytes?: number; maxWaitMs?: number };
  /**
   * How long release and refund are tried again: for `deadlineMs` milliseconds, the last time at their
   * end. The wait begins with `initialMs` and doubles, give or take a half, up to 15 seconds. What is
   * then still unsettled is journaled. `attempts` sets the most tries, where fewer are wished for.
   * `reconcile`, `settleTask` and `handlePushNotification` try five times at most: they come again.
   * Default: 60000 milliseconds, beginning with 250, as many tries as fit.
   *
   * `parkMs`: milliseconds for which the hold of a call that surely did not reach its agent waits for
   * the next such call, before it is refunded. An exchange counts every hold ever made against the
   * account's limits, so a repeated call should not make another. Default: 5000; the AI SDK waits two
   * and four seconds before it tries again.
   */
  retry?: { attempts?: number; initialMs?: number; deadlineMs?: number; parkMs?: number };
  /**
   * Finds agents by their model ids, to ask them how tasks stand that no call waits for: `createA2A(…)`,
   * or whatever gives a model that no middleware is wrapped around. For `reconcile`, `settleTask` and
   * `handlePushNotification`, where these name none.
   */
  provider?: AgentFinder;
  /**
   * Where unsettled holds are remembered for `reconcile`, beyond this process: any `unstorage`
   * instance. Nothing is written for a generation that settles at once, unless `writeAhead` is set:
   * then hold and task are written as they become known, so that a later process knows what to pay
   * when this one dies. No token is kept waiting for it. Default: this process's memory.
   */
  journal?: { storage?: JournalStorage; writeAhead?: boolean };
  /**
   * Where it is written down for good what was held, and what became of it:
   * `receiptStore({ storage })` of `ai-sdk-a2a-settlement/stores`. No call waits for it, and none fails with
   * it: what cannot be written is told by an `error` event (`RECEIPT_FAILED`). Default: nothing is written.
   */
  receipts?: ReceiptStore;
}

/** What callers get after the default rail is in its place. */
export type ResolvedSettlementOptions = Omit<
  SettlementOptions,
  'apiKey' | 'exchangeUrl' | 'rail' | 'rails'
> & {
  rails: readonly SettlementRail[];
};

/** `providerOptions.settlement` of one call: `{ conversationId } satisfies SettlementCallOptions`. */
export interface SettlementCallOptions {
  /** Which conversation `limits.perConversation` counts the call to. Default: the agent's `contextId`. */
  conversationId?: string;
  /**
   * Whatever spending is to be told apart by: user, team, feature. They are in the events of the call, in the
   * journal and in the store of receipts, and are sent to nobody. At most 20: names of 1 to 64 characters,
   * values of 1 to 256.
   */
  labels?: Record<string, string>;
}
