import { generateText, wrapLanguageModel } from 'ai';
import type { BalanceReport } from 'ai-sdk-a2a-settlement';
import { afterAll, expect, it, vi } from 'vitest';
import { agentUrl } from '../../examples/next-chat/lib/agent-url';
import { rememberBalances } from '../../examples/next-chat/lib/remember-balances';
import { a2a, settlement } from '../../examples/next-chat/lib/settlement';

afterAll(() => {
  Reflect.deleteProperty(globalThis, 'nextChat');
  vi.useRealTimers();
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

it('asks the ledgers no more often than they change, or every five seconds', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const ask = vi.fn(async (): Promise<BalanceReport> => ({ balances: [], failed: [] }));
  const balancesAfter = rememberBalances(ask);
  for (let page = 0; page < 50; page++) await balancesAfter(2);
  expect(ask).toHaveBeenCalledTimes(1);
  await balancesAfter(3);
  await balancesAfter(3);
  expect(ask).toHaveBeenCalledTimes(2);
  vi.setSystemTime(Date.now() + 5000);
  await balancesAfter(3);
  expect(ask).toHaveBeenCalledTimes(3);
});
