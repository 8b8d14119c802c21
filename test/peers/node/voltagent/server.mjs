// An agent of VoltAgent, on its own Hono server.
import { A2AServer } from '@voltagent/a2a-server';
import { Agent, VoltAgent } from '@voltagent/core';
import { honoServer } from '@voltagent/server-hono';
import { MockLanguageModelV3 } from 'ai/test';
import { freePort, ready, scriptedAnswer } from './scripted-server.mjs';

const usage = {
  inputTokens: { total: 7, noCache: 7, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 11, text: 11, reasoning: 0 },
};
const finish = { finishReason: { unified: 'stop', raw: 'stop' }, usage };

function answerTo({ prompt }) {
  const turns = prompt.filter(({ role }) => role === 'user').map(({ content }) => content);
  const texts = turns.map((parts) => parts.map(({ text }) => text ?? '').join(''));
  const files = (turns.at(-1) ?? [])
    .filter(({ type }) => type === 'file')
    .map(({ data, mediaType }) => ({ type: mediaType, size: data.length }));
  return scriptedAnswer(texts, files);
}

const model = new MockLanguageModelV3({
  async doGenerate(call) {
    let text = '';
    for await (const piece of answerTo(call)) text += piece;
    return { content: [{ type: 'text', text }], warnings: [], ...finish };
  },
  async doStream(call) {
    async function* parts() {
      yield { type: 'stream-start', warnings: [] };
      yield { type: 'text-start', id: '1' };
      for await (const delta of answerTo(call)) yield { type: 'text-delta', id: '1', delta };
      yield { type: 'text-end', id: '1' };
      yield { type: 'finish', ...finish };
    }
    return { stream: ReadableStream.from(parts()) };
  },
});

const port = await freePort();
const agent = new Agent({ name: 'scripted', instructions: 'Say what you are told to.', model });
const voltAgent = new VoltAgent({
  agents: { scripted: agent },
  a2aServers: { scripted: new A2AServer({ name: 'scripted', version: '1.0.0' }) },
  server: honoServer({ port, hostname: '127.0.0.1', enableSwaggerUI: false }),
});
await voltAgent.ready;
const url = `http://127.0.0.1:${port}`;
const isUp = () =>
  fetch(`${url}/.well-known/scripted/agent-card.json`).then(
    ({ ok }) => ok,
    () => false,
  );
while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 20));
ready(url);
