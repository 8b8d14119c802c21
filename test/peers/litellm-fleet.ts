import { settlementExtension } from 'ai-sdk-a2a-settlement/agent';
import { modelAnswer } from './litellm-gateway-bridge';
import {
  proxied,
  startLiteLLMProxy,
  type LiteLLMProxy,
  type LiteLLMProxyName,
} from './litellm-proxy';
import { startOpenAIModel, type OpenAIModel } from './openai-model';
import type { Peer } from './peer';
import { startSdk03Peer } from './sdk-0.3-peer';
import { startSdk1Peer } from './sdk-1-peer';

/** One proxy, and all that is behind it: a proxy takes half a minute to start. */
export interface LiteLLMFleet {
  proxy: LiteLLMProxy;
  /** A server of the A2A SDK's 0.3 line: `scraper`, `strict`, and those with a pinned version. */
  scraper: Peer;
  /** A server of its 1.x line that speaks 0.3, too: `newer`. */
  newer: Peer;
  /** The same, which speaks 1.0 and nothing else: `only-1.0`, and `only-1.0-by-header`. */
  only10: Peer;
  /** Behind `writer`. */
  model: OpenAIModel;
  close: () => Promise<void>;
}

/** What the card of `scraper` asks for. */
const pricing = { chat: { baseTokens: 10 } };

export async function startLiteLLMFleet(
  name: LiteLLMProxyName,
  { keys = false, payee = 'acc' }: { keys?: boolean; payee?: string } = {},
): Promise<LiteLLMFleet> {
  const extension = settlementExtension({
    accountIds: { 'https://exchange.test': payee },
    pricing,
  });
  const scraper = await startSdk03Peer({
    extensions: [{ uri: extension.uri, params: { ...extension.params } }],
  });
  const newer = await startSdk1Peer({ speaks03: true });
  const only10 = await startSdk1Peer();
  const model = await startOpenAIModel(modelAnswer);
  const proxy = await startLiteLLMProxy(
    name,
    [
      proxied('scraper', scraper.url),
      proxied('pinned', scraper.url, { card: { protocolVersion: '1.0' } }),
      proxied('pinned-0.3', scraper.url, { card: { protocolVersion: '0.3' } }),
      proxied('strict', scraper.url, {
        litellm_params: { require_trace_id_on_calls_to_agent: true },
        static_headers: { 'x-static': 'of the gateway' },
        extra_headers: ['x-tenant'],
      }),
      proxied('newer', newer.url),
      proxied('only-1.0', only10.url),
      proxied('only-1.0-by-header', only10.url, { static_headers: { 'A2A-Version': '1.0' } }),
      proxied('dead', 'http://127.0.0.1:9/'),
      { agent_name: 'nowhere', agent_card_params: { name: 'nowhere' } },
      {
        ...proxied('writer', model.baseURL),
        litellm_params: {
          custom_llm_provider: 'openai',
          model: 'openai/gpt-test',
          api_base: model.baseURL,
          api_key: 'sk-of-the-model',
        },
      },
    ],
    { keys },
  );
  return {
    proxy,
    scraper,
    newer,
    only10,
    model,
    close: async () => {
      await proxy.close();
      await Promise.all([scraper, newer, only10, model].map(async ({ close }) => close()));
    },
  };
}
