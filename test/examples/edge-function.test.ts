import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import type { DemoAgentName } from 'ai-sdk-a2a-settlement/sandbox';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { serveForExamples } from './example-sandbox';

let served: Awaited<ReturnType<typeof serveForExamples>>;
beforeEach(async () => {
  served = await serveForExamples();
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await served.sandbox.close();
});

describe('examples/edge-function.ts', () => {
  it('streams the answer, with the receipt on the message', async () => {
    const answer = await ask('streamer', 'Scrape example.com');

    expect(answer?.parts).toContainEqual(
      expect.objectContaining({
        type: 'text',
        text: expect.stringMatching(/^You asked: Scrape example\.com\. .+ delivered\.$/),
      }),
    );
    expect(answer?.metadata).toMatchObject({
      settlement: { status: 'released', amount: 10, fee: 1 },
    });
    expect(served.money('streamer')).toEqual({ payer: 989, agent: 10, escrows: ['released'] });
  });

  it('refunds when the agent fails', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const answer = await ask('failing', 'Scrape the page behind the login');

    expect(answer?.metadata).toMatchObject({ settlement: { status: 'refunded', returned: 11 } });
    expect(served.money('failing')).toEqual({ payer: 1000, agent: 0, escrows: ['refunded'] });
  });
});

async function ask(agent: DemoAgentName, prompt: string): Promise<UIMessage | undefined> {
  for (const [name, value] of Object.entries(served.environmentFor(agent))) {
    vi.stubEnv(name, value);
  }
  vi.resetModules();
  const { default: edgeFunction } = await import('../../examples/edge-function');

  const transport = new DefaultChatTransport<UIMessage>({
    api: 'http://app.test/api/ask',
    prepareSendMessagesRequest: () => ({ body: { prompt } }),
    fetch: (input, init) => edgeFunction.fetch(new Request(input, init)),
  });
  const stream = await transport.sendMessages({
    chatId: 'chat',
    trigger: 'submit-message',
    messageId: undefined,
    messages: [],
    abortSignal: undefined,
  });
  let answer: UIMessage | undefined;
  for await (const message of readUIMessageStream({ stream })) {
    answer = message;
  }
  return answer;
}
