import { serve } from '@hono/node-server';
import { APICallError, generateText, streamText, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement } from 'ai-sdk-a2a-settlement';
import { nevermined, type NeverminedOptions } from 'ai-sdk-a2a-settlement/nevermined';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentAnswer } from '../../src/rails/rail';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';
import { createNevermined, type Nevermined } from '../../src/sandbox/nevermined/create-nevermined';
import type { NeverminedAccount } from '../../src/sandbox/nevermined/nevermined-types';
import { isInstalled } from './installed-peers';
import { runPaymentsPyClient, startPaymentsPyAgent } from './python/payments-py/payments-py';

const hasPaymentsPy = isInstalled('payments-py');

const agentId = 'did:nv:python';

describe.skipIf(!hasPaymentsPy)('the client of payments-py', () => {
  it('orders a plan of the sandbox, and pays its agent with tokens of both versions', async () => {
    const sandbox = await serveSandbox();
    const { backendUrl, agent, buyer, ledger } = sandbox.nevermined;
    const seen = await runPaymentsPyClient({
      backendUrl,
      apiKey: buyer.apiKey,
      planId: agent.planId,
      agentId: agent.agentId,
      agentUrl: agent.url,
    });
    expect(seen).toEqual({
      before: 0,
      plan: agent.planId,
      ordered: true,
      delegations: ['active'],
      version: 2,
      scheme: 'nvm:erc4337',
      states: ['completed', 'completed', 'completed', 'completed'],
      balances: [95, 90, 85, 80],
    });
    const tokens = ledger().settlements.map(({ token }) => token);
    // One of version 2 for both turns, one of version 3 for each.
    expect(new Set(tokens).size).toBe(3);
    await sandbox.close();
  });
});

describe.skipIf(!hasPaymentsPy)('the server of payments-py', () => {
  let backend: Nevermined;
  let backendUrl: string;
  let server: ReturnType<typeof serve>;
  let seller: NeverminedAccount;
  let planIds: string[];
  const agents: Awaited<ReturnType<typeof startPaymentsPyAgent>>[] = [];

  beforeAll(async () => {
    backend = createNevermined();
    backendUrl = await new Promise((resolve) => {
      server = serve(
        { port: 0, hostname: '127.0.0.1', fetch: (request) => backend.fetch(request) },
        ({ port }) => resolve(`http://127.0.0.1:${port}`),
      );
    });
    seller = backend.register();
    planIds = ['One', 'Two'].map((name) => backend.addPlan(seller, { name, credits: 100 }));
    const shared = { backendUrl, apiKey: seller.apiKey, agentId };
    agents.push(
      await startPaymentsPyAgent({ ...shared, plans: { planId: planIds[0] ?? '' } }),
      await startPaymentsPyAgent({ ...shared, plans: { planIds } }),
    );
  });
  afterAll(async () => {
    await Promise.all(agents.map(({ close }) => close()));
    await new Promise((resolve) => server.close(resolve));
  });

  async function aBuyer(
    options: NeverminedOptions = {},
    { agent = 0, orders = planIds.slice(0, 1) } = {},
  ) {
    const buyer = backend.register();
    const url = agents[agent]?.url ?? '';
    const rail = nevermined({
      apiKey: buyer.apiKey,
      backendUrl,
      delegation: { spendingLimitCents: 1, durationSecs: 3600, currency: 'usdc' },
      ...options,
    });
    for (const planId of orders) await rail.order(planId);
    const card: unknown = await (await fetch(`${url}.well-known/agent-card.json`)).json();
    const { payee = '', amount = 0 } = rail.terms(card, { skill: undefined }) ?? {};
    const model = createA2A()(url);
    const begin = async () => {
      const hold = await rail.hold({
        taskId: crypto.randomUUID(),
        payee,
        amount,
        ttlMinutes: 60,
        agent: { id: url, card },
      });
      const { metadata, extensions, headers = {} } = await rail.decorate(hold, { isFirst: true });
      return { hold, call: { model, headers, providerOptions: { a2a: { metadata, extensions } } } };
    };
    const left = async () => (await rail.balance()).map((balance) => Number(balance.amount));
    return { rail, begin, left, model, card };
  }

  const answerOf = (
    providerMetadata: Record<string, Record<string, unknown>> | undefined,
  ): AgentAnswer => ({
    state: String(providerMetadata?.['a2a']?.['state']),
    metadata: providerMetadata?.['a2a']?.['metadata'],
  });

  it.each([2, 3] as const)(
    'is paid with a token of version %i, and the answer says so',
    async (tokenVersion) => {
      const { rail, begin, left } = await aBuyer({ tokenVersion });
      const { hold, call } = await begin();
      const { text, providerMetadata } = await generateText({ ...call, prompt: 'hello' });
      expect(text).toBe('Echo: hello');
      expect(await left()).toEqual([95]);
      expect(await rail.release(hold, { answer: answerOf(providerMetadata) })).toMatchObject({
        status: 'released',
        amount: 5,
        // A receipt where it was paid in band; with a header the agent only says what it used.
        ...(tokenVersion === 3 && { proof: [{ network: 'eip155:84532', confirmedBy: 'agent' }] }),
      });
    },
  );

  it.each([2, 3] as const)(
    'is paid for a stream, version %i, and has no receipt for it',
    async (tokenVersion) => {
      const { rail, begin, left } = await aBuyer({ tokenVersion });
      const { hold, call } = await begin();
      const result = streamText({ ...call, prompt: 'hello' });
      expect(await result.text).toBe('Echo: hello');
      const answer = answerOf(await result.providerMetadata);
      expect(await left()).toEqual([95]);
      const first = await rail.release(hold, { answer });
      expect(first.status).toBe(tokenVersion === 3 ? 'pending' : 'released');
      expect(await rail.release(hold, { answer })).toEqual({
        status: 'released',
        amount: 5,
        fee: 0,
      });
    },
  );

  it.each([2, 3] as const)('is paid by the middleware, version %i', async (tokenVersion) => {
    const { rail, left } = await aBuyer({ tokenVersion });
    const { middleware } = createSettlement({
      rails: [rail],
      limits: { credits: { perCall: 5 } },
    });
    const model = wrapLanguageModel({ model: createA2A()(agents[0]?.url ?? ''), middleware });
    const { text, providerMetadata } = await generateText({ model, prompt: 'hello' });
    expect(text).toBe('Echo: hello');
    expect(providerMetadata?.['settlement']).toMatchObject({
      status: 'released',
      captured: 5,
      currency: 'credits',
      payee: agentId,
    });
    expect(await left()).toEqual([95]);
  });

  it.each([2, 3] as const)(
    'is paid by the middleware for a stream, version %i',
    async (tokenVersion) => {
      const { rail, left } = await aBuyer({ tokenVersion });
      const { middleware } = createSettlement({
        rails: [rail],
        limits: { credits: { perCall: 5 } },
      });
      const model = wrapLanguageModel({ model: createA2A()(agents[0]?.url ?? ''), middleware });
      const result = streamText({ model, prompt: 'hello' });
      expect(await result.text).toBe('Echo: hello');
      expect(await left()).toEqual([95]);
      // Its server stamps no receipt, and lets who carries the token look at the task.
      const receipt = (await result.providerMetadata)?.['settlement'];
      expect(receipt).toMatchObject({ status: 'released', captured: 5 });
      expect(receipt).not.toHaveProperty('proof');
    },
  );

  it('takes what it says it used, and nothing when it breaks', async () => {
    const { rail, begin, left } = await aBuyer({ tokenVersion: 3 });
    const dear = await begin();
    const { providerMetadata } = await generateText({ ...dear.call, prompt: 'overcharge' });
    expect(await rail.release(dear.hold, { answer: answerOf(providerMetadata) })).toMatchObject({
      status: 'released',
      amount: 77,
    });
    const broken = await begin();
    await expect(generateText({ ...broken.call, prompt: 'fail', maxRetries: 0 })).rejects.toThrow();
    const free = await begin();
    const given = await generateText({ ...free.call, prompt: 'free' });
    expect(await rail.release(free.hold, { answer: answerOf(given.providerMetadata) })).toEqual({
      status: 'refunded',
      returned: 5,
    });
    expect(await left()).toEqual([23]);
  });

  it('asks in band for what was not paid, and a challenge is answered', async () => {
    const { rail, model, card, left } = await aBuyer({ tokenVersion: 3 });
    const unpaid = await generateText({ model, prompt: 'hello' });
    const answer = answerOf(unpaid.providerMetadata);
    expect(answer.state).toBe('input-required');
    const challenge = rail.challenge?.(answer, { hasLimit: () => true });
    expect(challenge).toMatchObject({ payee: agentId, amount: 5 });
    const hold = await rail.hold({
      taskId: crypto.randomUUID(),
      payee: agentId,
      amount: 5,
      ttlMinutes: 60,
      challenge,
      agent: { id: agents[0]?.url ?? '', card },
    });
    const { metadata, headers = {} } = await rail.decorate(hold, { isFirst: true });
    const { text } = await generateText({
      model,
      headers,
      prompt: 'hello',
      providerOptions: { a2a: { metadata } },
    });
    expect(text).toBe('Echo: hello');
    expect(await left()).toEqual([95]);
  });

  it('asks for payment of a stream by HTTP 402', async () => {
    const { model } = await aBuyer();
    const errors: unknown[] = [];
    const stream = streamText({
      model,
      prompt: 'hello',
      maxRetries: 0,
      onError: ({ error }) => void errors.push(error),
    });
    await stream.consumeStream();
    expect(errors).toMatchObject([{ statusCode: 402 }]);
    expect(errors.every((error) => APICallError.isInstance(error) || error instanceof Error)).toBe(
      true,
    );
  });

  it('takes any plan of several, and settles on the first alone', async () => {
    const { begin, left } = await aBuyer({}, { agent: 1, orders: planIds });
    const { call } = await begin();
    await generateText({ ...call, prompt: 'hello' });
    expect(await left()).toEqual([95, 100]);

    const second = await aBuyer({ planId: planIds[1] }, { agent: 1, orders: planIds });
    const other = await second.begin();
    const { text } = await generateText({ ...other.call, prompt: 'hello' });
    expect(text).toBe('Echo: hello');
    // It asks for the first plan when it settles, and the token is of the second.
    expect(await second.left()).toEqual([100, 100]);
  });

  it('refuses what the buyer cannot pay', async () => {
    const { rail, begin } = await aBuyer({ tokenVersion: 3 }, { orders: [] });
    const { hold, call } = await begin();
    const error = await generateText({ ...call, prompt: 'hello', maxRetries: 0 }).catch(
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({ name: 'AI_A2ATaskError' });
    const answer = { state: 'failed', metadata: { 'x402.payment.status': 'payment-failed' } };
    expect(await rail.refund(hold, { answer })).toEqual({ status: 'refunded', returned: 5 });
  });
});
