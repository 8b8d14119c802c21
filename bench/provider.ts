import {
  ClientFactory,
  DefaultAgentCardResolver,
  JsonRpcTransportFactory,
} from '@a2a-js/sdk/client';
import { createA2A } from '../src/index';
import { compare } from './compare';

/** An answer of many small pieces, as bytes: a server would be slower than any client. */
const events = 2000;
const url = 'https://agent.example.com/';
const card = {
  name: 'Bench',
  supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' }],
  capabilities: { streaming: true, extensions: [] },
  skills: [],
};

function answer(id: unknown): Response {
  const frame = (result: unknown) => `data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`;
  const ids = { taskId: 't', contextId: 'c' };
  const encoder = new TextEncoder();
  const chunks = [
    frame({ task: { id: 't', contextId: 'c', status: { state: 'TASK_STATE_WORKING' } } }),
    ...Array.from({ length: events }, (_, index) =>
      frame({
        artifactUpdate: {
          ...ids,
          append: index > 0,
          artifact: { artifactId: 'a', parts: [{ text: `word ${index} ` }] },
        },
      }),
    ),
    frame({ statusUpdate: { ...ids, status: { state: 'TASK_STATE_COMPLETED' } } }),
  ].map((text) => encoder.encode(text));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
}

const recorded: typeof fetch = async (_input, init) =>
  init?.method === 'POST' ? answer(JSON.parse(String(init.body)).id) : Response.json(card);

function expectComplete(text: string): void {
  if (!text.endsWith(`word ${events - 1} `)) throw new Error('incomplete');
}

await compare(`A stream of ${events} events, from bytes to text`, {
  async 'the A2A SDK client alone'() {
    const factory = new ClientFactory({
      transports: [new JsonRpcTransportFactory({ fetchImpl: recorded })],
      cardResolver: new DefaultAgentCardResolver({ fetchImpl: recorded }),
    });
    const client = await factory.createFromUrl(url);
    let text = '';
    for await (const { payload } of client.sendMessageStream({
      tenant: '',
      message: {
        messageId: 'm',
        contextId: '',
        taskId: '',
        role: 1,
        parts: [],
        metadata: undefined,
        extensions: [],
        referenceTaskIds: [],
      },
      configuration: undefined,
      metadata: undefined,
    })) {
      if (payload?.$case !== 'artifactUpdate') continue;
      const [part] = payload.value.artifact?.parts ?? [];
      if (part?.content?.$case === 'text') text += part.content.value;
    }
    expectComplete(text);
  },

  async 'this provider'() {
    const model = createA2A({ fetch: recorded })(url);
    const { stream } = await model.doStream({
      prompt: [{ role: 'user', content: [{ type: 'text', text: 'Go' }] }],
    });
    let text = '';
    for await (const part of stream) if (part.type === 'text-delta') text += part.delta;
    expectComplete(text);
  },
});
