export type { DemoAgentName } from './agents/demo-agents';
export type { ExchangeState } from './exchange/exchange-state';
export type { NeverminedSandbox, NeverminedSandboxAgent } from './create-nevermined-sandbox';
export {
  createSandbox,
  type Sandbox,
  type SandboxAgent,
  type SandboxOptions,
} from './create-sandbox';
export type { SandboxX402 } from './x402/create-x402-sandbox';
export type { NeverminedAccount, NeverminedLedger } from './nevermined/nevermined-types';
