import { expect, test } from 'vitest';
import { restContentHeaders } from '../../src/agent/rest-content-headers';
import { AGENT_URL, testAgent } from './test-agent';

const json = 'application/json';
const own = 'application/a2a+json';

test.each([
  [undefined, json],
  ['', json],
  ['*/*', json],
  [json, json],
  [own, own],
  ['Application/A2A+JSON', own],
  [`${json}, ${own}`, own],
  [`*/*;q=0.1, ${own};v=1;q=0.5`, own],
  [`${json}, ${own};q=0.5`, json],
  [`${json};q=0.5,${own};q=0.9`, own],
  [`${own};q=0`, json],
  [`${own};q=x`, json],
  [`text/event-stream, ${json}`, json],
])('a caller that accepts %s gets %s', (accept, expected) => {
  const headers = new Headers(accept === undefined ? {} : { accept });
  expect(restContentHeaders(new Request(AGENT_URL, { headers }))).toEqual({
    'content-type': expected,
    vary: 'Accept',
  });
});

test.each([
  ['an answer', 'tasks', 200],
  ['an error', 'tasks/none', 404],
])('%s over HTTP+JSON is of the type that its caller accepts', async (_, path, status) => {
  const { fetch } = testAgent('streamer');
  for (const accept of [json, own]) {
    const response = await fetch(AGENT_URL + path, { headers: { accept, 'A2A-Version': '1.0' } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe(accept);
    expect(response.headers.get('vary')).toBe('Accept');
  }
});
