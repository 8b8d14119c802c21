import { tool, ToolLoopAgent } from 'ai';
import { createA2A } from 'ai-sdk-a2a-settlement';
import {
  createAgentExecutor,
  createAgentCard,
  createAgentHandler,
} from 'ai-sdk-a2a-settlement/agent';
import { expect, it, vi } from 'vitest';
import * as z from 'zod/v4';
import { calling, saying, scriptedModel } from '../agent/model/scripted-model';
import { generateApproved } from './approve-tools';

it.each([true, false])('answers the question of an agent in data: %s', async (approved) => {
  const print = vi.fn(async () => 'printed');
  const inputSchema = z.object({ pages: z.number() });
  const agent = new ToolLoopAgent({
    model: scriptedModel([calling('print', { pages: 2 }), saying('Done.')]),
    tools: { print: tool({ inputSchema, needsApproval: true, execute: print }) },
  });
  const handler = createAgentHandler({
    card: createAgentCard({ url: 'https://poet.test/', name: 'p', description: 'p', skills: [] }),
    executor: createAgentExecutor({ agent }),
  });
  const { model, decide } = {
    model: createA2A({ fetch: (input, init) => handler(new Request(input, init)) })(
      'https://poet.test/',
    ),
    decide: vi.fn(() => approved),
  };

  const result = await generateApproved(model, [{ role: 'user', content: 'Print it' }], decide);

  expect(result.text).toBe('Done.');
  expect(decide.mock.calls).toEqual([
    [{ approvalId: expect.any(String), toolName: 'print', input: { pages: 2 } }],
  ]);
  expect(print).toHaveBeenCalledTimes(approved ? 1 : 0);
});
