import type { AgentCard } from '@a2a-js/sdk';
import type { A2AProtocolVersion } from '../client/write-request';
import { A2AAgentCardError } from '../client/a2a-error';

/**
 * Reduces a card to the one interface that this provider uses, so that a card cannot direct requests to an
 * origin that is not allowed.
 *
 * Accepted are interfaces over HTTP (JSON-RPC or HTTP+JSON) at the configured origin, or at an origin that
 * `trustCardUrl` allows. In three cases only the path of a card's URL is used, at the configured origin: the
 * card names this machine although the agent is elsewhere; it uses another name of this machine (`localhost`,
 * `127.0.0.1`, `[::1]`) with the same port; or it says `http` for an agent that is reached by `https`.
 *
 * @throws A2AAgentCardError if no interface is left.
 */
export function selectInterface(
  card: AgentCard,
  {
    agent,
    url,
    protocol,
    trustCardUrl,
  }: {
    agent: string;
    /** The configured URL. */
    url: string;
    protocol: 'auto' | A2AProtocolVersion;
    trustCardUrl: boolean | string[];
  },
): AgentCard {
  const { origin } = new URL(url);
  const spoken = card.supportedInterfaces
    .filter(({ protocolBinding }) => bindings.has(protocolBinding.toUpperCase()))
    .map((declared) => ({ ...declared, url: publishedUrl(declared.url, url) }));
  const trusted = spoken.filter((declared) => isTrusted(declared.url));
  if (trusted.length === 0) {
    throw new A2AAgentCardError({
      agent,
      url,
      message:
        spoken.length === 0
          ? `The card of agent "${agent}" declares no JSON-RPC or HTTP+JSON interface.`
          : `The card of agent "${agent}" directs requests to ${originOf(spoken[0]?.url) ?? 'no web address'}, not to ${origin}. To allow it, set \`trustCardUrl: true\` (or list the origin), or set \`endpoint\`.`,
    });
  }
  const matching = trusted.filter(
    ({ protocolVersion }) => protocol === 'auto' || versionOf(protocolVersion) === protocol,
  );
  const [selected] = matching.length > 0 ? preferNewest(matching) : trusted;
  if (selected === undefined) return card;
  return {
    ...card,
    supportedInterfaces: [
      {
        ...selected,
        // The client appends paths that start with a slash, so a trailing slash is removed.
        url: isRest(selected) ? selected.url.replace(/(?<!\/)\/+$/, '') : selected.url,
        tenant: selected.tenant ?? '',
        protocolVersion: protocol === 'auto' ? versionOf(selected.protocolVersion) : protocol,
      },
    ],
  };

  function isTrusted(declared: string): boolean {
    const declaredOrigin = originOf(declared);
    if (declaredOrigin === origin) return true;
    return Array.isArray(trustCardUrl)
      ? trustCardUrl.some((allowed) => originOf(allowed) === declaredOrigin)
      : trustCardUrl && declaredOrigin !== undefined;
  }
}

/** A card for an agent that is called without discovery. */
export function cardForEndpoint(
  endpoint: string,
  protocol: 'auto' | A2AProtocolVersion,
): AgentCard {
  return {
    name: endpoint,
    description: '',
    version: '',
    supportedInterfaces: [
      {
        url: endpoint,
        protocolBinding: 'JSONRPC',
        tenant: '',
        protocolVersion: protocol === 'auto' ? '1.0' : protocol,
      },
    ],
    provider: undefined,
    capabilities: { streaming: true, pushNotifications: true, extensions: [] },
    securitySchemes: {},
    securityRequirements: [],
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
    signatures: [],
  };
}

const bindings = new Set(['JSONRPC', 'HTTP+JSON']);

export function isRest({ protocolBinding }: { protocolBinding: string }): boolean {
  return protocolBinding.toUpperCase() === 'HTTP+JSON';
}

function preferNewest<T extends { protocolVersion: string }>(interfaces: T[]): T[] {
  const newest = interfaces.filter(({ protocolVersion }) => versionOf(protocolVersion) === '1.0');
  return newest.length > 0 ? newest : interfaces;
}

/** Some cards have a number here. */
function versionOf(declared: string | number | undefined): A2AProtocolVersion {
  return String(declared).startsWith('0.') ? '0.3' : '1.0';
}

const thisMachine = /^(localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\])$/;

/**
 * The external URL of an address in a card. A card that was written before the agent was deployed names this
 * machine; a card behind a TLS proxy says `http`. Both mean the configured origin, which the request then goes
 * to.
 */
function publishedUrl(declared: string, configured: string): string {
  const base = new URL(configured);
  if (!URL.canParse(declared, configured)) return declared;
  const url = new URL(declared, configured);
  // For this machine: only another name with the same port.
  const isUnpublished =
    thisMachine.test(url.hostname) &&
    (!thisMachine.test(base.hostname) ||
      (url.port === base.port && url.protocol === base.protocol));
  const isBehindTls =
    url.protocol === 'http:' && base.protocol === 'https:' && url.host === base.hostname;
  if (!isUnpublished && !isBehindTls) return url.href;
  return new URL(url.pathname + url.search, base.origin).href;
}

function originOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { origin, protocol } = new URL(url);
  return /^https?:$/.test(protocol) ? origin : undefined;
}
