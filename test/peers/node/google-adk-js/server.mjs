// An agent of Google's ADK, made an A2A server by its `toA2a`.
import { BaseLlm, LlmAgent, toA2a } from '@google/adk';
import { freePort, ready, scriptedAnswer, settings } from './scripted-server.mjs';

class ScriptedModel extends BaseLlm {
  async *generateContentAsync({ contents }, stream) {
    const turns = contents.filter(({ role }) => role === 'user').map(({ parts }) => parts ?? []);
    const texts = turns.map((parts) => parts.map(({ text }) => text ?? '').join(''));
    const files = (turns.at(-1) ?? []).flatMap(({ inlineData }) =>
      inlineData === undefined
        ? []
        : [{ type: inlineData.mimeType, size: Buffer.from(inlineData.data, 'base64').length }],
    );
    let whole = '';
    for await (const text of scriptedAnswer(texts, files)) {
      whole += text;
      if (stream) yield { content: { role: 'model', parts: [{ text }] }, partial: true };
    }
    yield {
      content: { role: 'model', parts: [{ text: whole }] },
      partial: false,
      turnComplete: true,
      finishReason: 'STOP',
      usageMetadata: { promptTokenCount: 7, candidatesTokenCount: 11, totalTokenCount: 18 },
    };
  }

  async connect() {
    throw new Error('It is not live.');
  }
}

const port = await freePort();
const agent = new LlmAgent({
  name: 'scripted',
  description: 'Says what it is told to.',
  model: new ScriptedModel({ model: 'scripted' }),
});
const origin = `http://127.0.0.1:${port}`;
// Its own card names JSON-RPC first.
const agentCard = settings.transport === 'HTTP+JSON' && {
  protocolVersion: '0.3.0',
  name: agent.name,
  description: agent.description,
  version: '1.0.0',
  url: `${origin}/rest`,
  preferredTransport: 'HTTP+JSON',
  capabilities: { streaming: true },
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [],
};
const app = await toA2a(agent, {
  host: '127.0.0.1',
  port,
  allowUnauthenticated: true,
  ...(agentCard && { agentCard }),
});
app.listen(port, '127.0.0.1', () => ready(origin));
