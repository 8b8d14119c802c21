import { generateText, stepCountIs, ToolLoopAgent } from 'ai';
import type { SettlementOptions } from 'ai-sdk-a2a-settlement';
import { paidAgentTool, type PaidAgentToolOptions } from 'ai-sdk-a2a-settlement/tools';
import { expect, test } from 'vitest';
import { createMarket, saying, text, toolCall } from './market';

const options = { prompt: 'How big is Bonn?', maxRetries: 0 };

/** A planner at 30 tokens who pays a researcher at 10, both agents of this package. */
function open({
  budget,
  limits,
  planner,
  researcher = saying(text('Bonn is small.')),
}: {
  limits?: SettlementOptions['limits'];
  planner: ReturnType<typeof saying>;
  researcher?: ReturnType<typeof saying>;
} & Pick<PaidAgentToolOptions, 'budget'>) {
  const market = createMarket();
  market.open('user', 100);
  market.open('planner', 100);
  market.open('researcher', 0);
  const buy = market.buyer('planner', limits === undefined ? {} : { limits });
  market.sell('researcher', { model: researcher });
  market.sell(
    'planner',
    {
      agent: new ToolLoopAgent({
        model: planner,
        tools: {
          research: paidAgentTool({
            model: buy('researcher'),
            description: 'Researches a question.',
            ...(budget !== undefined && { budget }),
          }),
        },
        stopWhen: stepCountIs(8),
      }),
    },
    { price: 30 },
  );
  return { ...market, model: market.buyer('user')('planner') };
}

const ask = () => toolCall('research', { message: 'How big is Bonn?' });

test('a planner is paid, and pays a researcher', async () => {
  const { books, model } = open({ planner: saying([ask()], text('As said: small.')) });
  const { text: answer, providerMetadata } = await generateText({ ...options, model });
  expect(answer).toBe('As said: small.');
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', amount: 30 });
  // 30 and a fee of 1 from the user, 10 and a fee of 1 from the planner.
  expect(books()).toEqual({
    user: 69,
    planner: 119,
    researcher: 10,
    escrows: ['released', 'released'],
  });
});

test.each([
  {
    by: 'the limits of the settlement',
    given: { limits: { perWindow: { amount: 20, minutes: 60 } } },
  },
  { by: 'the budget of the tool', given: { budget: 20 } },
])('a planner that asks on and on is stopped by $by', async ({ given }) => {
  const planner = saying([ask()], [ask()], [ask()], [ask()], text('That is all I know.'));
  const { books, model } = open({ planner, ...given });
  expect((await generateText({ ...options, model })).text).toBe('That is all I know.');
  // The model is told why.
  expect(JSON.stringify(planner.doStreamCalls[3]?.prompt.at(-1))).toMatch(/was not (?:sent|made)/);
  expect(books()).toEqual({
    user: 69,
    planner: 108,
    researcher: 20,
    escrows: ['released', 'released', 'released'],
  });
});

test('a researcher that fails is refunded, and the planner paid for what it makes of that', async () => {
  const planner = saying([ask()], text('Nobody knows.'));
  const { books, model } = open({ planner, researcher: saying(new Error('out of order')) });
  expect((await generateText({ ...options, model })).text).toBe('Nobody knows.');
  expect(books()).toEqual({
    user: 69,
    planner: 130,
    researcher: 0,
    escrows: ['released', 'refunded'],
  });
});

test('two agents that hire each other in a circle are stopped by a limit', async () => {
  const market = createMarket();
  market.open('user', 100);
  for (const [name, other] of [
    ['ann', 'bob'],
    ['bob', 'ann'],
  ] as const) {
    market.open(name, 100);
    const buy = market.buyer(name, { limits: { perWindow: { amount: 20, minutes: 60 } } });
    // Whatever it is asked, it asks the other one; and when that fails, it fails.
    const circle = async function* () {
      yield* [];
      const { text: answer } = await generateText({ model: buy(other), ...options });
      yield { type: 'text-delta' as const, id: '1', text: answer };
    };
    market.sell(name, { run: () => ({ stream: circle() }) });
  }
  await expect(generateText({ ...options, model: market.buyer('user')('ann') })).rejects.toThrow();
  // user → ann → bob → ann → bob, whom the limit of ann stops: ann has 20 held with bob by then.
  expect(market.books()).toEqual({
    user: 100,
    ann: 100,
    bob: 100,
    escrows: ['refunded', 'refunded', 'refunded', 'refunded', 'refunded'],
  });
});

test('a circle of tools ends with what the limit let through, paid from end to end', async () => {
  const market = createMarket();
  market.open('user', 100);
  for (const [name, other] of [
    ['ann', 'bob'],
    ['bob', 'ann'],
  ] as const) {
    market.open(name, 100);
    const buy = market.buyer(name, { limits: { perWindow: { amount: 20, minutes: 60 } } });
    const tools = { hire: paidAgentTool({ model: buy(other), description: 'Works.' }) };
    // A model of its own for each task: it hires, and says what came of that.
    market.sell(name, {
      run: ({ abortSignal, messages }) =>
        new ToolLoopAgent({
          model: saying([toolCall('hire', { message: 'Work' })], text(`${name} is done.`)),
          tools,
        }).stream({ abortSignal, messages }),
    });
  }
  const { text: answer } = await generateText({ ...options, model: market.buyer('user')('ann') });
  expect(answer).toBe('ann is done.');
  // user → ann → bob → ann → bob → ann, who has spent its limit, and answers without help.
  expect(market.books()).toEqual({
    user: 89,
    ann: 108,
    bob: 98,
    escrows: ['released', 'released', 'released', 'released', 'released'],
  });
});
