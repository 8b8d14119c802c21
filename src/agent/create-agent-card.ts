import type { AgentCard, AgentExtension, AgentSkill } from '@a2a-js/sdk';
import { A2A_LEGACY_PROTOCOL_VERSION } from '@a2a-js/sdk/compat/v0_3';

const PROTOCOL_VERSION = '1.0';

/** What an agent says of itself; everything else of the card is derived. */
export interface AgentCardOptions {
  /** Where the agent's handler is mounted, for example `https://agents.example.com/scraper`. */
  url: string;
  name: string;
  description: string;
  /** Default: `1.0.0`. */
  version?: string | undefined;
  skills: Array<Pick<AgentSkill, 'id' | 'name' | 'description'> & Partial<AgentSkill>>;
  /** For example the entry `settlementExtension()` makes. */
  extensions?: AgentExtension[] | undefined;
  /** Default: `true`. */
  streaming?: boolean | undefined;
  /** Default: `false`. */
  pushNotifications?: boolean | undefined;
  /** Media types. Default: `['text/plain']`. */
  inputModes?: string[] | undefined;
  /** Media types. Default: `['text/plain']`. */
  outputModes?: string[] | undefined;
}

/**
 * Builds an A2A 1.0 agent card that names every transport `createAgentHandler` speaks at one URL:
 * JSON-RPC and HTTP+JSON of protocol 1.0, and JSON-RPC of protocol 0.3.
 */
export function createAgentCard({
  url,
  name,
  description,
  version = '1.0.0',
  skills,
  extensions = [],
  streaming = true,
  pushNotifications = false,
  inputModes = ['text/plain'],
  outputModes = ['text/plain'],
}: AgentCardOptions): AgentCard {
  return {
    name,
    description,
    version,
    provider: undefined,
    supportedInterfaces: [
      { url, protocolBinding: 'JSONRPC', protocolVersion: PROTOCOL_VERSION, tenant: '' },
      { url, protocolBinding: 'HTTP+JSON', protocolVersion: PROTOCOL_VERSION, tenant: '' },
      { url, protocolBinding: 'JSONRPC', protocolVersion: A2A_LEGACY_PROTOCOL_VERSION, tenant: '' },
    ],
    capabilities: { streaming, pushNotifications, extensions, extendedAgentCard: false },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: inputModes,
    defaultOutputModes: outputModes,
    skills: skills.map((skill) => ({
      tags: [],
      examples: [],
      inputModes: [],
      outputModes: [],
      securityRequirements: [],
      ...skill,
    })),
    signatures: [],
  };
}
