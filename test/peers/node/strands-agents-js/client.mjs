// `A2AAgent` of Strands, at an agent of ours.
import { A2AAgent } from '@strands-agents/sdk/a2a';

const { calls, url } = JSON.parse(process.argv[2]);
const agent = new A2AAgent({ url });
const seen = [];
for (const { text } of calls) {
  try {
    const result = await agent.invoke(text);
    seen.push({ stopReason: result.stopReason, text: result.toString() });
  } catch (error) {
    seen.push({ error: String(error) });
  }
}
console.log(JSON.stringify(seen));
process.exit(0);
