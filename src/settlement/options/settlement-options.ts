import type { SettlementRail } from '../../rails/rail';
import type { WaitUntil } from '../../internal/keep-alive';
import type { JournalStorage } from '../state/journal-storage';
import type { ReceiptStore } from '../state/settlement-record';
import type { TelemetryOptions } from '../state/telemetry-options';
import type { ApprovalOptions } from '../plan/assert-allowed';
import type { SpendingLimitOptions } from '../plan/currency-limits';
import type { LabelRules } from '../plan/label-rules';
import type { PriceOptions } from '../plan/price';
import type { AgentFinder } from '../outcome/query-task';
import type { OnAbort } from '../outcome/decide-abort';
import type { DeliveryOptions } from '../outcome/judge-delivery';

/** The payment settings of one agent, for agents whose card is missing them or is to be overridden. */
export interface SettlementAgentOptions extends DeliveryOptions, PriceOptions {
  /** The payee's account on the exchange. Default: from the agent card. */
  accountId?: string;
  /** Whole tokens per call. Default: the card's price, else the common option `tokensPerCall`. */
  tokensPerCall?: number;
  /** Minutes until an unsettled hold expires. Default: the common option `ttlMinutes`. */
  ttlMinutes?: number;
  /** A label on the exchange's ledger, which others can read. Default: the requested skill. */
  taskType?: string;
  /** The attestation level that the exchange must require of the payee. Default: none. */
  requiredAttestationLevel?: 'self_declared' | 'signed' | 'verifiable';
}

/** `price`, `verify`, `meter` and `dispute` apply to agents without their own setting in `agents`. */
export interface SettlementOptions extends ApprovalOptions, DeliveryOptions, PriceOptions {
  /** The payment rail. Default: the A2A Settlement Exchange, configured by environment variables. */
  rail?: SettlementRail;
  /**
   * Several payment rails, instead of `rail`. An agent is paid on the first rail, in this order, that its card
   * supports, that is configured, and that has a limit in the agent's currency. An agent that requests payment
   * in its response is paid on the first rail that can pay the request.
   */
  rails?: SettlementRail[];
  /**
   * The payer's API key for the exchange, for the default rail only: an error together with `rail`. Default:
   * `A2A_PAYER_API_KEY`, else `A2A_API_KEY`.
   */
  apiKey?: string | undefined;
  /**
   * The exchange URL, for the default rail only: an error together with `rail`. Default: `A2A_EXCHANGE_URL`,
   * else `https://sandbox.a2a-settlement.org`.
   */
  exchangeUrl?: string | undefined;
  /**
   * Settings by model id. Models of the `a2a` provider are settled whether or not they are listed; other models
   * only if they are listed.
   */
  agents?: Record<string, SettlementAgentOptions>;
  /**
   * Whole tokens per call, if neither `agents` nor the card sets a price. Default:
   * `A2A_DEFAULT_TOKENS_PER_CALL`, else 10.
   */
  tokensPerCall?: number;
  /** Minutes until an unsettled hold expires. Default: `A2A_DEFAULT_TTL_MINUTES`, else 60. */
  ttlMinutes?: number;
  /**
   * Default: `A2A_SETTLEMENT_ENABLED`, else `true`. With `false`, calls are sent without payment and emit
   * `unsettled`.
   */
  enabled?: boolean;
  /**
   * What happens if a hold cannot be made: `proceed` sends the call without payment, with a warning and an
   * `unsettled` event; `throw` throws before anything is sent to the agent. A card that requires payment always
   * throws. Default: `proceed`.
   */
  onHoldFailure?: 'proceed' | 'throw';
  /**
   * Spending limits in the exchange's tokens, and in other currencies by their codes: `{ perCall: 50, USDC: {
   * perCall: 0.5 } }`. Reserved before a hold is made, in the journal's storage, so that machines with a shared
   * storage share the limits. A call above a limit throws before anything is sent. On rails where the agent
   * captures, a currency without a limit is never paid.
   */
  limits?: SpendingLimitOptions;
  /**
   * `allow`, `limits` and `approve` by label: which team, user or key may call and pay which agent, and how much.
   * A call must satisfy the rules of all its labels, in addition to the options for all calls.
   *
   * `{ team: { search: { limits: { perWindow: { amount: 1000, minutes: 1440 } } }, '*': { allow: { agents: [] } } } }`
   * gives the team `search` 1000 tokens a day, and lets no other call through.
   */
  byLabel?: LabelRules;
  /**
   * What happens to the hold if the caller aborts and the agent, after a cancel request, does not report how
   * the task ended. A task that is known to be completed is paid and a canceled task is not, regardless of this
   * option.
   *
   * - `refund`: the whole amount is refunded.
   * - `release`: the whole amount is paid.
   * - `partial`: the amount that `meter`, or a price by units or minutes, computes for the received part of the
   *   answer is paid; without either, the whole amount is refunded.
   *
   * Default: `refund`.
   */
  onAbort?: OnAbort;
  /**
   * Milliseconds a result waits for its receipt. After that the receipt says `pending` and settlement continues
   * in the background. Default: 2000.
   */
  receiptTimeoutMs?: number;
  /**
   * Keeps the runtime alive until a promise settles: Next.js `after`, or `waitUntil` of Vercel or Cloudflare.
   * If set, results do not wait for their settlement. If it throws, as `after` does outside of a request,
   * results wait as if it were not set.
   */
  waitUntil?: WaitUntil;
  /**
   * The buffer of a stream for a slow reader. The agent's stream is read while the buffer has room; then the
   * reader is waited for, but never so long that the rest of the answer could not arrive before its hold
   * expires or before the model's `totalMs`: until five minutes before that, or half of the time if it is
   * shorter. Then the content is dropped, the reader gets a `SettlementError` with the code `NOT_READ`, and the
   * stream is read to its end to settle the hold. Content for `verify` and `meter` is kept separately. Calls
   * without a hold buffer nothing.
   *
   * - `maxBytes`: the size of the buffer. A character counts as two bytes. Default: 4194304 (4 MiB).
   * - `maxWaitMs`: the longest single wait for the reader, in milliseconds. Default: the time described above.
   *   Set it on platforms that stop functions earlier, such as serverless ones.
   */
  buffer?: { maxBytes?: number; maxWaitMs?: number };
  /**
   * How long release and refund are retried: for `deadlineMs` milliseconds, with a last attempt at the end. The
   * delay starts at `initialMs` and doubles, with a random factor of a half, up to 15 seconds. A hold that is
   * still unsettled then is journaled. `attempts` sets a maximum number of attempts. `reconcile`, `settleTask`
   * and `handlePushNotification` try at most five times, because they run again. Default: 60000 milliseconds,
   * starting with 250, with as many attempts as fit.
   *
   * `parkMs`: milliseconds for which the hold of a call that certainly did not reach its agent is kept for the
   * next such call, before it is refunded. An exchange counts every hold against the account's limits, so a
   * retried call should not make another one. Default: 5000; the AI SDK waits two and four seconds before it
   * retries.
   */
  retry?: { attempts?: number; initialMs?: number; deadlineMs?: number; parkMs?: number };
  /**
   * Finds agents by model id, to query the status of tasks that no call waits for: `createA2A(…)`, or any
   * object that returns models without middleware. Used by `reconcile`, `settleTask` and
   * `handlePushNotification` if they are given no provider.
   */
  provider?: AgentFinder;
  /**
   * Where unsettled holds are stored for `reconcile`, beyond this process: any `unstorage` instance. Nothing is
   * written for a generation that settles at once, unless `writeAhead` is set: then hold and task are written
   * as soon as they are known, so that a later process can settle them if this one crashes. Tokens are not
   * delayed by these writes. Default: the memory of this process.
   */
  journal?: { storage?: JournalStorage; writeAhead?: boolean };
  /**
   * A permanent record of holds and their outcomes: `receiptStore({ storage })` of
   * `ai-sdk-a2a-settlement/stores`. Calls do not wait for it and do not fail with it: a failed write emits an
   * `error` event (`RECEIPT_FAILED`). Default: no records.
   */
  receipts?: ReceiptStore;
  /** What OpenTelemetry gets to see. Spans and metrics need no option. */
  telemetry?: TelemetryOptions;
}

/** The options after the default rail is filled in. */
export type ResolvedSettlementOptions = Omit<
  SettlementOptions,
  'apiKey' | 'exchangeUrl' | 'rail' | 'rails'
> & {
  rails: readonly SettlementRail[];
};

/** `providerOptions.settlement` of one call: `{ conversationId } satisfies SettlementCallOptions`. */
export interface SettlementCallOptions {
  /** The conversation that `limits.perConversation` counts the call for. Default: the agent's `contextId`. */
  conversationId?: string;
  /**
   * Labels to group spending by: user, team, feature. They appear in the events of the call, in the journal and
   * in the receipt store, and are never sent. At most 20: names of 1 to 64 characters, values of 1 to 256.
   */
  labels?: Record<string, string>;
}
