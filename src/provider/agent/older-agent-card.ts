import { isRecord } from '@ai-sdk/provider-utils';

type Json = Record<string, unknown>;

/** Converts the JSON of a protocol 0.3 card (specification 0.3.0, section 5.5) to protocol 1.0. */
export function fromOlderAgentCard(card: Json): Json {
  const { additionalInterfaces, capabilities, security, securitySchemes, skills } = card;
  const { supportsAuthenticatedExtendedCard: extendedAgentCard } = card;
  const own = {
    url: card['url'],
    transport: card['preferredTransport'],
    protocolVersion: card['protocolVersion'],
  };
  return {
    ...card,
    supportedInterfaces: [own, ...records(additionalInterfaces)].map((one) => ({
      url: one['url'],
      protocolBinding: one['transport'] ?? 'JSONRPC',
      protocolVersion: one['protocolVersion'] || '0.3',
    })),
    capabilities: {
      ...(isRecord(capabilities) && capabilities),
      ...(typeof extendedAgentCard === 'boolean' && { extendedAgentCard }),
    },
    securitySchemes: isRecord(securitySchemes)
      ? Object.fromEntries(Object.entries(securitySchemes).map(([name, s]) => [name, scheme(s)]))
      : {},
    securityRequirements: records(security).map(requirement),
    skills: records(skills).map((skill) => ({
      ...skill,
      securityRequirements: records(skill['security']).map(requirement),
    })),
  };
}

/** In protocol 1.0, the key of a scheme is its kind. */
function scheme(value: unknown): unknown {
  if (!isRecord(value)) return {};
  switch (value['type']) {
    case 'apiKey':
      return { apiKeySecurityScheme: { ...value, location: value['in'] } };
    case 'http':
      return { httpAuthSecurityScheme: value };
    case 'oauth2':
      return { oauth2SecurityScheme: value };
    case 'openIdConnect':
      return { openIdConnectSecurityScheme: value };
    case 'mutualTLS':
      return { mtlsSecurityScheme: value };
    default:
      return value;
  }
}

function requirement(schemes: Json): Json {
  // Servers that store a card as protobuf write its schemes in the 1.0 form.
  if (isRecord(schemes['schemes'])) return schemes;
  const lists = Object.entries(schemes).map(([name, scopes]) => [name, { list: scopes }]);
  return { schemes: Object.fromEntries(lists) };
}

function records(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter((item): item is Json => isRecord(item)) : [];
}
