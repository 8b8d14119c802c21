// The provider of A2A agents for earlier versions of the AI SDK, at an agent of ours.
import { a2a } from 'a2a-ai-provider';
import { generateText, streamText } from 'ai';

const { calls, url } = JSON.parse(process.argv[2]);
const model = a2a(`${url}.well-known/agent-card.json`);
const seen = [];
for (const { streaming, text: prompt } of calls) {
  try {
    const call = { model, prompt, maxRetries: 0 };
    if (!streaming) {
      const { finishReason, text } = await generateText(call);
      seen.push({ finishReason, text });
      continue;
    }
    const chunks = [];
    const { finishReason, textStream } = streamText({ ...call, onError: () => {} });
    for await (const chunk of textStream) chunks.push(chunk);
    seen.push({ chunks, finishReason: await finishReason });
  } catch (error) {
    seen.push({ error: String(error) });
  }
}
console.log(JSON.stringify(seen));
process.exit(0);
