import type { AgentCard } from '@a2a-js/sdk';
import {
  ClientFactory,
  JsonRpcTransportFactory,
  RestTransportFactory,
  type Client,
} from '@a2a-js/sdk/client';
import type { FetchFunction } from '@ai-sdk/provider-utils';
import { isRest, type A2AProtocolVersion } from '../card/select-interface';
import type { A2ALimits } from '../common/a2a-limits';
import type { A2ATimeouts } from '../common/a2a-timeouts';
import { createA2AFetch } from '../wire/a2a-fetch';
import type { PartStash } from '../wire/part-stash';
import { AdaptiveTransport, type LearnedProtocol } from './adaptive-transport';

/**
 * A client for one call, which speaks to the one interface that the card names.
 *
 * @param card as `selectInterface` or `cardForEndpoint` made it.
 */
export async function createAgentClient({
  card,
  url,
  protocol,
  learned,
  ...connection
}: {
  agent: string;
  card: AgentCard;
  /** Names an agent whose card does not. */
  url: string;
  fetch: FetchFunction;
  stash: PartStash;
  /** What `fetch` itself adds to requests, by name: kept out of messages. */
  secrets?: (() => [string, string][]) | undefined;
  /** With `auto`, requests that an agent does not know are sent again in its other version. */
  protocol: 'auto' | A2AProtocolVersion;
  learned: LearnedProtocol;
  timeouts?: A2ATimeouts | undefined;
  limits?: A2ALimits | undefined;
}): Promise<Client> {
  const [selected] = card.supportedInterfaces;
  const speaksRest = selected !== undefined && isRest(selected);
  const declared = selected?.protocolVersion === '0.3' ? '0.3' : '1.0';

  const factory = new ClientFactory({
    transports: [
      {
        protocolName: speaksRest ? 'HTTP+JSON' : 'JSONRPC',
        create: async (endpoint) =>
          new AdaptiveTransport({
            agent: connection.agent,
            endpoint,
            streams: card.capabilities?.streaming === true,
            protocolName: speaksRest ? 'HTTP+JSON' : 'JSONRPC',
            version: protocol === 'auto' ? (learned.version ?? declared) : protocol,
            mayChange: protocol === 'auto',
            learned,
            createTransport: (version) => createTransport(endpoint, version),
          }),
      },
    ],
  });
  return factory.createFromAgentCard({ ...card, name: card.name || url });

  function createTransport(endpoint: string, version: A2AProtocolVersion) {
    const legacy = speaksRest ? '0.3-protobuf' : '0.3';
    const options = {
      legacyCompat: { enabled: true },
      fetchImpl: createA2AFetch({
        ...connection,
        isRest: speaksRest,
        dialect: version === '1.0' ? '1.0' : legacy,
      }),
    };
    const transports = speaksRest
      ? new RestTransportFactory(options)
      : new JsonRpcTransportFactory(options);
    return transports.create(endpoint, {
      ...card,
      supportedInterfaces: card.supportedInterfaces.map((declaredInterface) => ({
        ...declaredInterface,
        protocolVersion: version,
      })),
    });
  }
}
