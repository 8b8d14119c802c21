import { describe, expect, test } from 'vitest';
import { AGENT_URL, testAgent } from './test-agent';

/** Which protocol a request for a task is answered in, over JSON-RPC: 1.0, 0.3, or none. */
async function answered(query: string, headers: Record<string, string>): Promise<string> {
  const { fetch } = testAgent('streamer');
  const codes: number[] = [];
  for (const method of ['GetTask', 'tasks/get']) {
    const response = await fetch(AGENT_URL + query, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { id: 'none' } }),
    });
    codes.push((await response.json()).error.code);
  }
  if (codes[0] === -32001) return '1.0';
  if (codes[1] === -32001) return '0.3';
  expect(codes).toEqual([-32009, -32009]);
  return 'none';
}

describe('the version that a request names', () => {
  test.each([
    ['1.0', '1.0'],
    ['1.0.0', '1.0'],
    ['1.0.17', '1.0'],
    [' 1.0 ', '1.0'],
    ['0.3', '0.3'],
    ['0.3.0', '0.3'],
    ['', '0.3'],
    ['1', 'none'],
    ['1.1', 'none'],
    ['1.0.', 'none'],
    ['1.0.x', 'none'],
    ['1.0.0.0', 'none'],
    ['0.2.6', 'none'],
  ])('%j in its header is %s', async (version, expected) => {
    expect(await answered('', { 'A2A-Version': version })).toBe(expected);
  });

  test.each([
    ['1.0', '1.0'],
    ['1.0.1', '1.0'],
    ['0.3', '0.3'],
    ['', '0.3'],
    ['9.9', 'none'],
  ])('%j in its query is %s', async (version, expected) => {
    expect(await answered(`?A2A-Version=${version}`, {})).toBe(expected);
  });

  test('in its header counts before that in its query', async () => {
    expect(await answered('?A2A-Version=1.0', { 'A2A-Version': '0.3' })).toBe('0.3');
  });

  test('in its query counts over HTTP+JSON and for the card', async () => {
    const { fetch } = testAgent('streamer');
    const statusOf = async (path: string) => (await fetch(AGENT_URL + path)).status;
    expect(await statusOf('tasks')).toBe(400);
    expect(await statusOf('tasks?A2A-Version=1.0&pageSize=1')).toBe(200);
    const card = await fetch(`${AGENT_URL}.well-known/agent-card.json?A2A-Version=1.0`);
    expect(await card.json()).not.toHaveProperty('url');
  });
});
