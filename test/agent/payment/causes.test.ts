import { expect, test } from 'vitest';
import { acceptExchange, Message } from '../../../src/agent';
import { SaleBook } from '../../../src/agent/payment/sale-book';

test('a wrong key of the seller is a cause without the key', async () => {
  const accept = acceptExchange({
    exchangeUrl: 'https://exchange.test',
    apiKey: 'sk-wrong',
    accountId: 'seller',
    price: 10,
    fetch: async () => Response.json({ detail: 'no' }, { status: 401 }),
  });
  const metadata = { 'a2a-se': { escrowId: 'escrow-1' } };
  const message = Message.fromJSON({ messageId: 'm', role: 'ROLE_USER', parts: [], metadata });
  const verdict = await accept.read({ message, taskId: 't', headers: {} })?.verify();
  expect(verdict).toMatchObject({ verified: false, error: { code: 'UNAUTHORIZED' } });
  expect(JSON.stringify(verdict)).not.toContain('sk-wrong');
});

test('books that throw at once stop no sale', async () => {
  const errors: unknown[] = [];
  const append = (): never => {
    throw new Error('full');
  };
  const book = new SaleBook({ store: { append }, onError: (error) => void errors.push(error) });
  const about = { begunAt: '2026-11-01T00:00:00.000Z', rail: 'exchange', sale: 's', taskId: 't' };
  await book.note(about, 'verified');
  expect(errors.map(String)).toEqual(['Error: full']);
});
