import { afterAll, describe, expect, it } from 'vitest';
import { findAgent, nameOfAgent } from '../../examples/next-chat/lib/agents';
import { approve, withApproval } from '../../examples/next-chat/lib/approval';
import { findTask, rememberTask } from '../../examples/next-chat/lib/background-tasks';
import { readChatRequest } from '../../examples/next-chat/lib/read-chat-request';

afterAll(() => void Reflect.deleteProperty(globalThis, 'nextChat'));

describe('an approval of the page', () => {
  const agent = 'https://agent.example.com/';
  const quote = { agent, payee: 'p', amount: 25, ttlMinutes: 30 };
  const given = { agent, amount: '25', currency: 'ATE' };

  it('counts for its agent, up to its price', () => {
    expect(withApproval(given, () => approve(quote))).toBe(true);
    expect(withApproval(given, () => approve({ ...quote, amount: 21 }))).toBe(true);
  });

  it.each([
    ['a higher price', given, { ...quote, amount: 26 }],
    ['another agent', given, { ...quote, agent: 'https://other.example.com/' }],
    ['a price in another currency', { ...given, currency: 'USDC' }, quote],
    ['none', undefined, quote],
  ])('does not count for %s', (_, approval, asked) => {
    expect(() => withApproval(approval, () => approve(asked))).toThrow(/asks for 2[56] ATE/);
  });

  it('ends with its call', async () => {
    const late = withApproval(given, () => new Promise((resolve) => setTimeout(resolve, 5)));
    expect(() => approve(quote)).toThrow(/asks for 25/);
    await late;
    expect(() => approve(quote)).toThrow(/asks for 25/);
  });
});

describe('what a page asks for', () => {
  const messages = [{ id: '1', role: 'user', parts: [{ type: 'text', text: 'Hello' }] }];
  const read = (body: unknown) =>
    readChatRequest(
      new Request('http://localhost/', { method: 'POST', body: JSON.stringify(body) }),
    );

  it('is one of the agents of the list', async () => {
    expect(await read({ agent: 'writer', messages })).toMatchObject({ agent: { id: 'writer' } });
    for (const agent of ['__proto__', 'constructor', 'https://evil.example.com/', '', 7]) {
      expect(await read({ agent, messages })).toBeUndefined();
    }
    expect(findAgent(undefined)).toBeUndefined();
  });

  it('is not what was written to another agent, also where that one did not answer', async () => {
    const unanswered = [
      { id: '2', role: 'user', parts: [{ type: 'text', text: 'For the writer' }] },
      { id: '3', role: 'assistant', parts: [], metadata: { agent: 'writer' } },
      { id: '4', role: 'user', parts: [{ type: 'text', text: 'For the writer, too' }] },
    ];
    const asked = await read({ agent: 'scraper', messages: [...unanswered, ...messages] });
    expect(asked?.messages.map(({ id }) => id)).toEqual(['3', '1']);
  });

  it.each(['1e9', 'Infinity', '-1', '', '0x99', 99])('approves no price of %j', async (amount) => {
    const approval = { agent: 'a', amount, currency: 'ATE' };
    expect(await read({ agent: 'writer', messages, approval })).toBeUndefined();
  });
});

it('names an agent by its URL, and all agents that share one', () => {
  expect(nameOfAgent('https://sandbox.test/agents/data/')).toBe('Weather desk');
  expect(nameOfAgent('https://sandbox.test/agents/slow/')).toBe('Researcher / Night shift');
  expect(nameOfAgent('https://agent.example.com/')).toBe('https://agent.example.com/');
});

it('finds the task of a message for its user only', async () => {
  await rememberTask('me', 'message-1', { agent: 'https://agent.example.com/', taskId: 't1' });
  expect(await findTask('me', 'message-1')).toMatchObject({ taskId: 't1' });
  expect(await findTask('you', 'message-1')).toBeUndefined();
});
