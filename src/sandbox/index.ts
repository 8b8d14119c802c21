export type { DemoAgentName } from './agents/demo-agents';
export {
  createSandbox,
  type Sandbox,
  type SandboxAgent,
  type SandboxOptions,
} from './create-sandbox';
export type { SandboxX402 } from './x402/create-x402-sandbox';
