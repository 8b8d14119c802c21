import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import { getReceipt } from 'ai-sdk-a2a-settlement';
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

describe('examples/next-route.ts, behind the transport of useChat', () => {
  it('streams the answer, with the receipt on the message', async () => {
    const chat = await openChat('streamer');
    const answer = await chat.send('Scrape example.com');

    expect(textOf(answer)).toMatch(/^You asked: Scrape example\.com\. .+ delivered\.$/);
    expect(answer?.metadata).toMatchObject({
      settlement: {
        status: 'released',
        amount: 10,
        fee: 1,
        payee: served.sandbox.agents.streamer.accountId,
      },
    });
    expect(served.money('streamer')).toEqual({ payer: 989, agent: 10, escrows: ['released'] });
  });

  it('goes on with a conversation under one hold', async () => {
    const chat = await openChat('asker');
    const question = await chat.send('Book a table for tonight');
    expect(textOf(question)).toBe('For how many guests?');
    expect(question?.metadata).toMatchObject({ settlement: { status: 'kept', amount: 15 } });
    expect(served.money('asker').escrows).toEqual(['held']);

    const booking = await chat.send('4');
    expect(textOf(booking)).toBe('Your table is booked. Guests: 4.');
    expect(booking?.metadata).toMatchObject({ settlement: { status: 'released', amount: 15 } });
    expect(served.money('asker')).toEqual({ payer: 984, agent: 15, escrows: ['released'] });
  });

  it('refunds when the agent fails', async () => {
    const onError = vi.fn();
    vi.spyOn(console, 'error').mockImplementation(() => {});
    const chat = await openChat('failing');
    const answer = await chat.send('Scrape the page behind the login', { onError });

    expect(onError).toHaveBeenCalled();
    expect(getReceipt(answer)).toMatchObject({ status: 'refunded', returned: 11 });
    expect(served.money('failing')).toEqual({ payer: 1000, agent: 0, escrows: ['refunded'] });
  });

  it('refunds when the visitor leaves', async () => {
    const leaving = new AbortController();
    const chat = await openChat('slow');
    const gone = chat.send('Compare the prices of ten shops', { abortSignal: leaving.signal });

    await vi.waitFor(() => expect(served.money('slow').escrows).toEqual(['held']));
    leaving.abort();
    await gone.catch(() => {});

    await vi.waitFor(() => expect(served.money('slow').escrows).toEqual(['refunded']));
    expect(served.money('slow')).toMatchObject({ payer: 1000, agent: 0 });
  });
});

/** A browser's chat whose requests go to the route. */
async function openChat(agent: DemoAgentName) {
  for (const [name, value] of Object.entries(served.environmentFor(agent))) {
    vi.stubEnv(name, value);
  }
  vi.resetModules();
  const { POST } = await import('../../examples/next-route');

  const transport = new DefaultChatTransport<UIMessage>({
    api: 'http://app.test/api/chat',
    fetch: (input, init) => POST(new Request(input, init)),
  });
  const messages: UIMessage[] = [];
  return {
    async send(
      text: string,
      { abortSignal, onError }: { abortSignal?: AbortSignal; onError?: () => void } = {},
    ): Promise<UIMessage | undefined> {
      messages.push({ id: `${messages.length}`, role: 'user', parts: [{ type: 'text', text }] });
      const stream = await transport.sendMessages({
        chatId: 'chat',
        trigger: 'submit-message',
        messageId: undefined,
        messages,
        abortSignal,
      });
      let answer: UIMessage | undefined;
      for await (const message of readUIMessageStream({
        stream,
        ...(onError !== undefined && { onError }),
      })) {
        answer = message;
      }
      if (answer !== undefined) messages.push(answer);
      return answer;
    },
  };
}

function textOf(message: UIMessage | undefined): string | undefined {
  return message?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('');
}
