import {
  type Client,
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
  RestTransportFactory,
} from '@a2a-js/sdk/client';

/** The A2A SDK's own client of an agent, for both versions and bindings. */
export function createSdkClient(url: string, fetchImpl: typeof fetch = fetch): Promise<Client> {
  const options = { fetchImpl, legacyCompat: { enabled: true } };
  const factory = new ClientFactory({
    transports: [new JsonRpcTransportFactory(options), new RestTransportFactory(options)],
    cardResolver: new DefaultAgentCardResolver(options),
  });
  return factory.createFromUrl(url);
}

/** A request to send a message, in the SDK's own types. */
export const sdkMessage: Parameters<Client['sendMessage']>[0] = {
  tenant: '',
  message: {
    messageId: 'm',
    contextId: '',
    taskId: '',
    role: 1,
    parts: [],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
  },
  configuration: undefined,
  metadata: undefined,
};
