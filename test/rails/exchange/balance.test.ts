import { expect, it } from 'vitest';
import { exchangeRail } from '../../../src/rails/exchange/exchange-rail';
import { exchangeUrl, sandboxExchange } from './sandbox-exchange';

it('says what the payer can still hold, in whole tokens', async () => {
  const { agent, fetch, payer } = sandboxExchange();
  const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
  const [before] = (await rail.balance?.()) ?? [];
  expect(before).toEqual({
    amount: expect.any(Number),
    held: 0,
    of: payer.accountId,
    currency: { code: 'ATE', decimals: 0 },
  });
  const hold = await rail.hold({ taskId: 't-1', payee: agent.accountId, amount: 5, ttlMinutes: 5 });
  const [after] = (await rail.balance?.()) ?? [];
  expect(Number(before?.amount) - Number(after?.amount)).toBe(hold.amount + hold.fee);
  expect(after?.held).toBe(hold.amount + hold.fee);
});
