import { generateText, streamText, type LanguageModel } from 'ai';
import { A2AProtocolError, createLiteLLM } from 'ai-sdk-a2a-settlement';
import { createSandbox, type Sandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { cells } from '../conformance/cells';
import { columns, type Column } from '../conformance/subjects';
import { isInstalled } from './installed-peers';
import { compareWithImitation } from './litellm-comparison';
import { startLiteLLMFleet, type LiteLLMFleet } from './litellm-fleet';
import { litellmProxies } from './litellm-proxy';
import type { Peer } from './peer';

const polling = { intervalMs: 20, timeoutMs: 60_000 };

/** What LiteLLM's own proxy does with everything that `createLiteLLM` promises. */
describe.each(litellmProxies)('%s', (name) => {
  const isCurrent = name === 'litellm';
  describe.skipIf(!isInstalled(name))('LiteLLM’s own proxy', () => {
    let fleet: LiteLLMFleet;
    let sandbox: Sandbox;
    beforeAll(async () => {
      fleet = await startLiteLLMFleet(name);
      sandbox = createSandbox({ payerTokens: 1_000_000 });
    });
    afterAll(async () => {
      await fleet.close();
      sandbox.close();
    });

    const gateway = (settings: Parameters<typeof createLiteLLM>[0] = {}) =>
      createLiteLLM({
        baseURL: fleet.proxy.url,
        apiKey: fleet.proxy.masterKey,
        polling,
        ...settings,
      });
    const failureOf = async (model: LanguageModel): Promise<A2AProtocolError[]> => {
      const errors: unknown[] = [];
      await generateText({ model, prompt: 'completes', maxRetries: 0 }).catch((error: unknown) =>
        errors.push(error),
      );
      await streamText({
        model,
        prompt: 'completes',
        maxRetries: 0,
        onError: ({ error }) => errors.push(error),
      }).consumeStream();
      expect(errors).toHaveLength(2);
      return errors.map((error) => {
        if (!A2AProtocolError.isInstance(error)) throw error;
        expect(error.message).not.toContain('sk-');
        return error;
      });
    };
    const lastHeaders = (agent: Peer) => agent.messages().at(-1)?.headers ?? {};

    const agents = ['scraper', 'newer', 'pinned', 'pinned-0.3', 'writer'] as const;
    const cases = agents.flatMap((agent) => columns.map((column) => ({ agent, column })));
    test.each(cases)('$agent: $column', async ({ agent, column }) => {
      const isBridge = agent === 'writer';
      if (isBridge && isWithoutTasks(column)) return;
      await cells[column](
        {
          model: gateway()(agent),
          agent: isBridge
            ? { ...fleet.scraper, messages: () => [] }
            : agent === 'newer'
              ? fleet.newer
              : fleet.scraper,
          gateway: undefined,
          isBridge,
          payee: sandbox.agents.streamer.accountId,
          close: async () => {},
        },
        sandbox,
      ).finally(() => {
        fleet.scraper.canceled.length = 0;
        fleet.newer.canceled.length = 0;
      });
    });

    it('takes requests in 1.0 where it speaks 1.0', async () => {
      const model = gateway({ protocol: '1.0' })('scraper');
      if (isCurrent) {
        const { text } = await generateText({ model, prompt: 'completes' });
        expect(text).toBe('Hello, wörld 🌍!');
        return;
      }
      const [error] = await failureOf(model);
      expect(error).toMatchObject({ statusCode: 400, code: -32601 });
    });

    it('reaches an agent of 1.0 alone when the gateway’s owner sends its version', async () => {
      const model = gateway()('only-1.0-by-header');
      if (!isCurrent) {
        expect((await failureOf(model))[0]?.statusCode).toBe(500);
        return;
      }
      // Without it the card is refused, unless the proxy still has it of an earlier call.
      const { text } = await generateText({ model, prompt: 'completes' });
      expect(text).toBe('Hello, wörld 🌍!');
      const card = fleet.only10.seen.findLast(({ path }) => path.includes('agent-card'));
      expect(card?.headers['a2a-version']).toBe('1.0');
    });

    it('lists its agents, and calls them by name and by id', async () => {
      const listed = await gateway().agents();
      expect(listed.map((agent) => agent.name)).toContain('scraper');
      const scraper = listed.find((agent) => agent.name === 'scraper');
      expect(scraper).toMatchObject({
        description: 'A test agent',
        skills: [{ id: 'chat', name: 'Chat', description: 'Talks.' }],
        isPublic: false,
        card: { url: fleet.scraper.url },
      });
      const { text } = await generateText({
        model: gateway()(scraper?.id ?? ''),
        prompt: 'completes',
      });
      expect(text).toBe('Hello, wörld 🌍!');
      const healthy = await gateway().agents({ healthCheck: true });
      expect(healthy.map((agent) => agent.name)).toContain('scraper');
      expect(healthy.map((agent) => agent.name)).not.toContain('dead');
    });

    it('tells the health of what it shows', async () => {
      expect(await gateway().checkHealth('scraper')).toMatchObject({ isHealthy: true });
      expect(await gateway().checkHealth('nobody')).toMatchObject({ isHealthy: false });
      expect(await gateway({ apiKey: 'sk-wrong' }).checkHealth('scraper')).toMatchObject({
        isHealthy: false,
      });
    });

    it('reads price and payee from the agent’s own card', async () => {
      const { url } = fleet.scraper;
      const own = gateway({ agents: { scraper: { cardUrl: url } } });
      const card = await own.agentCard('scraper');
      expect(JSON.stringify(card)).toContain('baseTokens');
      expect(await gateway().agentCard('scraper')).toBeUndefined();
    });

    it('passes on what is meant for the agent, and nothing of its key', async () => {
      const own = gateway({
        headers: { 'x-tenant': 'acme', 'x-other': 'stays' },
        agentHeaders: { 'X-Api-Version': '2' },
      });
      for (const model of [own('strict'), own('scraper')]) {
        await generateText({
          model,
          prompt: 'completes',
          headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
        });
        const seen = lastHeaders(fleet.scraper);
        const isStrict = model.modelId === 'strict';
        expect(seen['x-api-version']).toBe('2');
        expect(seen['traceparent']).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-/);
        expect(seen['x-static']).toBe(isStrict ? 'of the gateway' : undefined);
        expect(seen['x-tenant']).toBe(isStrict ? 'acme' : undefined);
        expect(seen).not.toHaveProperty('x-other');
        expect(JSON.stringify(seen)).not.toContain(fleet.proxy.masterKey);
      }
    });

    it('keeps one trace over a conversation, as far as the agent', async () => {
      const model = gateway()('strict');
      const first = await generateText({ model, prompt: 'completes' });
      const trace = lastHeaders(fleet.scraper)['x-litellm-trace-id'];
      await streamText({
        model,
        messages: [...first.response.messages, { role: 'user', content: 'And then?' }],
      }).consumeStream();
      const context = first.providerMetadata?.['a2a']?.['contextId'];
      const later = lastHeaders(fleet.scraper)['x-litellm-trace-id'];
      expect(trace).toBe(context);
      // It has no other place for what a stream is logged by.
      if (isCurrent) expect(later).toBe(context);
      else expect(later).toMatch(/^\w{16}$/);
      await generateText({
        model,
        prompt: 'completes',
        providerOptions: { litellm: { traceId: 'request-7' } },
      });
      expect(lastHeaders(fleet.scraper)['x-litellm-trace-id']).toBe('request-7');
    });

    it('is imitated as it is', async () => {
      expect(await compareWithImitation(fleet, name)).toEqual([]);
    });

    it('says what the gateway refuses', async () => {
      // LiteLLM's own. Without a database it knows its master key, and no other.
      const wrongKey = await failureOf(gateway({ apiKey: 'sk-wrong' })('scraper'));
      const nobody = await failureOf(gateway()('nobody'));
      const nowhere = await failureOf(gateway()('nowhere'));
      const dead = await failureOf(gateway()('dead'));
      expect(wrongKey).toMatchObject(twice(400, /answered HTTP 400: No connected db\.$/));
      expect(nobody).toMatchObject(twice(404, /answered HTTP 404: Agent 'nobody' not found$/));
      expect(nowhere).toMatchObject(twice(500, /Agent 'nowhere' has no URL configured$/));
      const unreachable =
        /(?:answered HTTP 500|responded with an error): .*fetch(?:ing)? agent card from http/;
      expect(dead).toMatchObject([
        ...twice(500, unreachable).slice(1),
        ...twice(200, unreachable).slice(1),
      ]);
    });
  });
});

/** What both `generateText` and `streamText` are told. */
function twice(statusCode: number, message: RegExp): object[] {
  const told = { statusCode, isRetryable: false, message: expect.stringMatching(message) };
  return [told, told];
}

/** Those that a model behind the gateway's bridge cannot have: docs/agents.md says why. */
function isWithoutTasks(column: Column): boolean {
  return column === 'files' || column === 'abort' || column === 'resume';
}
