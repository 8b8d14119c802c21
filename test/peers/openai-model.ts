import { createServer } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { isJson, type Json } from './litellm-gateway-wire';

/** A model that speaks OpenAI's protocol, for what puts models behind A2A. */
export interface OpenAIModel {
  /** Ends in `/v1`. */
  baseURL: string;
  /** The bodies of the requests. */
  seen: Json[];
  close: () => Promise<void>;
}

/** Answers with what the bridge of the gateway's imitation answers with, so that both can be compared. */
export async function startOpenAIModel(answerTo: (text: string) => string): Promise<OpenAIModel> {
  const seen: Json[] = [];
  const server = createServer(async (request, response) => {
    const body = await readText(request);
    // The gateway looks whether anybody is there.
    if (body === '') {
      response.writeHead(404).end();
      return;
    }
    const asked: Json = JSON.parse(body);
    seen.push(asked);
    const last = Array.isArray(asked['messages']) ? asked['messages'].at(-1) : undefined;
    const prompt = isJson(last) && typeof last['content'] === 'string' ? last['content'] : '';
    let content: string;
    try {
      content = answerTo(prompt);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: { message, type: 'invalid_request_error' } }));
      return;
    }
    const common = { id: 'chatcmpl-1', created: 1, model: asked['model'] };
    if (asked['stream'] !== true) {
      response.writeHead(200, { 'content-type': 'application/json' });
      const message = { role: 'assistant', content };
      const usage = { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      response.end(JSON.stringify({ ...common, object: 'chat.completion', choices, usage }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const [index, piece] of [...content].entries()) {
      const delta = index === 0 ? { role: 'assistant', content: piece } : { content: piece };
      write([{ index: 0, delta, finish_reason: null }]);
    }
    write([{ index: 0, delta: {}, finish_reason: 'stop' }]);
    response.end('data: [DONE]\n\n');

    function write(choices: object[]): void {
      const chunk = { ...common, object: 'chat.completion.chunk', choices };
      response.write(`data: ${JSON.stringify(chunk)}\n\n`);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    baseURL: `http://127.0.0.1:${address.port}/v1`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
