import { generateText } from 'ai';
import { expect, it } from 'vitest';
import { endsWith } from '../sandbox/nevermined/agent-of-nevermined';
import { aPaidModel } from './nevermined-model';

it('orders a plan once when the answer to the order is lost, and the balance comes late', async () => {
  let orders = 0;
  let isLate = false;
  const { model, backend } = await aPaidModel(
    {
      intercept: async ({ url }) => {
        if (!isLate) return undefined;
        if (url.includes('/balance/')) return Response.json({ balance: '0' });
        if (!url.endsWith('/order')) return undefined;
        orders += 1;
        return new Response('{}', { status: 502 });
      },
    },
    { autoOrder: true },
  );
  isLate = true;
  const { text, providerMetadata } = await generateText({ model, prompt: 'Hi' });
  expect(text).toBe('Hello');
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', captured: 5 });
  expect(orders).toBe(1);
  expect(backend.ledger().delegations).toHaveLength(1);
});

it('orders no plan that only an agent’s challenge names', async () => {
  const { model, seen } = await aPaidModel(
    {
      cardWithoutPayment: true,
      intercept: async ({ url }) =>
        url.includes('/balance/') ? Response.json({ balance: '0' }) : undefined,
    },
    { autoOrder: true },
    { onHoldFailure: 'throw' },
  );
  await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toMatchObject({
    code: 'NOT_CONFIGURED',
    message: expect.stringContaining('`planId`'),
  });
  expect(seen.filter(({ url }) => url.endsWith('/order'))).toEqual([]);
});

it('counts what it held when an agent says that it used what no number can keep', async () => {
  const limits = { credits: { perCall: 5, perWindow: { amount: 5, minutes: 60 } } };
  const { model } = await aPaidModel({ work: endsWith('99999999999999999') }, {}, { limits });
  const { providerMetadata } = await generateText({ model, prompt: 'Hi' });
  expect(providerMetadata?.['settlement']).toMatchObject({ status: 'released', captured: 5 });
  await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toMatchObject({
    code: 'LIMIT_EXCEEDED',
  });
});
