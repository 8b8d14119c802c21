import { generateText } from 'ai';
import { A2AProtocolError, createLiteLLM } from 'ai-sdk-a2a-settlement';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInstalled } from './installed-peers';
import { refusals } from './litellm-gateway-quirks';
import { litellmProxies, proxied, startLiteLLMProxy, type LiteLLMProxy } from './litellm-proxy';
import type { Peer } from './peer';
import { startSdk03Peer } from './sdk-0.3-peer';

/** Keys that may do less than all, as far as LiteLLM's own proxy has them without a database. */
describe.each(litellmProxies)('%s', (name) => {
  describe.skipIf(!isInstalled(name))('keys of LiteLLM’s own proxy', () => {
    let agent: Peer;
    let proxy: LiteLLMProxy;
    beforeAll(async () => {
      agent = await startSdk03Peer();
      const agents = ['scraper', 'writer'].map((one) => proxied(one, agent.url));
      proxy = await startLiteLLMProxy(name, agents, { keys: true });
    });
    afterAll(async () => {
      await proxy.close();
      await agent.close();
    });

    const gateway = (apiKey: string, settings: Parameters<typeof createLiteLLM>[0] = {}) =>
      createLiteLLM({ baseURL: proxy.url, apiKey, ...settings });

    async function refusal(apiKey: string, asked = 'scraper') {
      const before = agent.messages().length;
      try {
        await generateText({ model: gateway(apiKey)(asked), prompt: 'completes', maxRetries: 0 });
      } catch (error) {
        if (!A2AProtocolError.isInstance(error)) throw error;
        expect(agent.messages()).toHaveLength(before);
        expect(error.message).not.toContain(apiKey);
        const { isRetryable, message, statusCode } = error;
        return { isRetryable, message, statusCode };
      }
      return undefined;
    }

    it('lets a key do what it may, in either header', async () => {
      for (const apiKeyHeader of ['authorization', 'x-litellm-api-key'] as const) {
        const model = gateway('sk-any', { apiKeyHeader })('scraper');
        const { text } = await generateText({ model, prompt: 'completes' });
        expect(text).toBe('Hello, wörld 🌍!');
        expect(JSON.stringify(agent.messages().at(-1)?.headers)).not.toContain('sk-any');
      }
    });

    it('refuses a key that is none, and one whose budget is spent', async () => {
      expect(await refusal('sk-nobody')).toEqual({
        statusCode: 401,
        isRetryable: false,
        message: 'The agent "scraper" answered HTTP 401: Authentication Error, No such key.',
      });
      const { body, status } =
        refusals[name === 'litellm' ? 'budget exceeded' : 'budget exceeded, in older gateways'];
      expect(await refusal('sk-poor')).toEqual({
        statusCode: status,
        isRetryable: status === 429,
        message: `The agent "scraper" answered HTTP ${status}: ${body.error.message}`,
      });
    });

    it('shows a key the agents that it may use, and lets it use no other', async () => {
      const all = await gateway('sk-any').agents();
      const scraper = all.find((one) => one.name === 'scraper');
      const key = `sk-only-${scraper?.id ?? ''}`;
      expect(await refusal(key)).toBeUndefined();
      expect(await refusal(key, 'writer')).toEqual({
        statusCode: 403,
        isRetryable: false,
        message:
          'The agent "writer" answered HTTP 403: Agent \'writer\' is not allowed for your key/team. Contact proxy admin for access.',
      });
      const shown = await gateway(key).agents();
      expect(shown.map((one) => one.name)).toEqual(['scraper']);
      expect(await gateway(key).checkHealth('writer')).toMatchObject({ isHealthy: false });
    });

    it('says when a key may call again', async () => {
      const told = [await refusal('sk-once'), await refusal('sk-once'), await refusal('sk-once')];
      expect(told[0]).toBeUndefined();
      expect(told.at(-1)).toMatchObject({ statusCode: 429, isRetryable: true });
    });
  });
});
