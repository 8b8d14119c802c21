// The parts of the A2A SDK that a seller needs, so that its version does not have to be installed separately.
export {
  type AgentCard,
  type AgentExtension,
  type AgentSkill,
  type Artifact,
  Message,
  Part,
  Role,
  type Task,
  TaskState,
  type TaskStatus,
} from '@a2a-js/sdk';
export {
  AgentEvent,
  type AgentExecutionEvent,
  type AgentExecutor,
  type ExecutionEventBus,
  InMemoryTaskStore,
  type PushNotificationStore,
  type RequestContext,
  type ServerCallContext,
  type TaskStore,
  UnauthenticatedUser,
  type User,
} from '@a2a-js/sdk/server';
export {
  type AddressPolicyOptions,
  type AddressVerdict,
  createAddressPolicy,
} from './address-policy';
export type { AgentPushOptions } from './admit-callback';
export type { AgentCardOptions } from './agent-card-options';
export type { AgentHandlerOptions } from './agent-handler-options';
export { createAgentCard } from './create-agent-card';
export { createAgentHandler } from './create-agent-handler';
export { createPaidAgent, type PaidAgent } from './create-paid-agent';
export type {
  PaidAgentCardOptions,
  PaidAgentHandlerOptions,
  PaidAgentOptions,
} from './paid-agent-options';
export { createAgentExecutor } from './model/create-agent-executor';
export type { AgentExecutorOptions, AgentUse } from './model/agent-executor-options';
export type { AgentCall, AgentRun, AgentSource, StreamingAgent } from './model/run-agent';
export type { ConversationStorage } from './model/conversation-store';
export { traceHeaders } from './model/trace-headers';
export { type EscrowBindings, memoryEscrowBindings, storedEscrowBindings } from './escrow-bindings';
export type {
  AcceptedPayment,
  PaidRequest,
  LockNote,
  PaymentClaim,
  PaymentVerdict,
  Sale,
  SaleOutcome,
} from './payment/accepted-payment';
export { acceptExchange } from './payment/accept-exchange';
export type { AcceptExchangeOptions, ExchangeAccount } from './payment/accept-exchange-options';
export { acceptNevermined } from './payment/accept-nevermined';
export type { AcceptNeverminedOptions } from './payment/accept-nevermined-options';
export { paymentExtensions } from './payment/payment-extensions';
export { acceptX402, type AcceptX402Options } from './payment/accept-x402';
export { type PaidExecutor, requirePayment } from './payment/require-payment';
export type { RequirePaymentOptions } from './payment/require-payment-options';
export { type Earnings, earnings, type SaleTotal } from './payment/earnings';
export type { SaleReconciliation } from './payment/reconcile-sales';
export type { SaleFact, SaleQuery, SaleRecord, SaleStore } from './payment/sale-record';
export type { ExecutorGate } from './executor-gate';
export type {
  X402Asked,
  X402Offer,
  X402Payment,
  X402Requirements,
  X402ResourceServer,
  X402ServerOffer,
} from './payment/x402-resource-server';
export type { WaitUntil } from '../internal/keep-alive';
export type { CardSigning } from './sign-card';
export { storedTaskStore, type TaskStorage } from './stored-task-store';
export {
  settlementExtension,
  type SettlementExtensionOptions,
  type SkillPrice,
} from './settlement-extension';
export { type EscrowRefusal, type EscrowVerdict, verifyEscrow } from './verify-escrow';
export type { PaidMessage, VerifyEscrowOptions } from './verify-escrow-options';
