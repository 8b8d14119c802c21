export type { Amount } from '../internal/decimal';
export type { Verify } from '../internal/accepts-answer';
export type { FinishedGeneration } from '../internal/finished-generation';
export type { AgentReceipt } from './agent-receipt';
export type { BudgetAmounts } from './budget';
export { BudgetExceededError } from './budget-exceeded-error';
export type { PaidAgentOutput } from './call-agent';
export { firstAccepted, type FirstAcceptedOptions } from './first-accepted';
export { NoAcceptedAnswerError, type RefusedTry } from './no-accepted-answer-error';
export { paidAgentTool } from './paid-agent-tool';
export type {
  PaidAgentInput,
  PaidAgentToolInput,
  PaidAgentToolOptions,
} from './paid-agent-tool-options';
export { PaidAgentToolError } from './paid-agent-tool-error';
export { UnwatchedPaymentError } from './unwatched-payment-error';
