import { generateText, wrapLanguageModel } from 'ai';
import { afterAll, expect, it } from 'vitest';
import { agentUrl } from '../../examples/next-chat/lib/agent-url';
import { a2a, settlement } from '../../examples/next-chat/lib/settlement';

afterAll(() => {
  Reflect.deleteProperty(globalThis, 'nextChat');
});

it('lets all visitors together spend no more than the limit of an hour', async () => {
  const model = wrapLanguageModel({
    model: a2a(agentUrl({ url: '/agents/data/' })),
    middleware: settlement.middleware,
  });
  const ask = (user: string) =>
    generateText({
      model,
      prompt: 'Weather in Lisbon',
      maxRetries: 0,
      providerOptions: { settlement: { labels: { user } } },
    });
  for (let visitor = 0; visitor < 100; visitor++) await ask(`visitor-${visitor}`);
  await expect(ask('visitor-100')).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
});
