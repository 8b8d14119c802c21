import { generateText, streamText, wrapLanguageModel, type ModelMessage } from 'ai';
import { describe, expect, test, vi } from 'vitest';
import {
  createA2A,
  createSettlement,
  exchangeRail,
  type Negotiate,
  type SettlementOptions,
} from '../../src/index';
import { agentUrl, createHaggler, type HagglerOptions } from './haggler';

Object.assign(globalThis, { AI_SDK_LOG_WARNINGS: false });

const extension = 'https://a2a-settlement.org/extensions/settlement/v1';

describe.each(['generate', 'stream'] as const)('%s', (mode) => {
  /** An agent that haggles, and calls of it. */
  function meet(haggler: HagglerOptions, options: SettlementOptions) {
    const agent = createHaggler(haggler);
    const { exchangeUrl, fetch, payer } = agent;
    const settlement = createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch }),
      ...options,
    });
    const events: string[] = [];
    for (const name of ['held', 'released', 'refunded', 'kept', 'unsettled'] as const) {
      settlement.on(name, () => events.push(name));
    }
    const model = wrapLanguageModel({
      model: createA2A({ fetch })(agentUrl),
      middleware: settlement.middleware,
    });
    const call = async (
      content: string,
      { before = [], signal }: { before?: ModelMessage[]; signal?: AbortSignal } = {},
    ) => {
      const messages: ModelMessage[] = [...before, { role: 'user', content }];
      const asked = {
        model,
        messages,
        maxRetries: 0,
        ...(signal !== undefined && { abortSignal: signal }),
      };
      const { providerMetadata, response, text } =
        mode === 'generate' ? await generateText(asked) : await read(asked);
      return {
        text,
        receipt: providerMetadata?.['settlement'],
        messages: [...messages, ...response.messages],
      };
    };
    return { agent, call, events };
  }

  async function read(asked: Parameters<typeof streamText>[0]) {
    const result = streamText({ ...asked, onError() {} });
    for await (const part of result.stream) {
      if (part.type === 'error') throw part.error;
    }
    return {
      text: await result.text,
      providerMetadata: await result.providerMetadata,
      response: await result.response,
    };
  }

  test.each(['task', 'status', 'message', 'artifact'] as const)(
    'a price on the %s is accepted, held and paid',
    async (says) => {
      const negotiate = vi.fn<Negotiate>(() => 'accept');
      const { agent, call, events } = meet(
        { asks: 150, says },
        { maxTokensPerCall: 200, negotiate },
      );
      const { receipt, text } = await call('Hello');
      expect(text).toContain('Translated: Hello');
      expect(negotiate).toHaveBeenCalledExactlyOnceWith({
        agent: agentUrl,
        proposedPrice: 150,
        currency: 'ATE',
        round: 1,
        ceiling: 200,
      });
      expect(receipt).toMatchObject({ status: 'released', amount: 150, captured: 150 });
      expect(events).toEqual(['held', 'released']);
      expect(agent.ledger().escrows).toMatchObject([{ amount: 150, status: 'released' }]);
      expect(agent.canceled).toEqual([]);
    },
  );

  test('they haggle on one task, and the escrow is what was agreed on', async () => {
    const { agent, call } = meet(
      { asks: 150, floor: 100 },
      {
        maxTokensPerCall: 200,
        negotiate: ({ proposedPrice, round }) =>
          proposedPrice <= 120 ? 'accept' : { counter: 80 + 10 * round },
      },
    );
    const { receipt, text } = await call('Hello');
    expect(text).toContain('Translated: Hello');
    expect(receipt).toMatchObject({ status: 'released', amount: 100 });
    const [escrow] = agent.ledger().escrows;
    expect(agent.ledger().escrows).toMatchObject([{ amount: 100, status: 'released' }]);
    expect(agent.heard.map(({ settlement }) => settlement)).toEqual([
      undefined,
      { counterPrice: 90 },
      { counterPrice: 100 },
      expect.objectContaining({ escrowId: escrow?.id, amount: 100, agreedPrice: 100 }),
    ]);
    const [first, ...later] = agent.heard;
    expect(first).toMatchObject({ task: undefined, context: undefined });
    expect(new Set(later.map(({ task }) => task)).size).toBe(1);
    expect(new Set(later.map(({ context }) => context)).size).toBe(1);
    expect(later[0]?.task).toBeDefined();
    for (const { extensions, text: words } of agent.heard) {
      expect(words).toBe('Hello');
      expect(extensions).toEqual([extension]);
    }
  });

  test('an agent that agrees to another price than was offered has proposed it', async () => {
    const { agent, call } = meet(
      { asks: 150, insistsOn: 120 },
      {
        maxTokensPerCall: 200,
        negotiate: ({ round }) => (round === 1 ? { counter: 100 } : 'accept'),
      },
    );
    expect((await call('Hello')).receipt).toMatchObject({ status: 'released', amount: 120 });
    expect(agent.ledger().escrows).toMatchObject([{ amount: 120 }]);
  });

  test('a card that requires payment is asked by the name of the extension', async () => {
    const { call } = meet(
      { asks: 150, required: true },
      { maxTokensPerCall: 200, negotiate: () => 'accept' },
    );
    expect((await call('Hello')).receipt).toMatchObject({ status: 'released', amount: 150 });
  });

  test('a price of ours may be negotiable, and an agent may negotiate for itself', async () => {
    const { agent, call } = meet(
      { asks: 150, pricing: { baseTokens: 5, model: 'per-request' } },
      {
        price: { model: 'negotiable' },
        limits: { perCall: 200 },
        negotiate: () => 'refuse',
        agents: {
          [agentUrl]: { negotiate: ({ ceiling }) => (ceiling === 200 ? 'accept' : 'refuse') },
        },
      },
    );
    expect((await call('Hello')).receipt).toMatchObject({ status: 'released', amount: 150 });
    expect(agent.ledger().escrows).toHaveLength(1);
  });

  describe('nothing is held, and the waiting task is canceled', () => {
    const accept: Negotiate = () => 'accept';
    test.each<[string, HagglerOptions, SettlementOptions, string]>([
      [
        'after a refusal',
        { asks: 150 },
        { maxTokensPerCall: 200, negotiate: () => 'refuse' },
        'NO_AGREEMENT',
      ],
      [
        'after too many rounds',
        { asks: 150 },
        { maxTokensPerCall: 200, negotiate: () => ({ counter: 1 }) },
        'NO_AGREEMENT',
      ],
      [
        'above the ceiling',
        { asks: 150 },
        { maxTokensPerCall: 149, negotiate: accept },
        'LIMIT_EXCEEDED',
      ],
      [
        'above the limit of a call',
        { asks: 150 },
        { maxTokensPerCall: 200, limits: { perCall: 149 }, negotiate: accept },
        'LIMIT_EXCEEDED',
      ],
      [
        'above the limit of a window',
        { asks: 150 },
        {
          maxTokensPerCall: 200,
          limits: { perWindow: { amount: 149, minutes: 1 } },
          negotiate: accept,
        },
        'LIMIT_EXCEEDED',
      ],
      [
        'without approval',
        { asks: 150 },
        { maxTokensPerCall: 200, negotiate: accept, approve: ({ amount }) => amount !== 150 },
        'NOT_APPROVED',
      ],
      [
        'without the tokens',
        { asks: 150, payerTokens: 100 },
        { maxTokensPerCall: 200, negotiate: accept, onHoldFailure: 'throw' },
        'INSUFFICIENT_BALANCE',
      ],
      ...[1.5, -3, 10_001, '150', 'much'].map(
        (asks): [string, HagglerOptions, SettlementOptions, string] => [
          `for a price of ${JSON.stringify(asks)}`,
          { asks },
          {
            maxTokensPerCall: 200,
            negotiate() {
              throw new Error('nonsense came through');
            },
          },
          'INVALID_AMOUNT',
        ],
      ),
    ])('%s', async (_, haggler, options, code) => {
      const { agent, call, events } = meet(haggler, options);
      await expect(call('Hello')).rejects.toMatchObject({ name: 'AI_SettlementError', code });
      expect(events).toEqual([]);
      expect(agent.ledger().escrows).toEqual([]);
      await expect.poll(() => agent.canceled).toHaveLength(1);
    });

    test('when the caller leaves meanwhile', async () => {
      const abort = new AbortController();
      const { agent, call } = meet(
        { asks: 150 },
        {
          maxTokensPerCall: 200,
          negotiate() {
            abort.abort(new Error('left'));
            return 'accept';
          },
        },
      );
      await call('Hello', { signal: abort.signal }).catch(() => {});
      await expect.poll(() => agent.canceled).toHaveLength(1);
      expect(agent.ledger().escrows).toEqual([]);
      expect(agent.heard).toHaveLength(1);
    });
  });

  describe('nothing is sent', () => {
    test.each<[string, SettlementOptions, string]>([
      ['without a ceiling', {}, 'INVALID_AMOUNT'],
      ['with a ceiling that no hold can have', { maxTokensPerCall: 10_001 }, 'INVALID_AMOUNT'],
      [
        'to an agent that is not allowed',
        { maxTokensPerCall: 200, allow: { agents: [] } },
        'NOT_ALLOWED',
      ],
      [
        'by who cannot pay',
        {
          maxTokensPerCall: 200,
          onHoldFailure: 'throw',
          rail: exchangeRail({ exchangeUrl: 'https://haggler.test', apiKey: ' ' }),
        },
        'NOT_CONFIGURED',
      ],
    ])('%s', async (_, options, code) => {
      const negotiate = vi.fn<Negotiate>(() => 'accept');
      const { agent, call } = meet({ asks: 150 }, { ...options, negotiate });
      await expect(call('Hello')).rejects.toMatchObject({ code });
      expect(agent.heard).toEqual([]);
      expect(negotiate).not.toHaveBeenCalled();
    });
  });

  test('an error that names the setting', async () => {
    const { call } = meet({ asks: 150 }, { negotiate: () => 'accept' });
    await expect(call('Hello')).rejects.toThrow('maxTokensPerCall');
  });

  test('without `negotiate` the base is the price', async () => {
    const { agent, call } = meet({ asks: 150 }, {});
    expect((await call('Hello')).receipt).toMatchObject({ status: 'released', amount: 50 });
    expect(agent.heard).toHaveLength(1);
  });

  describe('what an agent answers without a price is the caller’s, unpaid', () => {
    const options: SettlementOptions = { maxTokensPerCall: 200, negotiate: () => 'accept' };

    test('work', async () => {
      const { agent, call, events } = meet({ unpaid: 'works' }, options);
      const { receipt, text } = await call('Hello');
      expect(text).toBe('Translated: Hello');
      expect(receipt).toEqual({ status: 'unsettled', reason: 'FREE' });
      expect(agent.heard).toHaveLength(1);
      expect(agent.ledger().escrows).toEqual([]);
      expect(events).toEqual([]);
    });

    test('a question; its answer is asked for its price again', async () => {
      const { agent, call } = meet({ unpaid: 'asks back' }, options);
      const { messages, receipt, text } = await call('Hello');
      expect(text).toBe('Which document?');
      expect(receipt).toEqual({ status: 'unsettled', reason: 'FREE' });
      await call('This one', { before: messages });
      expect(agent.heard).toHaveLength(2);
      expect(agent.heard[1]).toMatchObject({ text: 'This one', settlement: undefined });
      expect(agent.heard[1]?.task).toBeDefined();
      expect(agent.ledger().escrows).toEqual([]);
    });

    test('a failure', async () => {
      const { agent, call } = meet({ unpaid: 'fails' }, options);
      await expect(call('Hello')).rejects.toMatchObject({
        name: 'AI_A2ATaskError',
        message: 'I cannot do that.',
      });
      expect(agent.heard).toHaveLength(1);
      expect(agent.canceled).toEqual([]);
    });

    test('what it agreed to do for nothing', async () => {
      const { agent, call } = meet(
        { asks: 150, insistsOn: 0 },
        { ...options, negotiate: () => ({ counter: 0 }) },
      );
      const { receipt, text } = await call('Hello');
      expect(text).toContain('Translated: Hello');
      expect(receipt).toEqual({ status: 'unsettled', reason: 'FREE' });
      expect(agent.heard.at(-1)?.settlement).toEqual({ agreedPrice: 0 });
      expect(agent.ledger().escrows).toEqual([]);
    });
  });

  test('a call that goes on unpaid goes on with the task that waits', async () => {
    const { agent, call, events } = meet(
      { asks: 150, payerTokens: 100 },
      { maxTokensPerCall: 200, negotiate: () => 'accept' },
    );
    const { receipt } = await call('Hello');
    expect(receipt).toMatchObject({ status: 'unsettled', reason: 'INSUFFICIENT_BALANCE' });
    expect(events).toEqual(['unsettled']);
    expect(agent.heard).toHaveLength(2);
    expect(agent.heard[1]?.task).toBeDefined();
  });

  test('a later turn under the hold does not negotiate again', async () => {
    const negotiate = vi.fn<Negotiate>(() => 'accept');
    const { agent, call, events } = meet(
      { asks: 150, asksBack: true },
      { maxTokensPerCall: 200, negotiate },
    );
    const { messages, receipt, text } = await call('Hello');
    expect(text).toContain('Into which language?');
    expect(receipt).toMatchObject({ status: 'kept', amount: 150 });
    const turn = await call('French', { before: messages });
    expect(turn.text).toContain('Translated: French');
    expect(turn.receipt).toMatchObject({ status: 'released', amount: 150 });
    expect(negotiate).toHaveBeenCalledOnce();
    expect(agent.heard).toHaveLength(3);
    expect(agent.heard[2]?.settlement).toMatchObject({ amount: 150 });
    expect(events).toEqual(['held', 'kept', 'released']);
    expect(agent.ledger().escrows).toHaveLength(1);
  });

  test('the agent gets a conversation it does not know from its beginning, each time', async () => {
    const { agent, call } = meet(
      { asks: 150 },
      { maxTokensPerCall: 200, negotiate: () => 'accept' },
    );
    const before: ModelMessage[] = [
      { role: 'user', content: 'I like cats.' },
      { role: 'assistant', content: 'Noted.' },
    ];
    const { messages } = await call('Hello', { before });
    const [first, paid] = agent.heard.map(({ text }) => text);
    expect(first).toContain('cats');
    expect(paid).toBe(first);
    await call('And now?', { before: messages });
    expect(agent.heard.slice(2).map(({ text }) => text)).toEqual(['And now?', 'And now?']);
    expect(agent.ledger().escrows).toMatchObject([
      { amount: 150, status: 'released' },
      { amount: 150, status: 'released' },
    ]);
  });
});
