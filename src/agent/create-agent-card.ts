import type { AgentCard } from '@a2a-js/sdk';
import { A2A_LEGACY_PROTOCOL_VERSION } from '@a2a-js/sdk/compat/v0_3';
import { assertOptions, optionsOf } from '../internal/option-schemas';
import { type AgentCardOptions, agentCardShape, requiredOfCard } from './agent-card-options';

const PROTOCOL_VERSION = '1.0';

/**
 * Builds an A2A 1.0 agent card that lists every transport of `createAgentHandler` at one URL: JSON-RPC and
 * HTTP+JSON of protocol 1.0, and JSON-RPC of protocol 0.3.
 *
 * @throws InvalidArgumentError naming each unknown or invalid option.
 */
export function createAgentCard(options: AgentCardOptions): AgentCard {
  const schema = optionsOf<AgentCardOptions>(agentCardShape(), [...requiredOfCard]);
  assertOptions(schema, options, { before: 'createAgentCard: ' });
  const {
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
  } = options;
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
