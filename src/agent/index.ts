export {
  type AddressPolicyOptions,
  type AddressVerdict,
  createAddressPolicy,
} from './address-policy';
export type { AgentPushOptions } from './admit-callback';
export { type AgentCardOptions, createAgentCard } from './create-agent-card';
export { type AgentHandlerOptions, createAgentHandler } from './create-agent-handler';
export { type EscrowBindings, memoryEscrowBindings, storedEscrowBindings } from './escrow-bindings';
export type { WaitUntil } from './event-stream-response';
export {
  settlementExtension,
  type SettlementExtensionOptions,
  type SkillPrice,
} from './settlement-extension';
export {
  type EscrowRefusal,
  type EscrowVerdict,
  type PaidMessage,
  verifyEscrow,
  type VerifyEscrowOptions,
} from './verify-escrow';
