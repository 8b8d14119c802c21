export type { DemoAgentName } from './agents/demo-agents';
export {
  createSandbox,
  type Sandbox,
  type SandboxAgent,
  type SandboxOptions,
} from './create-sandbox';
