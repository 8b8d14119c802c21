import { generateText } from 'ai';
import { createA2A } from 'ai-sdk-a2a-settlement';
import {
  createAgentExecutor,
  createAgentCard,
  createAgentHandler,
  requirePayment,
  type SaleRecord,
} from 'ai-sdk-a2a-settlement/agent';
import { expect, it } from 'vitest';
import { saying, scriptedModel } from '../agent/model/scripted-model';
import { acceptVouchers } from './accept-vouchers';

it('is paid in a way of its own', async () => {
  const points = new Map([['17.secret', 5]]);
  const sales: SaleRecord[] = [];
  const accepts = [
    acceptVouchers({
      find: async (code) => {
        const amount = points.get(code);
        return amount === undefined ? undefined : { amount };
      },
      spend: async (code, amount) => void points.set(code, (points.get(code) ?? 0) - amount),
    }),
  ];
  const executor = requirePayment(
    createAgentExecutor({ model: scriptedModel([saying('A poem.')]) }),
    {
      accepts,
      onSale: (record) => sales.push(record),
    },
  );
  const card = createAgentCard({
    url: 'https://poet.test/',
    name: 'poet',
    description: '',
    skills: [],
    extensions: accepts.flatMap((accept) => [...accept.extensions([])]),
  });
  const handler = createAgentHandler({ card, executor });
  const model = createA2A({ fetch: (input, init) => handler(new Request(input, init)) })(
    'https://poet.test/',
  );
  const buy = (credential: string) =>
    generateText({
      model,
      prompt: 'A poem',
      maxRetries: 0,
      providerOptions: { a2a: { metadata: { credential } } },
    });

  expect((await buy('17.secret')).text).toBe('A poem.');
  expect(points.get('17.secret')).toBe(0);
  await expect(buy('18.wrong')).rejects.toThrow('The voucher is not valid.');
  expect(sales.map(({ event }) => event)).toEqual(['verified', 'worked', 'settled', 'refused']);
  expect(JSON.stringify(sales)).not.toContain('secret');
});
