// An agent of the AI SDK calls a paid A2A agent as a tool, and pays it with tokens of a sandbox in
// this process. Copy it as agent-as-tool.mts, and run `npx tsx agent-as-tool.mts`.
import { ToolLoopAgent, wrapLanguageModel } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { createSandbox } from 'ai-sdk-a2a-settlement/sandbox';
import { paidAgentTool } from 'ai-sdk-a2a-settlement/tools';

const { agents, close, exchangeUrl, fetch, payer } = createSandbox();
const rail = exchangeRail({ exchangeUrl, apiKey: payer.apiKey, fetch });
const { middleware } = createSettlement({ rail });
const scraper = wrapLanguageModel({ model: createA2A({ fetch })(agents.streamer.url), middleware });

// A scripted model. In your application, write `model: 'openai/gpt-5.1'` below instead.
const tokens = { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0, text: 1, reasoning: 0 };
const common = { usage: { inputTokens: tokens, outputTokens: tokens }, warnings: [] };
const input = JSON.stringify({ message: 'Scrape example.com' });
const call = { type: 'tool-call' as const, toolCallId: '1', toolName: 'scrape', input };
const text = { type: 'text' as const, text: 'The page has been read.' };
const model = new MockLanguageModelV4({
  doGenerate: [
    { ...common, content: [call], finishReason: { unified: 'tool-calls', raw: undefined } },
    { ...common, content: [text], finishReason: { unified: 'stop', raw: undefined } },
  ],
});

// Each call costs ten tokens, so the third one is refused before anything is held.
const scrape = paidAgentTool({ model: scraper, description: 'Scrapes a web page.', budget: 25 });
const planner = new ToolLoopAgent({ model, tools: { scrape } });

const { steps, text: answer } = await planner.generate({ prompt: 'What is on example.com?' });
for (const { output } of steps.flatMap(({ staticToolResults }) => staticToolResults)) {
  console.log(output.text);
  console.log(`${output.receipt?.status}: ${output.receipt?.captured} tokens\n`);
}
console.log(answer);
close();
