import { generateText } from 'ai';
import { expect, it } from 'vitest';
import { createA2A } from '../../src/index';

const rule = "A model id is the agent's http(s) URL or a name from createA2A({ agents }).";

it.each([
  ['', `No A2A agent "". ${rule} Is the variable with the URL set?`],
  [String(undefined), `No A2A agent "undefined". ${rule} Is the variable with the URL set?`],
  ['scrapper', `No A2A agent "scrapper". ${rule} Its names: scraper, writer.`],
])('an id that is no agent says what to write: %j', (id, message) => {
  const agents = {
    scraper: { url: 'https://s.example.com' },
    writer: { url: 'https://w.example.com' },
  };
  expect(() => createA2A({ agents })(id)).toThrow(message);
});

it('an agent at an address where nothing listens says so', async () => {
  const refused = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } });
  const fetch = () => Promise.reject(refused);
  const model = createA2A({ fetch })('https://agent.example.com');
  await expect(generateText({ model, prompt: 'Hi', maxRetries: 0 })).rejects.toThrow(
    /could not be reached \(ECONNREFUSED\): nothing listens at this address\. Start the agent, or correct its URL\.$/,
  );
});
