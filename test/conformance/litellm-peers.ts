import { createLiteLLM } from 'ai-sdk-a2a-settlement';
import { modelAnswer } from '../peers/litellm-gateway-bridge';
import { proxied, startLiteLLMProxy, type LiteLLMProxyName } from '../peers/litellm-proxy';
import { startOpenAIModel } from '../peers/openai-model';
import { startPythonServer } from '../peers/python/python-peer';
import type { RealPeer } from './real-peer';

const agentName = 'agent';

/** LiteLLM's own proxy, in front of agents that others wrote. */
const common = {
  name: 'LiteLLM’s proxy',
  package: 'litellm',
  call: (url, settings) =>
    createLiteLLM({ ...settings, baseURL: url, apiKey: 'sk-master' })(agentName),
} satisfies Partial<RealPeer>;

function inFrontOf(folder: LiteLLMProxyName, agent: string, version: string): RealPeer {
  return {
    ...common,
    folder,
    speaks: `0.3, JSON-RPC, in front of a2a-sdk ${version}`,
    async start() {
      const behind = await startPythonServer(agent, { settings: { transport: 'JSONRPC' } });
      const proxy = await startLiteLLMProxy(folder, [proxied(agentName, behind.url)]);
      return {
        ...proxy,
        close: async () => {
          await proxy.close();
          await behind.close();
        },
      };
    },
  };
}

const bridge: RealPeer = {
  ...common,
  folder: 'litellm',
  speaks: '0.3, JSON-RPC, a bridge to a model',
  without: ['asking back', 'files of its own'],
  cannot: {
    files: 'the bridge hands over text alone',
    abort: 'a model behind a bridge has no task to cancel; its stream is left',
    resume: 'a model behind a bridge has no tasks',
  },
  async start() {
    const model = await startOpenAIModel(modelAnswer);
    const proxy = await startLiteLLMProxy('litellm', [
      {
        ...proxied(agentName, model.baseURL),
        litellm_params: {
          custom_llm_provider: 'openai',
          model: 'openai/gpt-test',
          api_base: model.baseURL,
          api_key: 'sk-of-the-model',
        },
      },
    ]);
    return {
      ...proxy,
      close: async () => {
        await proxy.close();
        await model.close();
      },
    };
  },
};

const no10 =
  'the gateway asks about tasks in 0.3, which an agent of 1.0 alone does not know; the package leaves the stream, `onAbort` decides about the hold, and an agent that speaks 0.3, too, has neither fault';

export const litellmPeers: RealPeer[] = [
  { ...inFrontOf('litellm', 'a2a-sdk-1', '1.x'), faults: { abort: no10, resume: no10 } },
  inFrontOf('litellm', 'a2a-sdk-0.3', '0.3'),
  bridge,
  {
    ...inFrontOf('litellm-before-1.0', 'a2a-sdk-0.3', '0.3'),
    name: 'LiteLLM’s proxy, before it knew 1.0:',
  },
];
