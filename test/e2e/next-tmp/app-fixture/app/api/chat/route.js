import { convertToModelMessages, createUIMessageStreamResponse, streamText, toUIMessageStream, wrapLanguageModel } from 'ai';
import { after } from 'next/server';
import { a2a, createSettlement } from 'ai-sdk-a2a-settlement';
const settlement = createSettlement({
  ...(process.env.EXP_AFTER && { waitUntil: (p) => after(p) }),
});
for (const e of ['held','released','refunded','kept','unsettled','unresolved']) settlement.on(e, (x) => console.log('EVENT', e, x.reason ?? '', x.error?.message ?? ''));
const agent = wrapLanguageModel({ model: a2a(process.env.A2A_AGENT_URL ?? 'https://agent.example.com'), middleware: settlement.middleware });
export async function POST(request) {
  const { messages } = await request.json();
  const result = streamText({ model: agent, messages: await convertToModelMessages(messages), ...(!process.env.EXP_NOABORT && { abortSignal: request.signal }) });
  return createUIMessageStreamResponse({
    stream: toUIMessageStream({ stream: result.stream,
      messageMetadata: ({ part }) => part.type === 'finish-step' ? { settlement: part.providerMetadata?.settlement } : undefined }),
  });
}
