import { type AgentHandlerOptions, createAgentCard, createAgentHandler } from '../../../src/agent';
import { demoAgents } from '../../../src/sandbox/agents/demo-agents';
import { demoExecutor } from '../../../src/sandbox/agents/demo-executor';

let posts: unknown[] = [];
let underWay: Promise<unknown>[] = [];

const fetch: NonNullable<AgentHandlerOptions['fetch']> = async (_, init) => {
  posts.push(JSON.parse(String(init?.body)));
  return new Response();
};

const handle = createAgentHandler({
  card: createAgentCard({
    url: 'https://agent.test/',
    name: 'data',
    description: 'A test agent.',
    skills: [demoAgents.data.skill],
    pushNotifications: true,
  }),
  executor: demoExecutor({
    agent: demoAgents.data,
    required: false,
    delayMs: 0,
    verify: async () => ({ verified: false, reason: 'missing', message: 'No escrow.' }),
  }),
  push: { trustedOrigins: ['https://hook.test'] },
  fetch,
  waitUntil: (promise) => void underWay.push(promise),
});

/** An agent that answers with data. Returns its answer, and what the webhook was sent meanwhile. */
export default {
  async fetch(request: Request): Promise<Response> {
    posts = [];
    underWay = [];
    const response = await handle(new Request('https://agent.test/', request));
    const answer = await response.json();
    await Promise.all(underWay);
    return Response.json({ answer, posts });
  },
};
