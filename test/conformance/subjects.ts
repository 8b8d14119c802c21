import type { LanguageModelV4 } from '@ai-sdk/provider';
import { settlementExtension } from 'ai-sdk-a2a-settlement/agent';
import type { Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { createA2A } from '../../src/provider/a2a-provider';
import { createLiteLLM } from '../../src/provider/litellm/create-litellm';
import type { LiteLLMProviderSettings } from '../../src/provider/litellm/litellm-provider-settings';
import { gatewayAgent, startLiteLLMGateway, type LiteLLMGateway } from '../peers/litellm-gateway';
import { quirkNames, quirks, type Quirk, type RefusalName } from '../peers/litellm-gateway-quirks';
import type { Binding, Peer, PeerOptions } from '../peers/peer';
import { startSdk03Peer } from '../peers/sdk-0.3-peer';
import { startSdk1Peer } from '../peers/sdk-1-peer';

export const columns = [
  'generate',
  'stream',
  'multi-turn',
  'files',
  'abort',
  'resume',
  'settle',
] as const;

export type Column = (typeof columns)[number];

/** A row of the table. */
export interface Subject {
  peer: string;
  quirk: string;
  /** What cannot be had from this peer, whoever asks, and why. */
  cannot: Partial<Record<Column, string>>;
  start: (sandbox: Sandbox) => Promise<StartedSubject>;
}

export interface StartedSubject {
  model: LanguageModelV4;
  /** The agent, behind whatever is before it. */
  agent: Peer;
  gateway: LiteLLMGateway | undefined;
  /** A model answers in the agent's place: it knows no tasks and no conversation. */
  isBridge: boolean;
  /** For those whose card names none. */
  payee: string | undefined;
  close: () => Promise<void>;
}

const polling = { intervalMs: 20, timeoutMs: 60_000 };

const sdkPeers: { name: string; start: (options: PeerOptions) => Promise<Peer> }[] = [
  { name: 'SDK 1.x server', start: startSdk1Peer },
  { name: 'SDK 0.3 server', start: startSdk03Peer },
];

const bindings: { binding: Binding; name: string }[] = [
  { binding: 'JSONRPC', name: 'JSON-RPC' },
  { binding: 'HTTP+JSON', name: 'HTTP+JSON' },
];

const sdkSubjects = sdkPeers.flatMap(({ name, start }) =>
  bindings.map(({ binding, name: quirk }): Subject => ({
    peer: name,
    quirk,
    cannot: {},
    async start({ agents, exchangeUrl }) {
      const agent = await start({
        binding,
        extensions: [
          settlementExtension({
            accountIds: { [exchangeUrl]: agents.streamer.accountId },
            pricing: { chat: { baseTokens: 10 } },
          }),
        ].map(({ uri, params }) => ({ uri, ...(params !== undefined && { params }) })),
      });
      return {
        model: createA2A({ polling })(agent.url),
        agent,
        gateway: undefined,
        isBridge: false,
        payee: undefined,
        close: agent.close,
      };
    },
  })),
);

const noTasks = 'the gateway answers no question about tasks';
const nothingBefore =
  'nothing arrives before the task has ended, so that there is no task to cancel';

const gatewayCannot: Partial<Record<Quirk, Subject['cannot']>> = {
  'one JSON object to a stream': { abort: nothingBefore },
  'no streaming behind it': { abort: nothingBefore },
  'tasks cannot be asked for': { abort: noTasks, resume: noTasks },
  'bridge to a model': {
    files: 'the bridge hands over text alone',
    abort: 'a model behind a bridge has no task to cancel; its stream is left',
    resume: 'a model behind a bridge has no tasks',
  },
};

/** What a user sets for such a gateway. */
const gatewaySettings: Partial<Record<Quirk, LiteLLMProviderSettings>> = {
  'pinned to 0.3': { protocol: '1.0' },
  'no streaming behind it': { agents: { [gatewayAgent.name]: { streaming: false } } },
};

const gatewaySubjects = [undefined, ...quirkNames].map((quirk): Subject => ({
  peer: 'LiteLLM gateway',
  quirk: quirk === undefined ? '–' : `${quirk}: ${quirks[quirk]}`,
  cannot: (quirk && gatewayCannot[quirk]) ?? {},
  start: (sandbox) => startGatewaySubject(sandbox, { quirk }),
}));

export const subjects = [...sdkSubjects, ...gatewaySubjects];

export async function startGatewaySubject(
  { agents }: Sandbox,
  { quirk, refusal }: { quirk?: Quirk | undefined; refusal?: RefusalName },
): Promise<StartedSubject> {
  // It asks the agent behind it in 0.3, so that what it answers in 1.0 is its own doing.
  const agent = await startSdk03Peer();
  const gateway = await startLiteLLMGateway({
    upstream: agent.url,
    ...(quirk !== undefined && { quirk }),
    ...(refusal !== undefined && { refusal }),
  });
  const litellm = createLiteLLM({
    baseURL: gateway.url,
    apiKey: gateway.key,
    polling,
    ...(quirk && gatewaySettings[quirk]),
  });
  return {
    model: litellm(gatewayAgent.name),
    agent,
    gateway,
    isBridge: quirk === 'bridge to a model',
    payee: agents.streamer.accountId,
    close: async () => {
      await gateway.close();
      await agent.close();
    },
  };
}
