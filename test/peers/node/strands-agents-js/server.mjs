// An agent of Strands, on its own Express server.
import { Agent, Model } from '@strands-agents/sdk';
import { A2AExpressServer } from '@strands-agents/sdk/a2a/express';
import { ready, scriptedAnswer } from './scripted-server.mjs';

class ScriptedModel extends Model {
  updateConfig() {}

  getConfig() {
    return { modelId: 'scripted' };
  }

  async *stream(messages) {
    const blocks = messages.filter(({ role }) => role === 'user').map(({ content }) => content);
    const texts = blocks.map((content) =>
      content.map((block) => (block.type === 'textBlock' ? block.text : '')).join(''),
    );
    const files = (blocks.at(-1) ?? [])
      .filter(({ type }) => type === 'imageBlock')
      .map(({ format, source }) => ({ type: `image/${format}`, size: source.bytes?.length }));
    yield { type: 'modelMessageStartEvent', role: 'assistant' };
    yield { type: 'modelContentBlockStartEvent' };
    for await (const text of scriptedAnswer(texts, files)) {
      yield { type: 'modelContentBlockDeltaEvent', delta: { type: 'textDelta', text } };
    }
    yield { type: 'modelContentBlockStopEvent' };
    yield { type: 'modelMessageStopEvent', stopReason: 'endTurn' };
  }
}

const server = new A2AExpressServer({
  agentFactory: () => new Agent({ model: new ScriptedModel(), printer: false }),
  name: 'scripted',
  description: 'Says what it is told to.',
  port: 0,
});
await server.serve();
ready(`http://127.0.0.1:${server.port}`);
