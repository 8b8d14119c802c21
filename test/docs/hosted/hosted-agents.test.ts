import { generateText, type LanguageModel } from 'ai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { agentCore } from './agent-core';
import { agentEngine } from './agent-engine';
import { foundry } from './foundry';
import { langGraph } from './lang-graph';
import { pydanticAI } from './pydantic-ai';

// The addresses are those that the platforms document. Nothing here has reached the platforms themselves.
const token = async () => 'a-token';
const engine = 'projects/my-project/locations/us-central1/reasoningEngines/123';
const arn = 'arn:aws:bedrock-agentcore:us-west-2:123456789012:runtime/my-agent';

interface Platform {
  model: LanguageModel;
  card: string | undefined;
  message: string;
  header: [name: string, value: string];
  isRest?: boolean;
}

const engineUrl = `https://us-central1-aiplatform.googleapis.com/v1beta1/${engine}/a2a`;
const runtimeUrl =
  'https://bedrock-agentcore.us-west-2.amazonaws.com/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aus-west-2%3A123456789012%3Aruntime%2Fmy-agent/invocations/';
const projectUrl = 'https://my-account.services.ai.azure.com/api/projects/my-project';
const bearer: Platform['header'] = ['authorization', 'Bearer a-token'];

const platforms: Record<string, Platform> = {
  'Agent Engine': {
    model: agentEngine(engine, token),
    card: `${engineUrl}/v1/card`,
    message: `${engineUrl}/v1/message:send`,
    header: bearer,
    isRest: true,
  },
  AgentCore: {
    model: agentCore(arn, token),
    card: `${runtimeUrl}.well-known/agent-card.json`,
    message: runtimeUrl,
    header: bearer,
  },
  Foundry: {
    model: foundry(projectUrl, 'my-agent', token),
    card: undefined,
    message: `${projectUrl}/agents/my-agent/endpoint/protocols/a2a`,
    header: bearer,
  },
  LangGraph: {
    model: langGraph('https://my-deployment.us.langgraph.app', 'a-uuid', 'a-key'),
    card: 'https://my-deployment.us.langgraph.app/a2a/a-uuid/.well-known/agent-card.json',
    message: 'https://my-deployment.us.langgraph.app/a2a/a-uuid',
    header: ['x-api-key', 'a-key'],
  },
  'Pydantic AI': {
    model: pydanticAI('https://agent.example.com/', 'a-token'),
    card: 'https://agent.example.com/.well-known/agent-card.json',
    message: 'https://agent.example.com/',
    header: bearer,
  },
};

afterEach(() => vi.unstubAllGlobals());

describe('agents on hosting platforms', () => {
  it.each(Object.entries(platforms))('%s', async (_, { model, card, message, header, isRest }) => {
    const requests: Request[] = [];
    vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
      const request = new Request(input, init);
      requests.push(request);
      if (request.url === card) return Response.json(cardOf(message, isRest));
      if (request.url !== message) return new Response('Not found', { status: 404 });
      const answer = {
        messageId: '1',
        role: 'agent',
        kind: 'message',
        parts: [{ kind: 'text', text: 'Hello.' }],
      };
      const { id }: { id?: string } = await request.json();
      return Response.json(
        isRest ? { message: restMessage } : { jsonrpc: '2.0', id, result: answer },
      );
    });

    const { text } = await generateText({ model, prompt: 'Hello', maxRetries: 0 });

    expect(text).toBe('Hello.');
    expect(requests.map(({ url }) => url)).toEqual(
      card === undefined ? [message] : [card, message],
    );
    const [name, value] = header;
    expect(requests.map(({ headers }) => headers.get(name))).toEqual(requests.map(() => value));
  });
});

const restMessage = { messageId: '1', role: 'ROLE_AGENT', content: [{ text: 'Hello.' }] };

function cardOf(message: string, isRest = false) {
  return {
    name: 'agent',
    description: '',
    version: '1',
    protocolVersion: '0.3.0',
    preferredTransport: isRest ? 'HTTP+JSON' : 'JSONRPC',
    url: isRest ? message.replace(/\/v1\/message:send$/, '') : message,
    capabilities: {},
    defaultInputModes: ['text/plain'],
    defaultOutputModes: ['text/plain'],
    skills: [],
  };
}
