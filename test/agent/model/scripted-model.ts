import { MockLanguageModelV4, simulateReadableStream } from 'ai/test';
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { createA2A } from 'ai-sdk-a2a-settlement';
import {
  createAgentExecutor,
  type AgentExecutorOptions,
  type AgentHandlerOptions,
  type AgentSource,
  createAgentCard,
  createAgentHandler,
} from '../../../src/agent';
import { inProcessFetch } from '../../../src/sandbox/in-process-fetch';

export type Turn = LanguageModelV4StreamPart[];

const usage = {
  inputTokens: { total: 10, noCache: 6, cacheRead: 4, cacheWrite: undefined },
  outputTokens: { total: 7, text: 5, reasoning: 2 },
};

/** A model that says this, one turn after the other, and ends its last one in that way. */
export function scriptedModel(
  turns: Turn[],
  { ends }: { ends?: LanguageModelV4FinishReason['unified'] } = {},
) {
  let turn = 0;
  return new MockLanguageModelV4({
    doStream: async () => {
      const parts = turns[turn++] ?? [];
      const isCall = parts.some(({ type }) => type === 'tool-call');
      const unified = isCall ? 'tool-calls' : turn === turns.length ? (ends ?? 'stop') : 'stop';
      return {
        stream: simulateReadableStream<LanguageModelV4StreamPart>({
          chunks: [
            { type: 'stream-start', warnings: [] },
            ...parts,
            { type: 'finish', finishReason: { unified, raw: unified }, usage },
          ],
        }),
      };
    },
  });
}

export function saying(...deltas: string[]): Turn {
  const id = crypto.randomUUID();
  return [
    { type: 'text-start', id },
    ...deltas.map((delta) => ({ type: 'text-delta' as const, id, delta })),
    { type: 'text-end', id },
  ];
}

export function thinking(...deltas: string[]): Turn {
  return [
    { type: 'reasoning-start', id: 'r' },
    ...deltas.map((delta) => ({ type: 'reasoning-delta' as const, id: 'r', delta })),
    { type: 'reasoning-end', id: 'r' },
  ];
}

export function calling(toolName: string, input: object, toolCallId = 'call-1'): Turn {
  return [{ type: 'tool-call', toolCallId, toolName, input: JSON.stringify(input) }];
}

const agentUrl = 'https://shop.test/poet';

/** An agent that is not paid, and the model that calls it. */
export function freeAgent(
  source: AgentSource,
  {
    handler: handlerOptions,
    ...options
  }: AgentExecutorOptions & { handler?: Partial<AgentHandlerOptions> } = {},
) {
  const handler = createAgentHandler({
    card: createAgentCard({
      url: agentUrl,
      name: 'poet',
      description: 'Writes poems.',
      skills: [{ id: 'poem', name: 'Poem', description: 'Writes a poem.' }],
    }),
    executor: createAgentExecutor(source, options),
    ...handlerOptions,
  });
  const fetch = inProcessFetch('https://shop.test', handler);
  const a2a = createA2A({ fetch });
  /** One JSON-RPC request of 1.0: its result. */
  const call = async (method: string, params: unknown) => {
    const response = await fetch(agentUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'A2A-Version': '1.0' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    });
    return response.json();
  };
  /** The events of one streamed message. */
  const events = async (message: object) => {
    const response = await fetch(agentUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'A2A-Version': '1.0' },
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'SendStreamingMessage',
        params: { message: { messageId: crypto.randomUUID(), role: 'ROLE_USER', ...message } },
      }),
    });
    return (await response.text())
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => JSON.parse(line.slice(5)).result);
  };
  return { model: a2a(agentUrl), call, events, fetch };
}
