import type { LanguageModelV4 } from '@ai-sdk/provider';
import { MockLanguageModelV4 } from 'ai/test';
import { firstAccepted } from 'ai-sdk-a2a-settlement/tools';
import { expect, test } from 'vitest';
import { watchOf } from '../../src/internal/call-watch';
import { Budget } from '../../src/tools/budget';
import { WatchedCall } from '../../src/tools/watched-call';

const agent = 'researcher';
const quote = { agent, amount: 10 };
const judge = () => true;

test('what the outer watch does not agree to comes back', () => {
  const budget = new Budget(10);
  const outer = new WatchedCall(new Budget(5), { judge });
  expect(() => new WatchedCall(budget, { judge, outer }).approve(quote)).toThrow('5');
  expect(() => new WatchedCall(budget, { judge }).approve(quote)).not.toThrow();
});

test('what was not held has no receipt', () => {
  const call = new WatchedCall(new Budget(10), { judge });
  call.approve(quote);
  call.told({ status: 'unsettled' });
  expect(call.receipt).toBeUndefined();
});

const usage = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
};
const answer = {
  content: [{ type: 'text' as const, text: 'good' }],
  finishReason: { unified: 'stop' as const, raw: 'stop' },
  usage,
  warnings: [],
};

/** Models of which the second is asked when it should not be, or should. */
function ask(first: LanguageModelV4['doGenerate']) {
  const second = new MockLanguageModelV4({ doGenerate: async () => answer });
  const models = [new MockLanguageModelV4({ doGenerate: first }), second];
  const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Work' }] }];
  const asked = firstAccepted(models, { verify: () => true }).doGenerate({ prompt });
  return { asked, second };
}

test('what was accepted, and paid, and failed then, is not asked of another one', async () => {
  const { asked, second } = ask(async (options) => {
    const whole = { agent, text: 'good', data: [], files: 0, finishReason: 'stop' as const, usage };
    await watchOf(options)?.verify(
      { ...whole, providerMetadata: undefined },
      { isQuestion: false },
    );
    throw new Error('broken');
  });
  await expect(asked).rejects.toThrow('broken');
  expect(second.doGenerateCalls).toHaveLength(0);
});

test.each(['refunded', 'disputed'])(
  'an answer that its settlement has %s is refused',
  async (status) => {
    const { asked, second } = ask(async (options) => {
      const watch = watchOf(options);
      watch?.approve({ agent, amount: 10 });
      watch?.told({ status, escrowId: 'e', amount: 10 });
      return { ...answer, providerMetadata: { settlement: { status, escrowId: 'e', amount: 10 } } };
    });
    await expect(asked).resolves.toMatchObject({
      providerMetadata: { firstAccepted: { tries: [{ outcome: 'refused', receipt: { status } }] } },
    });
    expect(second.doGenerateCalls).toHaveLength(1);
  },
);
