import type { LanguageModelV4Middleware } from '@ai-sdk/provider';
import { exchangeRail } from './rails/exchange/exchange-rail';
import {
  createSettlement as createSettlementOnRail,
  refuseAsMiddleware,
} from './settlement/create-settlement';
import type { SettlementOptions } from './settlement/options/settlement-options';
import type { Settlement } from './settlement/settlement';

export {
  A2AAgentCardError,
  A2AProtocolError,
  A2ATaskError,
  type A2ATimeout,
} from './provider/client/a2a-error';
export type { A2AConversation, A2ALanguageModel } from './provider/a2a-language-model';
export type { A2AConversationSealing } from './provider/message/conversation-seals';
export type { A2ASdkClient } from './provider/agent/a2a-sdk-client';
export type { A2AHealth } from './provider/agent/a2a-connection';
export type { A2ALanguageModelOptions } from './provider/message/a2a-language-model-options';
export type { A2ALimits } from './provider/client/a2a-limits';
export { a2a, createA2A, type A2AProvider } from './provider/a2a-provider';
export type { A2AAgentSettings, A2AProviderSettings } from './provider/a2a-provider-settings';
export type { A2ATimeouts } from './provider/client/a2a-timeouts';
export type { A2APolling } from './provider/task/get-task';
export type { A2AProtocolVersion } from './provider/client/write-request';
export { createLiteLLM, type LiteLLMProvider } from './provider/litellm/create-litellm';
export type {
  LiteLLMAgentSettings,
  LiteLLMProviderSettings,
} from './provider/litellm/litellm-provider-settings';
export type { ListLiteLLMAgentsOptions, LiteLLMAgent } from './provider/litellm/litellm-agents';
export type { LiteLLMLanguageModel } from './provider/litellm/litellm-language-model';
export type { LiteLLMHealthOptions } from './provider/litellm/litellm-health';
export type { LiteLLMLanguageModelOptions } from './provider/litellm/litellm-options';
export { A2AAuthError } from './provider/agent/auth-error';
export type {
  A2AAuthOptions,
  A2AClientCredentials,
  A2ACredential,
} from './provider/agent/auth-options';
export type { A2ACardKey, A2ACardKeys } from './provider/agent/verify-card-signature';
export { exchangeRail, type ExchangeRail } from './rails/exchange/exchange-rail';
export type { ExchangeRailOptions } from './rails/exchange/exchange-rail-options';
export {
  registerAccount,
  type RegisterAccountOptions,
  type RegisteredAccount,
} from './rails/exchange/register-account';
export {
  SettlementError,
  type AgentAnswer,
  type AgentTerms,
  type Amount,
  type CallOptions as RailCallOptions,
  type Currency,
  type Hold,
  type HoldCapabilities,
  type HoldRequest,
  type HoldState,
  type MessageDecoration,
  type PaymentChallenge,
  type Pending,
  type PriceOffer,
  type PriceProposal,
  type Proof,
  type RailBalance,
  type RecordedHold,
  type Settled,
  type SettlementErrorCode,
  type SettlementRail,
  type SkillTerms,
} from './rails/rail';
export type { PaymentQuote } from './settlement/plan/assert-allowed';
export type { Settlement } from './settlement/settlement';
export type { RefundReason } from './settlement/state/settlement-state';
export type { FailedRail } from './settlement/recovery/ask-rails';
export type { BalanceReport, SettlementBalance } from './settlement/recovery/list-balances';
export type { HoldReport, SettlementHold } from './settlement/recovery/list-holds';
export type { ReconciledHold } from './settlement/recovery/reconciled-hold';
export type { FinishedGeneration } from './internal/finished-generation';
export type { PushNotificationOptions } from './settlement/recovery/handle-push-notification';
export type { JournalStorage } from './settlement/state/journal-storage';
export type { Meter } from './settlement/outcome/measure-use';
export type { Negotiate, PriceDecision, PriceRequest } from './settlement/plan/negotiate';
export type { Price, PriceQuery, PriceTerms } from './settlement/plan/price';
export type { ReconcileOptions, ReconcileReport } from './settlement/recovery/reconcile';
export type { SettlableTask, SettleTaskOptions } from './settlement/recovery/settle-task';
export type {
  SettlementEvent,
  SettlementEventName,
  SettlementListener,
} from './settlement/state/settlement-events';
export type {
  SettlementAgentOptions,
  SettlementCallOptions,
  SettlementOptions,
} from './settlement/options/settlement-options';
export { getReceipt } from './settlement/state/get-receipt';
export type { SettlementReceipt } from './settlement/state/settlement-receipt';
export {
  settlementMessageMetadata,
  type SettlementMessageMetadata,
  type SettlementUIMessage,
} from './settlement/state/settlement-ui-message';
export type {
  ReceiptQuery,
  ReceiptStore,
  SettlementRecord,
  SettlementFact,
} from './settlement/state/settlement-record';
export {
  spend,
  spendTotals,
  type SpendKey,
  type SpendTotal,
  type SpendTotals,
} from './settlement/state/spend';
export type { TelemetryOptions } from './settlement/state/telemetry-options';
export type { LabelRule, LabelRules } from './settlement/plan/label-rules';
export type { CurrencyLimits, SpendingLimitOptions } from './settlement/plan/currency-limits';
export type { Verify } from './internal/accepts-answer';

/**
 * Settles what wrapped models do: tokens are held before the agent works, released when it delivers,
 * refunded when it does not.
 *
 * Without a `rail` it is the A2A Settlement Exchange that `exchangeUrl` and `apiKey` name, else
 * `A2A_EXCHANGE_URL` and `A2A_PAYER_API_KEY`.
 *
 * @throws InvalidArgumentError for options that do not exist, or are not what they should be.
 *
 * @example
 * ```ts
 * const settlement = createSettlement({ tokensPerCall: 5 });
 * settlement.on('refunded', ({ agent, reason }) => metrics.count('refund', { agent, reason }));
 * const agent = wrapLanguageModel({ model: a2a('https://agent.example.com'), middleware: settlement.middleware });
 * ```
 */
export const createSettlement = /* @__PURE__ */ refuseAsMiddleware(
  (options: SettlementOptions = {}): Settlement => createSettlementOnRail(options, exchangeRail),
  '`createSettlement` is no middleware. Write `middleware: createSettlement().middleware`.',
);

/**
 * `createSettlement(options).middleware`, for when nothing listens.
 *
 * @throws InvalidArgumentError for options that do not exist, or are not what they should be.
 *
 * @example
 * ```ts
 * const agent = wrapLanguageModel({
 *   model: a2a('https://agent.example.com'),
 *   middleware: settlementMiddleware(),
 * });
 * const { text, providerMetadata } = await generateText({ model: agent, prompt: 'Scrape example.com' });
 * ```
 */
export const settlementMiddleware = /* @__PURE__ */ refuseAsMiddleware(
  (options: SettlementOptions = {}): LanguageModelV4Middleware =>
    createSettlement(options).middleware,
  '`settlementMiddleware` was given without being called. Write `middleware: settlementMiddleware()`.',
);
